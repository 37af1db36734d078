"""Any PyTorch recurrent module: how its state at one step depends on its state q steps earlier.

The Jacobian of every step comes from PyTorch's automatic differentiation, so it includes gates,
layers and all other parts of a module. The steps of a sequence are differentiated side by side, in
one batch, from the states that were recorded in one pass.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from types import ModuleType
from typing import Any

import numpy as np

from longlag.errorflow.products import Flow, Lags, flow_back
from longlag.errors import InputError

Tensor = Any  #: of PyTorch, which may not be installed


def module_flow(module: Callable, x: np.ndarray, lags: Lags) -> Flow:
    """The flow d state(t) / d state(t-q) from the last step of a sequence x, of shape (T, inputs).

    `module(input, state)` returns (output, next state), as `torch.nn.RNN`, `torch.nn.LSTM` and
    `torch.nn.GRU` do, and begins a sequence without a state: `module(input)`. input has shape
    (1, batch, inputs), with `batch_first` (batch, 1, inputs). A state is a tensor or a tuple of
    tensors, whose last dimension but one is the batch; all its numbers are taken as one vector.
    Those of a batch must not depend on each other. The parameters decide the precision. A module
    in training answers as it does in evaluation, without dropout.

    Raises `InputError` where PyTorch is missing, the module is bidirectional, or it returns
    something else.
    """
    torch = load_torch()
    if getattr(module, "bidirectional", False):
        raise InputError(
            "error flow needs a module that reads forward only, got a bidirectional one: "
            "make it with bidirectional=False"
        )
    like = next(iter(getattr(module, "parameters", list)()), torch.zeros(0))
    fed = torch.as_tensor(np.asarray(x, float)).to(dtype=like.dtype, device=like.device)
    if len(fed) < 2:
        raise InputError(f"error flow needs a sequence of at least 2 steps, got {len(fed)}")
    along = 1 if getattr(module, "batch_first", False) else 0  # the dimension of time

    with _evaluating(torch, module, fed.is_cuda):
        states = []
        with torch.no_grad():
            for now in fed:
                given = (_given(states[-1]),) if states else ()
                states.append(_state(torch, module(now.reshape(1, 1, -1), *given)))
        parts = zip(*states[:-1], strict=True)
        before = [torch.cat(part, dim=-2).requires_grad_() for part in parts]
        after = _state(torch, module(fed[1:].unsqueeze(along), _given(before)))

        rows = [
            _flat(
                torch,
                torch.autograd.grad(
                    number.sum(),
                    before,
                    retain_graph=True,
                    allow_unused=True,
                    materialize_grads=True,
                ),
            )
            for number in _flat(torch, after).T
        ]
    return flow_back(torch.stack(rows, dim=1).cpu().double().numpy(), lags)


@contextmanager
def _evaluating(torch: ModuleType, module: Callable, on_gpu: bool) -> Iterator[None]:
    """A context without dropout, which would draw other units for states than for slopes."""
    training = [each for each in getattr(module, "modules", list)() if each.training]
    for each in training:
        each.training = False
    try:  # cuDNN differentiates its networks in training alone
        with torch.backends.cudnn.flags(enabled=False) if on_gpu else nullcontext():
            yield
    finally:
        for each in training:
            each.training = True


def load_torch() -> ModuleType:
    """PyTorch, or an `InputError` that says how to install it."""
    try:
        import torch
    except ImportError:
        raise InputError(
            "the error flow of a PyTorch module needs PyTorch, which is not installed: "
            'python -m pip install "longlag[torch]"'
        ) from None
    return torch


def _state(torch: ModuleType, returned: object) -> tuple[Tensor, ...]:
    """The tensors of the state among what a module returned."""
    if not isinstance(returned, tuple) or len(returned) != 2:
        raise InputError(
            f"module must return (output, state), got {type(returned).__name__}: wrap it in one "
            "that does"
        )
    state = returned[1] if isinstance(returned[1], tuple) else (returned[1],)
    if not all(isinstance(part, torch.Tensor) and part.ndim >= 2 for part in state):
        raise InputError(
            "a module's state must be a tensor of at least two dimensions or a tuple of such, "
            f"got {', '.join(type(part).__name__ for part in state)}"
        )
    return state


def _given(state: Sequence[Tensor]) -> Tensor | tuple[Tensor, ...]:
    """The state as the module takes it."""
    return state[0] if len(state) == 1 else tuple(state)


def _flat(torch: ModuleType, state: Sequence[Tensor]) -> Tensor:
    """All numbers of each state of a batch: shape (batch, numbers)."""
    return torch.cat([part.movedim(-2, 0).reshape(part.shape[-2], -1) for part in state], dim=1)
