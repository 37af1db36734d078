"""The course of the errors along a stream."""

import numpy as np


class Course:
    """Mean errors along a stream, in bins that grow so that there are never more than `MOST`."""

    MOST = 256

    def __init__(self, predictors: int):
        self.width = 1  #: judged rows in a bin
        self._sums = np.zeros((0, predictors))
        self._bin, self._filled = np.zeros(predictors), 0

    def add(self, errors: np.ndarray) -> None:
        """Errors (n, predictors) of the next judged rows."""
        while len(errors):
            part, errors = np.split(errors, [min(self.width - self._filled, len(errors))])
            self._bin = self._bin + part.sum(axis=0)
            self._filled += len(part)
            if self._filled == self.width:
                self._sums = np.vstack([self._sums, self._bin])
                self._bin, self._filled = np.zeros_like(self._bin), 0
                if len(self._sums) == self.MOST:
                    self._sums = self._sums[::2] + self._sums[1::2]
                    self.width *= 2

    def means(self) -> tuple[np.ndarray, np.ndarray]:
        """Judged rows at the end of each bin (bins,), and the mean errors (bins, predictors)."""
        ends = self.width * np.arange(1, len(self._sums) + 1)
        if self._filled >= self.width / 2:  # what is left, unless it is too few to mean much
            sums = np.vstack([self._sums / self.width, self._bin / self._filled])
            return np.append(ends, ends.size * self.width + self._filled), sums
        return ends, self._sums / self.width
