"""The readable chunker hierarchy: the references of its nets, and what they pass on.

One network in NumPy and float64, slow and plain: the oracle that tests the lane kernel.
"""

import numpy as np

from longlag.learners.chunker.hierarchy import ChunkerHierarchy
from longlag.learners.chunker.reference import reference_net


class ReferenceChunkerHierarchy:
    """Level s reads what level s-1 did not expect; the newest level learns."""

    def __init__(self, config: ChunkerHierarchy):
        self.config = config
        self.nets = [reference_net(config.net) for _ in range(config.levels)]
        self.said = [np.zeros(config.net.outputs) for _ in self.nets]
        self.newest = 0
        self.first = True
        self.errors: list[float] = []  # of the newest level, since they were last looked at
        self.sequences = 0
        self.error_before: float | None = None

    def load(self, column: np.ndarray) -> None:
        """Take the weights, and nothing else, from one column of the layout: shape (rows,)."""
        for net, part in zip(self.nets, self.config.structure.parts, strict=True):
            own = np.zeros(net.config.layout.rows)
            net.config.layout.view(own, "weights")[:] = part.view(np.asarray(column), "weights")
            net.load(own)

    def weights(self) -> np.ndarray:
        """All weights, in the order of the layout."""
        return np.concatenate([net.weights() for net in self.nets])

    def activations(self) -> np.ndarray:
        """The units of the lowest level, in the order of the layout's rows "activations"."""
        return self.nets[0].activations()

    def reset(self) -> None:
        """A new sequence begins."""
        for net in self.nets:
            net.reset()
        self.first = True

    def step(self, x) -> None:
        """One time step; x is the vector of inputs, or the index of a symbol."""
        for level in self._surprised(self._vector(x), self.first):
            self.nets[level].step(x)
            self.said[level] = self.nets[level].answer()
        self.first = False

    def answer(self) -> np.ndarray:
        """The output units, shape (outputs,)."""
        answering = self.newest
        if self.config.predicts == "targets":
            sure = [level for level in range(self.newest) if self._is_sure(self.said[level])]
            answering = (*sure, self.newest)[0]
        return self.said[answering][: self.config.outputs]

    def observe(self, x) -> None:
        """Learn to predict the next input x."""
        if self.config.predicts == "inputs" and not self.first:
            self._learn_input(self._vector(x))

    def learn(self, target) -> None:
        """Learn from the target."""
        target = np.asarray(target, float)
        if self.config.predicts == "targets":
            self._learn_input(target)
        else:
            self._teach(slice(self.config.outputs), target)

    def finish(self) -> None:
        """A sequence ended; the next level may begin."""
        for net in self.nets:
            net.finish()
        self.sequences += 1
        if self.sequences == self.config.patience:
            error = np.sum(self.errors) / max(len(self.errors), 1)
            self._look(error)
            self.errors, self.sequences = [], 0

    def _look(self, error: float) -> None:
        before, self.error_before = self.error_before, error
        if before is None or self.newest == self.config.levels - 1:
            return
        if error > (1.0 - self.config.improvement) * before:
            self.newest += 1
            self.error_before = None

    def _surprised(self, x: np.ndarray, first: bool) -> list[int]:
        """The levels that have x to read or to learn: those below which nobody expected it."""
        for level in range(self.newest):
            predicted = self.said[level][self._predictions]
            if not first and np.abs(predicted - x).max() < self.config.threshold:
                return list(range(level + 1))
        return list(range(self.newest + 1))

    def _learn_input(self, x: np.ndarray) -> None:
        if self.newest in self._surprised(x, first=False):
            self._teach(self._predictions, x)

    def _teach(self, learning: slice, target: np.ndarray) -> None:
        net = self.nets[self.newest]
        targets = net.answer().copy()
        self.errors.append(np.sum((targets[learning] - target) ** 2))
        targets[learning] = target
        net.learn(targets)

    def _is_sure(self, said: np.ndarray) -> bool:
        *others, largest = sorted(said[: self.config.outputs])
        theta = self.config.threshold
        return largest > 1.0 - theta and max(others, default=0.0) < theta

    @property
    def _predictions(self) -> slice:
        return slice(self.config.structure.predictions, None)

    def _vector(self, x) -> np.ndarray:
        if self.config.coding == "symbol":
            return np.eye(self.config.inputs)[int(np.asarray(x).item())]
        return np.asarray(x, float)
