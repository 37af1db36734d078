"""Many horizons in a line for each target: mean errors, and where the network gains most."""

import math
from typing import NamedTuple

from longlag.forecasting.evaluation import Evaluation
from longlag.forecasting.groups import Groups
from longlag.forecasting.series import ahead
from longlag.report.study.counts import percent

MANY = 6  #: horizons that need a summary
MANIFOLD = 3.0  #: times an error, from which on nobody counts in percent


class Gain(NamedTuple):
    """How the network fares at a horizon beside the best of the naive predictions there."""

    horizon: int
    ours: float  #: the error of the network
    theirs: float  #: that of the best naive prediction

    @property
    def ratio(self) -> float:
        """See `error_ratio`."""
        return error_ratio(self.ours, self.theirs)

    def __str__(self) -> str:
        return f"{ahead(self.horizon)} ({less_or_more(self.ours, self.theirs)})"


class Summary(NamedTuple):
    """The scores of one target at all horizons."""

    target: str
    means: list[float]  #: the mean error of each predictor over the horizons, the network first
    gains: list[Gain]  #: the best first

    @property
    def sentence(self) -> str:
        """Where the network gains most and least."""
        better = sum(each.ratio < 1.0 for each in self.gains)
        return (
            f"{self.target}: the error of the network is below that of the best naive prediction "
            f"at {better:,} of {len(self.gains):,} horizons, most {self.gains[0]} and least "
            f"{self.gains[-1]}."
        )


def summaries(evaluation: Evaluation | Groups) -> list[Summary]:
    """A summary for each target; none with fewer than `MANY` horizons, or if nothing was judged."""
    series = evaluation.series
    count = len(series.horizons)
    if count < MANY:
        return []
    measure, tables, found = series.measures[0], evaluation.tables(), []
    for n, target in enumerate(series.targets):
        errors = [[row[measure] for row in table] for table in tables[n * count : (n + 1) * count]]
        known = [
            (horizon, [each or 0.0 for each in row])
            for horizon, row in zip(series.horizons, errors, strict=True)
            if None not in row
        ]
        if not known:
            return []
        means = [
            sum(column) / len(known) for column in zip(*(row for _, row in known), strict=True)
        ]
        gains = [Gain(horizon, row[0], min(row[1:])) for horizon, row in known]
        found.append(Summary(target, means, sorted(gains, key=lambda each: each.ratio)))
    return found


def less_or_more(ours: float, theirs: float) -> str:
    """An error beside another one, as a person says it.

    >>> less_or_more(3.0, 4.0), less_or_more(1.1, 1.0), less_or_more(1.0, 1.001)
    ('25% less', '10% more', 'the same')
    >>> less_or_more(70.0, 2.0), less_or_more(0.5, 0.0), less_or_more(0.3, 100.0)
    ('35 times as much', '0.5 in place of 0', '99.7% less')
    """
    ratio = error_ratio(ours, theirs)
    if math.isinf(ratio):
        return f"{ours:.3g} in place of 0"
    if ratio >= MANIFOLD:
        return f"{ratio:,.0f} times as much"
    share = percent(abs(1.0 - ratio), 0)
    return "the same" if share == "0%" else f"{share} {'less' if ratio < 1.0 else 'more'}"


def error_ratio(ours: float, theirs: float) -> float:
    """Ratio of two errors; 1 where both are 0, infinite where only the second is."""
    return ours / theirs if theirs else (1.0 if not ours else math.inf)
