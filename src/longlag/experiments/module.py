"""A module of PyTorch as the learner of a stored trial: what tells it from others, and its size.

Such trials are read, shown and compared without PyTorch and without the user's file. Only
`longlag.torch` trains them.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from msgspec import Meta

from longlag.contract import LaneKernel
from longlag.errors import InputError
from longlag.learners.base import Learner
from longlag.learners.layout import Layout

Units = Annotated[int, Meta(ge=1)]


@dataclass(frozen=True)
class Module(Learner):
    """A module of PyTorch, with its optimiser: see `longlag.torch.judge`.

    It counts as online, because it counts training sequences and takes an exam after so many. It
    runs in no lanes.

    Args:
        inputs: input units; with symbol coding, the number of symbols, which it sees one-hot
        outputs: output units
        model: the name under which it is shown
        source: digest of the code that defines it
        setting: the name of its optimiser
        batch: sequences between two changes of the weights
        parameters: adjustable weights
        coding: inputs as a vector, "real" (the default), or as the index of one "symbol"
    """

    inputs: Units
    outputs: Units
    model: str
    source: str
    setting: str
    batch: Units
    parameters: Annotated[int, Meta(ge=0)]
    coding: Literal["real", "symbol"] = "real"

    name = "module"
    citation = ()
    kind = "online"

    @property
    def layout(self) -> Layout:
        """The weights, in the order of PyTorch's `parameters()`, and the outputs."""
        return Layout({"outputs": (self.outputs,)}, weights=(self.parameters,))

    @property
    def structure(self) -> Hashable:
        """One for all."""
        return self.name

    def start(self, generator: np.random.Generator) -> np.ndarray:
        """Refused: see `kernel`."""
        raise self._refusal()

    def kernel(self, lanes: int) -> LaneKernel:
        """Refused: PyTorch trains it."""
        raise self._refusal()

    def _refusal(self) -> InputError:
        return InputError(
            f"{self.model} is a module of PyTorch, which has no lanes: longlag judge trains it"
        )
