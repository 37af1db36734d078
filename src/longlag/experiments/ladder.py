"""The ladder of lags: how long a lag each learner can bridge, for each kind of memory.

On every rung a learner meets a task with a lag. It stands on the rung if at least `ENOUGH` of
`NETWORKS` networks solve the task within the budget, and climbs on; where it fails it stops. Of
fewer networks, at least as large a share must solve the task.
"""

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from statistics import median

from longlag.errors import InputError, check_several, check_whole
from longlag.experiments.names_in_store import LADDER, names_in_store
from longlag.experiments.selection import LAST_SEED, Find, Selection, as_shown
from longlag.experiments.settings import settings_of
from longlag.experiments.tables import Table, shipped
from longlag.experiments.trial import Conditions, Status, TrialKey, TrialRecord
from longlag.learners import learners
from longlag.registry import look_up

_FILE = shipped("ladder.toml")

LAGS: tuple[int, ...] = tuple(_FILE["lags"])  #: the rungs, rising
NETWORKS: int = _FILE["networks"]
ENOUGH: int = _FILE["enough"]
STOPS: Table = _FILE["stop"]  #: the stop rule for each kind of learning


@dataclass(frozen=True)
class Family:
    """A kind of memory: a task whose lag can grow."""

    name: str
    title: str
    fixed: Table  #: the task without the fields that grow
    signed: Table  #: changes for learners that answer by a sign
    by_lag: dict[str, tuple[float, int]]  #: lag times the first number, plus the second
    first: int  #: the shortest lag
    formerly: str  #: name in the keys of trials, and another one for options

    def task(self, lag: int, *, signed: bool = False) -> Table:
        """The task with at least this lag."""
        grown = {name: math.ceil(lag * a) + b for name, (a, b) in self.by_lag.items()}
        return self.fixed | (self.signed if signed else {}) | grown


@cache
def families() -> dict[str, Family]:
    """The kinds of memory, by name."""
    return {
        name: Family(
            name=name,
            title=table["title"],
            fixed=table["task"],
            signed=table.get("signed", {}),
            by_lag={field: (a, b) for field, (a, b) in table["by_lag"].items()},
            first=table.get("first", LAGS[0]),
            formerly=table.get("formerly", name),
        )
        for name, table in _FILE["families"].items()
    }


def family_of(name: str) -> Family:
    """The kind of memory of this name, or formerly of it; raises `InputError` for no name."""
    formerly = {each.formerly: each for each in families().values()}
    if isinstance(name, str) and name in formerly:
        return formerly[name]
    return look_up("kind of memory", name, families())


@dataclass(frozen=True)
class Rung:
    """What became of a learner on one rung."""

    lag: int
    setting: str | None  #: the chosen one; None if no network solved the task under any setting
    records: tuple[TrialRecord, ...]  #: of the networks shown

    @property
    def solved(self) -> int:
        """Networks shown that solved the task."""
        return sum(record.status is Status.SOLVED for record in self.records)

    @property
    def stands(self) -> bool:
        """Whether enough networks solved the task."""
        return self.solved > 0 and self.solved * NETWORKS >= len(self.records) * ENOUGH

    @property
    def needed(self) -> float | None:
        """Median presentations, or guesses, of the networks that solved the task."""
        solved = [each.to_success for each in self.records if each.status is Status.SOLVED]
        return median(solved) if solved else None

    @property
    def weights(self) -> int | None:
        """Of a network shown."""
        return self.records[0].conditions.learner.weights if self.records else None


@dataclass(frozen=True)
class Climb:
    """How far one learner has come with one kind of memory."""

    family: str
    learner: str
    rungs: tuple[Rung, ...] = ()  #: from the shortest lag on; all but the last are stood on
    pending: Sequence[tuple[TrialKey, Conditions]] = ()  #: trials without which it cannot go on
    ahead: int | None = None  #: the lag of these trials
    reason: str = ""  #: why the learner does not apply, or not to the next lag

    @property
    def reached(self) -> int:
        """The longest lag on which the learner stands, 0 if it stands on none."""
        return max((rung.lag for rung in self.rungs if rung.stands), default=0)


@dataclass(frozen=True)
class Ladder:
    """Who climbs, how far at most, and within which budget.

    Args:
        budget: most presentations of sequences in the training of one network; of a learner that
            searches, most guesses
        families: kinds of memory; all by default
        learners: names; all by default
        lags: rungs out of `LAGS`; all by default
        seed: seed of the networks shown
        dtype: "float32" or "float64"
    """

    budget: int
    families: Collection[str] = ()
    learners: Collection[str] = ()
    lags: Collection[int] = ()
    seed: int = 1
    dtype: str = "float32"

    def __post_init__(self):
        for name in ("families", "learners", "lags"):
            check_several(name, getattr(self, name))
        check_whole("budget", self.budget, 1, 10**12)
        check_whole("seed", self.seed, 0, LAST_SEED)
        for name in self.families:
            family_of(name)
        for name in self.learners:
            look_up("learner", name, learners())
        for lag in self.lags:
            check_whole("each lag", lag, 1)  # 5.0 would be a rung of its own in a store
            if lag not in LAGS:
                raise InputError(
                    f"each lag must be one of {', '.join(map(str, LAGS))}, got {lag}: the ladder "
                    "has no other rungs"
                )

    @property
    def kinds(self) -> list[Family]:
        """The kinds of memory, each once."""
        found = map(family_of, self.families or families())
        return list({each.name: each for each in found}.values())

    @property
    def rungs(self) -> list[int]:
        """The lags, rising."""
        return sorted(set(self.lags or LAGS))

    def climbs(self, find: Find) -> list[Climb]:
        """How far every learner has come with every kind of memory, by the trials of `find`."""
        return [
            climb(family, learner, self.rungs, partial(self._settings, learner), find)
            for family in self.kinds
            for learner in dict.fromkeys(self.learners or learners())
        ]

    def _settings(self, learner: str, family: Family, lag: int) -> dict[str, Conditions]:
        """The conditions of a rung under each setting; raises `InputError` if none fits."""
        settings = settings_of(learner)
        return settings.conditions(
            family.task(lag, signed=settings.signed),
            STOPS,
            cap=self.budget,
            longest=_reach(lag),
            seed=self.seed,
            dtype=self.dtype,
        )


def climb(
    family: Family,
    learner: str,
    rungs: Sequence[int],
    settings_on: Callable[[Family, int], Mapping[str, Conditions]],
    find: Find,
    *,
    experiment: str = LADDER,
    networks: int = NETWORKS,
) -> Climb:
    """How far a learner has come with one kind of memory, by the trials of `find`.

    `rungs` are lags, rising. `settings_on` has the conditions of a rung under each setting, and
    raises `InputError` if the learner does not apply there.
    """
    done: list[Rung] = []
    preferred: str | None = None
    lags = [lag for lag in rungs if lag >= family.first]
    if not lags:
        reason = f"no sequence has a lag as short: the shortest is {family.first}"
        return Climb(family.name, learner, reason=reason)
    for lag in lags:
        try:
            settings = settings_on(family, lag)
        except InputError as error:
            return Climb(family.name, learner, tuple(done), reason=str(error))
        if preferred and preferred in settings:  # the setting of the rung below is tried first
            settings = {preferred: settings[preferred], **settings}
        row = row_of(family, lag)
        standing = Selection(experiment, row, learner, settings, networks).standing(find)
        if not standing.over:
            return Climb(family.name, learner, tuple(done), standing.pending, lag)
        preferred = standing.setting
        done.append(Rung(lag, preferred, standing.records if preferred else ()))
        if not done[-1].stands:
            break
    return Climb(family.name, learner, tuple(done))


def climbs_in(records: Iterable[TrialRecord]) -> list[Climb]:
    """How far each learner came according to a store, where it has met at least one rung.

    Of several budgets, seeds and precisions, those of the latest trial count.
    """
    known = {
        (each.key, each.conditions): each
        for each in records
        if each.key.experiment in names_in_store(LADDER)
    }
    if not known:
        return []
    shown = [(key.row, as_shown(key, conditions)) for key, conditions in known]
    budgets = [(each.cap, each.seed, each.dtype) for _, each in shown]
    rows: dict[str, set[str]] = {}
    for (row, each), budget in zip(shown, budgets, strict=True):
        if budget == budgets[-1]:
            rows.setdefault(each.learner.name, set()).add(row)
    cap, seed, dtype = budgets[-1]
    found = [
        climb
        for family in families().values()
        for learner in sorted(rows)
        if (lags := climbed(family, rows[learner]))
        for climb in Ladder(cap, [family.name], [learner], lags, seed, dtype).climbs(
            lambda key, conditions: known.get((key, conditions))
        )
    ]
    return [each for each in found if each.rungs]


def climbed(family: Family, rows: Collection[str]) -> list[int]:
    """The rungs of a climb with trials in these rows: those met, and all longer ones.

    A shorter rung without trials was left out, as the rungs can be chosen.
    """
    met = [lag for lag in LAGS if row_of(family, lag) in rows]
    return [lag for lag in LAGS if met and (lag in met or lag > met[-1])]


def row_of(family: Family, lag: int) -> str:
    """The name of a rung in the keys of its trials."""
    return f"{family.formerly}, lag {lag}"


def _reach(lag: int) -> int:
    """Steps that the sequences of a rung have at most; one number for a decade of lags.

    Kernels are compiled for a number of stored steps, so few numbers compile few kernels. The
    longest sequences, of temporal order, have 2.75 times the lag.
    """
    return 3 * max(100, 10 ** math.ceil(math.log10(lag)))
