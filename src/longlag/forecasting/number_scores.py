"""How predictions of a number fared, beside naive predictions of it.

All predictors are scored at the same rows: those with a target and an answer of each. The measures
are the mean absolute error, the root of the mean squared error, and the coefficient of
determination, which compares with the mean of all judged targets, which nobody knew in advance.
"""

import numpy as np

from longlag.compiled.compiling import inlined
from longlag.compiled.driver import Driver
from longlag.forecasting.series import Measures

PREDICTORS = ("LSTM", "last value", "running mean", "last season")
PREDICTED = len(PREDICTORS)

#: Scores of a series: answers judged; the first target judged; sums of absolute errors and of
#: squared errors of each predictor; of deviations from the first target, and of their squares;
#: targets in their intervals, of those that had one.
JUDGED, FIRST, ABSOLUTE, SQUARED = 0, 1, 2, 2 + PREDICTED
DEVIATION, DEVIATIONS, HELD, BOUNDED = (2 + 2 * PREDICTED + n for n in range(4))
SCORES = 6 + 2 * PREDICTED


@inlined
def judge_row(scores, answer, naive, target, errors):
    """Score an answer, (1,) or (3,) with its interval, and naive predictions (3,) of a target.

    Writes the errors (4,), all of them NaN where something is missing.
    """
    for n in range(len(errors)):
        errors[n] = np.nan
    if not (target == target and answer[0] == answer[0]):  # NaN
        return
    for n in range(len(naive)):
        if naive[n] != naive[n]:
            return
    errors[0] = abs(answer[0] - target)
    for n in range(len(naive)):
        errors[1 + n] = abs(naive[n] - target)
    if scores[JUDGED] == 0.0:
        scores[FIRST] = target
    scores[JUDGED] += 1.0
    for n in range(len(errors)):
        scores[ABSOLUTE + n] += errors[n]
        scores[SQUARED + n] += errors[n] * errors[n]
    away = target - scores[FIRST]
    scores[DEVIATION] += away
    scores[DEVIATIONS] += away * away
    if len(answer) > 1 and answer[1] == answer[1]:
        scores[HELD] += 1.0 if answer[1] <= target <= answer[2] else 0.0
        scores[BOUNDED] += 1.0


def _judge(scores, answers, naive, targets, errors):
    """Score the answers at some rows, one after the other."""
    for t in range(len(targets)):
        judge_row(scores, answers[t], naive[t], targets[t], errors[t])
    return len(targets)


judge_rows = Driver(_judge, "judge numbers")


def measures(scores: np.ndarray, *, bounded: bool) -> list[Measures]:
    """The measures of each predictor over the rows of all series, from scores (series, SCORES).

    None where one is not defined. Targets deviate from the mean of their series. With intervals,
    `bounded`, there is the share of the targets that they held.
    """
    judged = scores[:, JUDGED]
    total = float(judged.sum())
    absolute, squares = (scores[:, first : first + PREDICTED] for first in (ABSOLUTE, SQUARED))
    spread = scores[:, DEVIATIONS] - scores[:, DEVIATION] ** 2 / np.maximum(1.0, judged)
    varied = spread > 0
    found: list[Measures] = []
    for n in range(PREDICTED):
        r2 = 1.0 - squares[varied, n].sum() / spread[varied].sum() if varied.any() else None
        found.append(
            {
                "MAE": float(absolute[:, n].sum() / total) if total else None,
                "RMSE": float(np.sqrt(squares[:, n].sum() / total)) if total else None,
                "R2": None if r2 is None else float(r2),
            }
        )
    if bounded:
        for each in found:
            each["coverage"] = None  # naive predictions have no intervals
        intervals = float(scores[:, BOUNDED].sum())
        found[0]["coverage"] = float(scores[:, HELD].sum()) / intervals if intervals else None
    return found
