"""How predictions of a class fared, beside naive predictions of it.

All predictors are scored at the same rows: those with a class, an answer and a class before. The
measures are the accuracy and the log loss, which leaves out the rows where a class came for the
first time, of which nobody could know. The naive loss is that of the frequencies so far; the last
class has no probabilities and no loss.
"""

import numpy as np

from longlag.compiled.compiling import inlined
from longlag.compiled.driver import Driver
from longlag.forecasting.series import Measures

PREDICTORS = ("LSTM", "last class", "majority class")
PREDICTED = len(PREDICTORS)
MEASURES = ("accuracy", "log loss")

#: A probability below this counts as this much: float32 hardly tells smaller ones from 0.
LEAST = 1e-7

#: Scores of a series: answers judged; right answers of each predictor; sums of the losses of the
#: network and of the frequencies; how many losses there are.
JUDGED, RIGHT, LOSSES, LOST = 0, 1, 1 + PREDICTED, 3 + PREDICTED
SCORES = 4 + PREDICTED


@inlined
def largest(numbers):
    """The place of the largest number, the first of them; -1 if none is above 0."""
    best, at = 0.0, -1
    for n in range(len(numbers)):
        if numbers[n] > best:
            best, at = numbers[n], n
    return at


@inlined
def judge_row(scores, answer, counts, code, last, errors, chances):
    """Score an answer and the naive predictions of a class, if there are all of them.

    The answer (classes,) holds probabilities, and `counts` (classes,) the rows of each class so
    far; `code` and `last` are those of the class and of the one before, -1 for none. Writes the
    errors (3,) and the probabilities (2,) of the class by the network and by the frequencies, NaN
    where there are none, and returns the most probable class. Losses are left to `add_losses`:
    compiled code calls no mathematical library.
    """
    for n in range(len(errors)):
        errors[n] = np.nan
    chances[0] = chances[1] = np.nan
    best, usual = largest(answer), largest(counts)
    if best >= 0 and code >= 0 and last >= 0:
        errors[0] = 0.0 if best == code else 1.0
        errors[1] = 0.0 if last == code else 1.0
        errors[2] = 0.0 if usual == code else 1.0
        scores[JUDGED] += 1.0
        for n in range(PREDICTED):
            scores[RIGHT + n] += 1.0 - errors[n]
        if counts[code] > 0.0:
            total = 0.0
            for n in range(len(counts)):
                total += counts[n]
            chances[0], chances[1] = answer[code], counts[code] / total
    return best


def _judge(scores, answers, counts, codes, last, best, errors, chances):
    """Score the answers at some rows, one after the other."""
    for t in range(len(codes)):
        best[t] = judge_row(scores, answers[t], counts[t], codes[t], last[t], errors[t], chances[t])
    return len(codes)


judge_rows = Driver(_judge, "judge classes")


def add_losses(scores: np.ndarray, series: np.ndarray, chances: np.ndarray) -> None:
    """Count the losses of rows (n,) of some series in scores (series, SCORES), in their order.

    `series` says which one each row belongs to, and `chances` (n, 2) are those of `judge_row`.
    """
    given = np.flatnonzero(~np.isnan(chances[:, 0]))
    losses = -np.log(np.maximum(chances[given], LEAST))
    for n in range(2):
        np.add.at(scores[:, LOSSES + n], series[given], losses[:, n])
    np.add.at(scores[:, LOST], series[given], 1.0)


def measures(scores: np.ndarray) -> list[Measures]:
    """The measures of each predictor over the rows of all series, from scores (series, SCORES).

    None where one is not defined.
    """
    judged, lost = scores[:, JUDGED].sum(), scores[:, LOST].sum()
    if not judged:
        return [dict.fromkeys(MEASURES) for _ in PREDICTORS]
    right = scores[:, RIGHT : RIGHT + PREDICTED].sum(axis=0) / judged
    losses = scores[:, LOSSES : LOSSES + 2].sum(axis=0)
    ours, naive = (losses / lost).tolist() if lost else (None, None)
    return [
        {"accuracy": share, "log loss": loss}
        for share, loss in zip(right.tolist(), (ours, None, naive), strict=True)
    ]
