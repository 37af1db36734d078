"""The readable chunker: the two references of its nets, and what they show each other.

One pair of networks in NumPy and float64, slow and plain: the oracle that tests the lane kernel.
"""

import numpy as np

from longlag.learners.chunker.learner import Chunker
from longlag.learners.recurrent.bptt import BPTT
from longlag.learners.recurrent.reference import ReferenceBPTT, ReferenceRTRL
from longlag.learners.recurrent.rtrl import RTRL


def reference_net(net: RTRL | BPTT) -> ReferenceRTRL | ReferenceBPTT:
    """The readable net."""
    return ReferenceRTRL(net) if isinstance(net, RTRL) else ReferenceBPTT(net)


class ReferenceChunker:
    """A answers and predicts; C reads what is unexpected."""

    def __init__(self, config: Chunker):
        self.config = config
        self.A, self.C = reference_net(config.automatizer), reference_net(config.chunker)
        self.first = self.unread = True

    def load(self, column: np.ndarray) -> None:
        """Take the weights, and nothing else, from one column of the layout: shape (rows,)."""
        for net, part in zip((self.A, self.C), self.config.structure.parts, strict=True):
            own = np.zeros(net.config.layout.rows)
            net.config.layout.view(own, "weights")[:] = part.view(np.asarray(column), "weights")
            net.load(own)

    def weights(self) -> np.ndarray:
        """All weights, in the order of the layout."""
        return np.concatenate((self.A.weights(), self.C.weights()))

    def activations(self) -> np.ndarray:
        """The units of A, in the order of the layout's rows "activations"."""
        return self.A.activations()

    def reset(self) -> None:
        """A new sequence begins."""
        if self.config.resets:
            self.A.reset()
            self.C.reset()
            self.first = self.unread = True

    def step(self, x) -> None:
        """One time step; x is the vector of inputs, or the index of a symbol."""
        self.A.step(x)

    def answer(self) -> np.ndarray:
        """The output units, shape (outputs,)."""
        return self.A.answer()[: self.config.outputs]

    def observe(self, x) -> None:
        """Learn to predict the next input x; if it was not expected, C learns and reads it."""
        if self.config.predicts == "targets":
            return
        shown, silent = self._vector(x), np.zeros(self.config.outputs)
        surprised = self.first or self._learn_input(shown)
        if surprised:
            self.C.step(np.concatenate((shown, silent)))
        self.first = False

    def _learn_input(self, shown: np.ndarray) -> bool:
        """A learns the next input and the state of C; returns whether A failed to predict it."""
        inputs, outputs = self.config.inputs, self.config.outputs
        predicted, answer = self.A.answer()[outputs : outputs + inputs], self.C.answer()
        surprised = np.abs(predicted - shown).max() >= self.config.threshold
        self.A.learn(np.concatenate((self.A.out[:outputs], shown, self.C.y, answer)))
        if surprised:
            self.C.learn(np.concatenate((shown, answer[inputs:])))
        return bool(surprised)

    def learn(self, target) -> None:
        """Learn from the target; if A failed, C learns and reads it."""
        target = np.asarray(target, float)
        failed = np.abs(self.answer() - target).max() >= self.config.threshold
        if self.config.predicts == "inputs":
            self._learn_target(target, failed)
        else:
            self._learn_next_input(target, failed)

    def _learn_target(self, target: np.ndarray, failed: bool) -> None:
        self.A.learn(np.concatenate((target, self.A.out[self.config.outputs :])))
        if failed:
            self.C.answer()
            self.C.learn(np.concatenate((self.A.x, target)))
            self.C.step(np.concatenate((self.A.x, 2.0 * target - 1.0)))

    def _learn_next_input(self, target: np.ndarray, failed: bool) -> None:
        if self.unread:
            x = self.A.x
            self.C.step(np.argmax(x) if self.config.coding == "symbol" else x)
        self.A.learn(np.concatenate((target, self.C.y)))
        if failed:
            self.C.answer()
            self.C.learn(target)
        self.unread = failed

    def finish(self) -> None:
        """A sequence ended."""
        if self.config.resets:
            self.A.finish()
            self.C.finish()

    def _vector(self, x) -> np.ndarray:
        if self.config.coding == "symbol":
            return np.eye(self.config.inputs)[int(np.asarray(x).item())]
        return np.asarray(x, float)
