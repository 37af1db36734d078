"""The trials of one row and reading in numbers, beside the published figure."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from longlag.errors import InputError
from longlag.experiments.experiment import Experiment, Published, Reading, Row
from longlag.experiments.kinds import Kind
from longlag.experiments.trial import Status, TrialRecord
from longlag.quoting import quoted

RESAMPLES = 10_000
CLOSE = 1.5  #: two means within this factor of each other are close
FEWEST_FOR_INTERVAL = 3  #: resampling fewer solved trials says nothing about the mean


@dataclass(frozen=True)
class Verdict:
    """How our mean compares with the published one."""

    kind: Literal["agrees", "missed", "fewer", "open", "unpublished", "modern"]
    text: str


@dataclass(frozen=True)
class Summary:
    """The trials of one row and reading; counts to success are those of the solved trials."""

    row: str
    reading: str
    kind: Kind  #: of learning
    chosen: bool  #: whether the reading is the one chosen for the row
    modern: bool  #: whether the reading does not attempt the published figure
    published: Published | None
    cap: int  #: the most sequences or guesses of a trial
    trials: int
    solved: int
    capped: int  #: reached the cap unsolved
    diverged: int
    interrupted: int  #: not over yet
    mean: float | None  #: to success; None where no trial solved
    median: float | None
    lowest: int | None
    highest: int | None
    interval: tuple[float, float] | None  #: bootstrap 95% interval of the mean
    #: If `kind.geometric`: the interval of 95% of the means of as many trials as the source ran.
    expected: tuple[float, float] | None
    tested: int  #: test sequences per solved network
    wrong: float | None  #: test sequences answered incorrectly, mean over the tested networks
    most_wrong: int | None  #: the most of any tested network
    test_error: float | None  #: mean absolute error over the test sequences, mean over networks
    seconds: float  #: wall-clock time of a trial, mean

    def of(self, records: Iterable[TrialRecord]) -> list[TrialRecord]:
        """Those of an experiment's records that are of this row and reading."""
        mine = self.row, self.reading
        return [record for record in records if (record.key.row, record.key.reading) == mine]

    @property
    def biased(self) -> bool:
        """Whether the mean leaves out trials that did not solve, and so is too low."""
        return 0 < self.solved < self.trials

    @property
    def ratio(self) -> float | None:
        """Our mean over the published mean, where there are both."""
        if self.mean is None or self.published is None or self.published.to_success is None:
            return None
        return self.mean / self.published.to_success

    @property
    def attempts(self) -> bool:
        """Whether our mean is compared with a published mean."""
        published = self.published is not None and self.published.to_success is not None
        return published and not self.modern

    @property
    def close(self) -> bool:
        """Whether our mean lies within a factor of `CLOSE` of the published mean."""
        return self.ratio is not None and 1 / CLOSE <= self.ratio <= CLOSE

    @property
    def verdict(self) -> Verdict:
        """In words: agrees, missed and by how much, open, or not published.

        If only the share of solved trials was published, the shares are compared. A modern reading
        neither agrees nor misses: the words say how many times fewer, or more, it needs.
        """
        return _verdict(self)


def summaries(experiment: Experiment, records: Sequence[TrialRecord]) -> list[Summary]:
    """One `Summary` per row and reading that has records.

    The order is that of the experiment's rows. Within a row the chosen reading comes first, and
    modern readings come last.
    """
    rows = {row.name: row for row in experiment.rows}
    readings = {reading.name: reading for reading in experiment.readings}
    groups: dict[tuple[str, str], list[TrialRecord]] = {}
    for record in records:
        key = record.key
        if key.row not in rows or key.reading not in readings:
            raise InputError(
                f"a trial of row {quoted(key.row)} and reading {quoted(key.reading)} does not "
                f"belong to experiment {quoted(experiment.name)}: summarise it with the experiment "
                "it was run for"
            )
        groups.setdefault((key.row, key.reading), []).append(record)
    return [
        summarise(
            groups[row.name, reading.name],
            row.published,
            chosen=reading.name == experiment.chosen(row),
            modern=reading.modern,
        )
        for row in experiment.rows
        for reading in _ordered(experiment, row)
        if (row.name, reading.name) in groups
    ]


def tested(summaries: Iterable[Summary]) -> str:
    """The test sequences of a solved network, as words: "2,560", or "256 or 2,560"."""
    return " or ".join(f"{n:,}" for n in sorted({each.tested for each in summaries} - {0}))


def grouped(
    records: Sequence[TrialRecord],
) -> dict[tuple[str, str, str, int], list[TrialRecord]]:
    """The trials of each experiment, row, reading and seed: those of one line of a store."""
    groups: dict[tuple[str, str, str, int], list[TrialRecord]] = {}
    for record in records:
        key = record.key
        group = (key.experiment, key.row, key.reading, record.conditions.seed)
        groups.setdefault(group, []).append(record)
    return groups


def summarise(
    records: Sequence[TrialRecord],
    published: Published | None = None,
    *,
    chosen: bool = True,
    modern: bool = False,
) -> Summary:
    """Summarise the trials (at least one) of one row and reading."""
    if not records:
        raise InputError("no trials to summarise, got an empty list: run some first")
    solved = [record for record in records if record.status is Status.SOLVED]
    tested = [record for record in solved if record.wrong is not None]
    kind = records[0].conditions.kind
    needed = np.array([record.to_success for record in solved])
    wrong = [record.wrong for record in tested if record.wrong is not None]
    errors = [record.test_error for record in tested if record.test_error is not None]
    return Summary(
        row=records[0].key.row,
        reading=records[0].key.reading,
        kind=kind,
        chosen=chosen,
        modern=modern,
        published=published,
        cap=max(record.conditions.cap for record in records),
        trials=len(records),
        solved=len(solved),
        capped=sum(record.status is Status.CAP for record in records),
        diverged=sum(record.status is Status.DIVERGED for record in records),
        interrupted=sum(record.status is Status.INTERRUPTED for record in records),
        mean=float(needed.mean()) if solved else None,
        median=float(np.median(needed)) if solved else None,
        lowest=int(needed.min()) if solved else None,
        highest=int(needed.max()) if solved else None,
        interval=_interval(needed),
        expected=_expected(records, len(solved), published) if kind.geometric else None,
        tested=max((record.tested for record in tested), default=0),
        wrong=float(np.mean(wrong)) if wrong else None,
        most_wrong=max(wrong, default=None),
        test_error=float(np.mean(errors)) if errors else None,
        seconds=float(np.mean([record.seconds for record in records])),
    )


def _ordered(experiment: Experiment, row: Row) -> list[Reading]:
    chosen = experiment.chosen(row)
    return sorted(experiment.readings, key=lambda each: (each.name != chosen, each.modern))


def _interval(needed: np.ndarray) -> tuple[float, float] | None:
    """Percentile bootstrap interval of the mean.

    Equal trials give equal intervals: the seed is fixed, and the trials are sorted, because they
    end in another order in every run.
    """
    if len(needed) < FEWEST_FOR_INTERVAL:
        return None
    draws = np.random.default_rng(0).choice(np.sort(needed), size=(RESAMPLES, len(needed)))
    low, high = np.percentile(draws.mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


def _expected(
    records: Sequence[TrialRecord], solved: int, published: Published | None
) -> tuple[float, float] | None:
    """See `Summary.expected`.

    Every guess succeeds with the same probability, which is estimated from all guesses, also from
    those of capped trials. The number of guesses to success is geometric, and for a small
    probability exponential.
    """
    if solved < FEWEST_FOR_INTERVAL:
        return None
    mean = sum(record.to_success for record in records) / solved
    trials = (published and published.trials) or 1
    draws = np.random.default_rng(0).gamma(trials, mean / trials, RESAMPLES)
    low, high = np.percentile(draws, [2.5, 97.5])
    return float(low), float(high)


def _verdict(ours: Summary) -> Verdict:
    if ours.published is None or ours.published.to_success is None:
        share = ours.published and ours.published.solved
        return Verdict("unpublished", "not published") if share is None else _by_share(ours, share)
    if ours.mean is None or ours.lowest is None or ours.highest is None:
        return _none_solved(ours)
    published = ours.published.to_success
    share = f"; {ours.solved} of {ours.trials} solved" if ours.biased else ""
    ratio = ours.mean / published
    so_many = times(ratio)
    if ours.modern:
        return Verdict("modern", f"modern: {so_many}; {ours.solved} of {ours.trials} solved")
    if ours.expected:
        # Guesses to success range from 1 to many times their mean, so the range decides nothing.
        low, high = ours.expected
        if low <= published <= high:
            return Verdict("agrees", f"agrees: within the spread of such a mean{share}")
    elif ours.lowest <= published <= ours.highest:
        return Verdict("agrees", f"agrees: inside our range{share}")
    if ours.trials == 1:
        return Verdict("open", f"one trial only: {so_many}")  # a range of one point decides nothing
    if ours.biased and ratio < 1:
        # The trials left out would raise our mean, perhaps to the published one.
        return Verdict("open", f"open: {ours.solved} of {ours.trials} solved, those with {so_many}")
    if ratio < 1:
        return Verdict("fewer", f"not matched: {so_many}")  # no failure, and no agreement either
    return Verdict("missed", f"missed: {'at least ' if ours.biased else ''}{so_many}{share}")


def _by_share(ours: Summary, published: float) -> Verdict:
    """The verdict if only the share of solved trials was published."""
    text = f"{ours.solved} of {ours.trials} solved, {published:.0%} published"
    if ours.interrupted:
        return Verdict("open", f"open: {text}, {ours.interrupted} trials not over")
    if ours.modern:
        return Verdict("modern", f"modern: {text}")
    low, high = _share_interval(ours.solved, ours.trials)
    if low <= published <= high:
        return Verdict("agrees", f"agrees: {text}")
    if published < low:
        return Verdict("fewer", f"not matched: {text}")  # more were solved than published
    return Verdict("missed", f"missed: {text}")


def _share_interval(solved: int, trials: int) -> tuple[float, float]:
    """Wilson's 95% interval of a share, which holds the share itself where that is 0 or 1."""
    z, share = 1.96, solved / trials
    middle = share + z**2 / (2 * trials)
    half = z * math.sqrt(share * (1 - share) / trials + (z / (2 * trials)) ** 2)
    scale = 1 + z**2 / trials
    low, high = (middle - half) / scale, (middle + half) / scale
    return low if solved else 0.0, high if solved < trials else 1.0  # without rounding errors


def _none_solved(ours: Summary) -> Verdict:
    if ours.interrupted:
        return Verdict("open", f"open: {ours.interrupted} of {ours.trials} trials not over")
    kind = "modern" if ours.modern else "missed"
    if ours.diverged == ours.trials:
        return Verdict(kind, f"{kind}: none solved, all diverged")
    diverged = f", {ours.diverged} diverged" if ours.diverged else ""
    return Verdict(kind, f"{kind}: none solved within the cap of {ours.cap:,}{diverged}")


def times(ratio: float) -> str:
    """Our mean over the published one, in words.

    >>> times(1.83), times(0.25)
    ('1.8 times as many', '4.0 times fewer')
    """
    return f"{factor(ratio)} times as many" if ratio >= 1 else f"{factor(1 / ratio)} times fewer"


def factor(ratio: float) -> str:
    """A ratio of at least 1, in two digits, near 1 in three.

    >>> factor(1.04), factor(1.83), factor(40.9)
    ('1.04', '1.8', '41')
    """
    digits = 2 if ratio < 1.1 else 1 if ratio < 10 else 0
    return f"{ratio:,.{digits}f}"
