"""Error flow in PyTorch modules against automatic differentiation through the whole sequence."""

import sys

import numpy as np
import pytest
import torch
from support.flows import LAGS, ROUNDING, STEPS, inputs, measured, sizes

from longlag.errorflow import module
from longlag.errorflow.module import module_flow
from longlag.errors import InputError


class Custom(torch.nn.Module):
    """A module with a state of two tensors of different sizes, which mix."""

    def __init__(self):
        super().__init__()
        self.a, self.b = torch.nn.Linear(2 + 3, 2), torch.nn.Linear(2 + 3 + 1, 3)

    def forward(self, x, state=None):
        p, q = state or [x.new_zeros(x.shape[1], n) for n in (2, 3)]
        p, q = (
            torch.tanh(self.a(torch.cat((p, q), dim=-1))),
            torch.sin(self.b(torch.cat((p, q, x[0]), dim=-1))),
        )
        return q[None], (p, q)


MODULES = {
    "RNN": lambda: torch.nn.RNN(1, 4),
    "LSTM, two layers, projected": lambda: torch.nn.LSTM(1, 4, num_layers=2, proj_size=2),
    "GRU, batch first": lambda: torch.nn.GRU(1, 4, batch_first=True),
    "custom": Custom,
}


@pytest.mark.parametrize("name", MODULES)
def test_modules_against_autograd_through_the_whole_sequence(name):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        network = MODULES[name]().double()
    x = torch.tensor(inputs(width=1))
    flow = module_flow(network, x.numpy(), LAGS)
    states = []
    for now in x:
        _, state = network(now.reshape(1, 1, 1), *states[-1:])
        state = state if isinstance(state, torch.Tensor) else tuple(state)
        states.append(state)
    parts = [state if isinstance(state, tuple) else (state,) for state in states]
    for q in LAGS:
        rows = [
            torch.cat(
                [
                    each.reshape(-1)
                    for each in torch.autograd.grad(number, parts[STEPS - 1 - q], retain_graph=True)
                ]
            )
            for number in torch.cat([part.reshape(-1) for part in parts[-1]])
        ]
        expected = sizes(torch.stack(rows).numpy())
        np.testing.assert_allclose(measured(flow, q), expected, rtol=0, atol=ROUNDING)


def test_modules_flow_far():
    """A GRU whose update gate is shut at 1/2 halves its state: 2^-q, far below the smallest."""
    gru = torch.nn.GRU(1, 1)
    with torch.no_grad():
        for each in gru.parameters():
            each.zero_()
    flow = module_flow(gru, inputs(3001, 1), [1, 3000])
    # float32 knows 1/2 exactly.
    np.testing.assert_allclose(flow.largest, [np.log10(0.5), 3000 * np.log10(0.5)], rtol=1e-12)


def test_dropout_draws_nothing_and_the_module_stays_in_training():
    lstm = torch.nn.LSTM(1, 4, num_layers=2, dropout=0.5)
    x = inputs(30, 1)
    flow = module_flow(lstm, x, [1, 20])
    assert lstm.training
    plain = torch.nn.LSTM(1, 4, num_layers=2)
    plain.load_state_dict(lstm.state_dict())
    np.testing.assert_array_equal(flow.largest, module_flow(plain, x, [1, 20]).largest)


@pytest.mark.parametrize(
    ("network", "message"),
    [
        (torch.nn.RNN(1, 2, bidirectional=True), "bidirectional=False"),
        (lambda x, state=None: x, "must return"),
        (lambda x, state=None: (x, [1.0]), "tuple of such, got list"),
    ],
    ids=["bidirectional", "no state", "no tensor"],
)
def test_modules_that_are_refused(network, message):
    with pytest.raises(InputError, match=message):
        module_flow(network, inputs(width=1), [1])


def test_a_sequence_of_one_step_is_refused():
    with pytest.raises(InputError, match="a sequence of at least 2 steps, got 1"):
        module_flow(torch.nn.LSTM(2, 3), inputs(1, 2), [1])


def test_without_pytorch_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(InputError, match=r"longlag\[torch\]"):
        module.load_torch()
