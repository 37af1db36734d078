"""A network on a stream: samples with named features in, standardised, answers out.

What is learned here is in the network's numbers: a row of targets is that of the output units.
"""

from collections.abc import Iterable
from typing import Any

import numpy as np

from longlag.engine.stream_network import StreamNetwork
from longlag.errors import LonglagError
from longlag.estimators.features import Features
from longlag.estimators.scaling import RunningScale
from longlag.learners import Learner


class Stream:
    """The features seen so far, their scale, and the network that learns from them."""

    def __init__(
        self,
        features: Features,
        scale: RunningScale | None,
        network: StreamNetwork,
        parameters: dict[str, Any],
    ):
        self.features, self.scale, self.network = features, scale, network
        self.parameters = parameters  #: of the estimator, when the stream began

    @classmethod
    def start(
        cls, learner: Learner, names: Iterable[str | int], parameters: dict[str, Any]
    ) -> "Stream":
        """A stream before its first sample; the learner has an input for each name."""
        network = StreamNetwork(learner, seed=parameters["seed"], dtype=parameters["dtype"])
        scale = RunningScale(learner.inputs) if parameters["scaling"] else None
        return cls(Features(names), scale, network, parameters)

    def add_features(self, names: list[str | int]) -> None:
        """Features that appear from now on."""
        self.network.add(inputs=len(names))
        self.features.add(names)
        if self.scale:
            self.scale.add_columns(len(names))

    def learn(self, rows: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Step through rows (n, features), learning from targets (n, outputs), NaN where none.

        Returns the answers (n, outputs), each given before its target was learned from. Raises
        `LonglagError` if the network has diverged.
        """
        rows = _scaled(self.scale, rows)
        if len(rows) == 1:
            answers = self.network.learn_one(rows[0], targets[0])[None, :]
        else:
            answers = self.network.learn_many(rows, targets)
        if not np.isfinite(answers).all():
            raise LonglagError(
                "the network has diverged, its answers are not finite: "
                "start anew at a lower rate, or go on from what was saved"
            )
        return answers

    def look(self, rows: np.ndarray) -> np.ndarray:
        """The answers (n, outputs) to rows as the next ones; the stream stays as it is."""
        rows = _scaled(self.scale and self.scale.copy(), rows)
        if len(rows) == 1:
            return self.network.predict_one(rows[0])[None, :]
        nothing = np.full((len(rows), self.network.learner.outputs), np.nan)
        return self.network.copy().learn_many(rows, nothing)

    def fresh(self) -> "Stream":
        """Another stream that knows the same, at the beginning of a sequence."""
        network = self.network.copy()
        network.reset()
        return Stream(self.features, self.scale, network, self.parameters)

    def __getstate__(self) -> dict[str, Any]:
        # The network's own arrays begin on a cache line, which pickling would not keep.
        return self.__dict__ | {"network": (self.network.learner, self.network.arrays())}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__ |= state | {"network": StreamNetwork.from_arrays(*state["network"])}


def _scaled(scale: RunningScale | None, rows: np.ndarray) -> np.ndarray:
    return scale.standardise(rows) if scale else np.where(np.isnan(rows), 0.0, rows)
