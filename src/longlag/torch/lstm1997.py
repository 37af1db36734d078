"""LSTM of 1997 as a module of PyTorch, whose backward pass is the truncated gradient.

The module `truncated` has the backward pass. Errors stop at the net inputs of the units, so none
reach what lies before the module.
"""

from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn

from longlag.engine.stream_network import StreamNetwork
from longlag.errors import InputError
from longlag.learners.lstm.learner import LSTM
from longlag.learners.lstm.reference import layout_rows
from longlag.network import Network
from longlag.quoting import quoted
from longlag.torch.truncated import HIDDEN_KINDS, Truncated, Wiring

#: Options of the learner that the module has not, and what they must be.
_REFUSED = {"credit": "truncated", "peepholes": False, "construction_window": 0}


class LSTM1997(nn.Module):
    """The network of an `LSTM` learner, with its initial weights, for any optimiser of PyTorch.

    >>> import torch
    >>> from longlag import LSTM
    >>> from longlag.torch import LSTM1997
    >>> module = LSTM1997(LSTM(inputs=2, outputs=1, output="linear"), seed=1)
    >>> module(torch.zeros(32, 110, 2)).shape
    torch.Size([32, 110, 1])

    The gradient of sum((target - answer)**2) / 2 is the one that the learner descends, added up
    over the sequences, while the weights stay as they are. Memory does not grow with the length of
    a sequence, apart from inputs and answers. A step takes 10 to 200 times as long as one of
    `torch.nn.LSTM` (docs/torch.md). `torch.compile` leaves the module as it is.

    The update rule of the learner, and when it is applied, are not used: an optimiser takes their
    place. Peepholes, sequential construction, softmax and other credit than "truncated" are
    refused.
    """

    def __init__(self, learner: LSTM, *, seed: int = 0, trial: int = 0):
        """Begin with the weights of trial number `trial` of a study with this seed."""
        super().__init__()
        for name, only in _REFUSED.items():
            if getattr(learner, name) != only:
                raise InputError(
                    f"{name} of the learner must be {only!r} in a module of PyTorch, "
                    f"got {quoted(getattr(learner, name))}"
                )
        if learner.output == "softmax":
            raise InputError("output of the learner must be 'linear' or 'logistic', got 'softmax'")
        self.learner = learner
        #: By kind of units: the place of each of its weights among the weights of a `Network`
        self._places = {
            kind: np.concatenate(list(sources.values()), axis=1)
            for kind, sources in layout_rows(learner).items()
            if sources and next(iter(sources.values())).size
        }
        self._wiring = Wiring.of(learner)
        self.into = nn.ParameterDict(
            {kind: nn.Parameter(torch.empty(rows.shape)) for kind, rows in self._places.items()}
        )
        self._take(Network(learner, seed=seed, trial=trial).weights)

    @classmethod
    def from_network(cls, network: Network | StreamNetwork) -> Self:
        """The module with the weights of a network of an `LSTM` learner.

        An estimator's network is `estimator.stream.network`. The module then takes features, and
        gives answers, as the estimator scales them. Raises `InputError` for what it has not, such
        as peepholes, softmax outputs and cells of other learners.
        """
        if not isinstance(network.learner, LSTM):
            came = type(network.learner).__name__
            raise InputError(f"network must be one of LSTM, got one of {came}")
        module = cls(network.learner)
        streams = isinstance(network, StreamNetwork)
        module._take(network.arrays()["weights"] if streams else network.weights)
        return module

    def to_network(self, dtype: str = "float64") -> Network:
        """A network with the weights of this module, and no past."""
        column = Network(self.learner, dtype=dtype).column
        self._put(self.learner.layout.view(column, "weights"))
        return Network.from_column(self.learner, column)

    def into_stream(self, network: StreamNetwork) -> None:
        """Give an estimator's network, `estimator.stream.network`, the weights of this module.

        The network begins a new sequence. Moments of its update rule stay. Raises `InputError`
        unless it has the units and connections of the module.
        """
        theirs = network.learner
        if not isinstance(theirs, LSTM) or theirs.topology != self.learner.topology:
            raise InputError(
                "network must have the units and connections of the module: make the module of it "
                "with LSTM1997.from_network"
            )
        known = network.arrays()
        self._put(known["weights"])
        network.take_weights(StreamNetwork.from_arrays(theirs, known))
        network.reset()

    def _put(self, weights: np.ndarray) -> None:
        for kind, places in self._places.items():
            weights[places] = self.into[kind].detach().cpu().numpy()

    def _take(self, weights: np.ndarray) -> None:
        with torch.no_grad():
            for kind, places in self._places.items():
                self.into[kind].copy_(torch.from_numpy(weights[places]))

    # `torch.compile` would unroll the loop over the steps. Its decorator has no type of a method.
    @torch.compiler.disable
    def forward(self, x: Tensor) -> Tensor:  # pyright: ignore[reportIncompatibleMethodOverride]
        """The answers to whole sequences, of shape (sequences, steps, outputs).

        x has shape (sequences, steps, inputs); with symbol coding x has shape (sequences, steps)
        and holds whole numbers.
        """
        learner, outputs = self.learner, self.into["outputs"]
        if learner.coding == "symbol":
            _check_shape(x, "(sequences, steps)", x.dim() == 2)
            x = nn.functional.one_hot(x.long(), learner.inputs)
        else:
            right = x.dim() == 3 and x.shape[2] == learner.inputs
            _check_shape(x, f"(sequences, steps, {learner.inputs})", right)
        x = x.to(outputs.dtype)
        into = [self.into[kind] for kind in HIDDEN_KINDS if kind in self.into]
        units: Any = Truncated.apply(self._wiring, x, *into)
        y = torch.cat([torch.ones_like(x[..., :1]), x, units], dim=-1)
        net = y[..., self._wiring.sources["outputs"]] @ outputs.T
        if learner.output == "linear":
            return net
        low, high = learner.output_range
        return low + (high - low) * torch.sigmoid(net)


def _check_shape(x: Tensor, shape: str, right: bool) -> None:
    if not right:
        raise InputError(f"x must have shape {shape}, got {tuple(x.shape)}")
