"""Several series of classes in one stream, whose networks are a fleet.

Each series has its own classes, in the order in which they came. A network is told which of them
was the last one: it has an input for each. It begins at the first class, with an input for it, and
those of later classes begin with weights of zero, as in an estimator where a feature appears later.
"""

from collections.abc import Iterable
from functools import partial

import numpy as np

from longlag.errors import InputError
from longlag.fleet.class_past import ClassPasts, ClassSeen, Shares, judge_answers, look_back
from longlag.fleet.class_records import ClassRecords
from longlag.fleet.classifier import FleetClassifier, most_classes
from longlag.fleet.groups import FleetGroups, Pieces
from longlag.fleet.keys import Slots
from longlag.fleet.members import ClassMember
from longlag.fleet.visits import Visits, in_threads
from longlag.forecasting.class_scores import PREDICTED, add_losses
from longlag.forecasting.classes import MOST, ClassesSoFar
from longlag.forecasting.groups import Answered, Start
from longlag.forecasting.series import Series
from longlag.quoting import quoted
from longlag.readers.sources import Rows

LEAST = 2  #: classes that there is room for


class ClassGroups(FleetGroups[FleetClassifier, ClassRecords]):
    """The streams of all groups of classes so far, and a fleet of their networks."""

    member = ClassMember

    def __init__(self, start: Start):
        """Before the first row."""
        super().__init__(start)
        self.fleet = FleetClassifier(**self.options)
        self.classes: dict[str, int] = {}  #: of all groups
        self._texts: list[str] = []  #: the same, by their numbers
        self.records = ClassRecords(self._width, self.question.horizon, LEAST)

    def _first_series(self) -> Series:
        return self.question.series([ClassesSoFar([""], [1.0], 0)])

    def go_on(
        self,
        fleet: FleetClassifier,
        slots: Slots,
        room: int,
        classes: list[str],
        records: np.ndarray,
    ) -> None:
        """Go on with a saved fleet, with all classes, and with saved records (groups, bytes).

        There is room for so many classes of a series. Raises `InputError` for what no records may
        hold.
        """
        self.fleet, self.slots = fleet, slots
        self._know({name: code for code, name in enumerate(classes)})
        if not LEAST <= room <= len(fleet.features) - self._width:
            raise InputError(f"its networks must have inputs for {room} classes")
        if len(self.classes) < len(classes) or not set(fleet.labels) <= set(range(room)):
            raise InputError("its fleet has not the classes of its groups")
        self.records = ClassRecords(self._width, self.question.horizon, room)
        self.records.put(records)
        self.records.check_names(len(classes))
        self.records.forget_scores()

    def _know(self, classes: dict[str, int]) -> None:
        """Let these be the classes of all groups."""
        self.classes = classes
        self._texts = list(classes)

    @property
    def kept(self) -> ClassPasts:
        """See `FleetGroups.kept`."""
        return self.records.pasts

    def series_of(self, slot: int) -> Series:
        """The series in a slot, with its classes."""
        kept, texts = self.kept, self._texts
        names = [texts[code] for code in kept.names[slot].astype(int).tolist() if code >= 0]
        frequencies = kept.frequencies[slot, : len(names)].tolist()
        state = ClassesSoFar(names, frequencies, int(kept.last[slot, 0]))
        return self.question.series([state])

    @property
    def series(self) -> Series:
        """Of the first group."""
        first = next(iter(self.slots.of.values()), None)
        return self._blank.series if first is None else self.series_of(first)

    def _compiled(self) -> list[str]:
        return ["a", "b"]

    def step(self, rows: Rows, *, learning: bool = True) -> Iterable[Answered]:
        """See `FleetGroups.step`."""
        names = rows.groups or [""] * len(rows.features)
        new, texts = self._check_groups(names), list(rows.target)
        classes, known = self._coded(texts)
        room = self._room(names, classes, len(known), texts)
        # Whatever is refused, nothing has changed.
        records = self.records
        if room > records.classes:
            records = records.widened(self.slots.needed(0), room)
        records.grow(self.slots.needed(len(new)))
        self.calendars.grow(self.slots.needed(len(new)))
        self._widen_fleet(room)
        self.fleet.reserve(names, outputs=room)
        self.records = records
        if len(known) > len(self.classes):
            self._know(known)
        came = self._arrived(rows, names, new)
        seen = self._looked_back(came.features, classes, came.visits)
        codes = seen.codes if learning else np.full(len(names), -1)
        said = self._answered(names, came.visits, seen, codes)
        kept = self.kept
        in_threads(partial(judge_answers, kept, came.visits, seen, said), len(names))
        add_losses(kept.scores, came.slots, said.chances)
        self.course.add(said.errors[~np.isnan(said.errors[:, 0])])
        self._missing_targets += int((classes < 0).sum())
        return Pieces(self, rows, names, came.visits, said.shares)

    def _coded(self, texts: list[str]) -> tuple[np.ndarray, dict[str, int]]:
        """The numbers (rows,) of classes among all classes, -1 where one is missing, and all."""
        known = self.classes
        for text in dict.fromkeys(texts):
            if text and text not in known:
                if known is self.classes:
                    known = dict(known)
                known[text] = len(known)
        return np.fromiter((known.get(text, -1) for text in texts), np.int64, len(texts)), known

    def _room(self, names: list[str], classes: np.ndarray, count: int, texts: list[str]) -> int:
        """Classes that a series must have room for; raises `InputError` for too many."""
        if count <= LEAST:
            return self.records.classes
        places = {name: place for place, name in enumerate(dict.fromkeys(names))}
        had = np.full((len(places), self.records.classes), -1.0)
        slots = self.slots.find(places)
        had[slots >= 0] = self.kept.names[slots[slots >= 0]]
        rows = np.fromiter(map(places.__getitem__, names), np.int64, len(names))
        most = most_classes(had, rows, classes, count)
        if most > MOST:
            latest = next(filter(None, reversed(texts)))
            raise InputError(
                f"the target has more than {MOST:,} classes in a group, the latest "
                f"{quoted(latest)}: is it a name or a number for each row? Choose another "
                "--target, or leave out --classify"
            )
        return max(self.records.classes, 1 << (most - 1).bit_length())

    def _widen_fleet(self, room: int) -> None:
        """Let the networks have an input for each class that a series has room for."""
        self._begin_fleet()
        more = range(len(self.fleet.features), self._width + room)
        if more:
            self.fleet.add_features(more)

    def _looked_back(self, features: np.ndarray, classes: np.ndarray, visits: Visits) -> ClassSeen:
        """What is known when rows with these features and classes are answered."""
        rows, horizon = len(features), self.question.horizon
        codes, before = np.full((2, rows), -1)
        shown = (rows, len(self.fleet.features))
        steps, learned = np.full(shown, np.nan), np.full(shown if horizon else (0, 0), np.nan)
        seen = ClassSeen(features, classes, codes, before, steps, learned)
        in_threads(partial(look_back, self.kept, visits, seen, horizon), rows)
        return seen

    def _answered(
        self, names: list[str], visits: Visits, seen: ClassSeen, codes: np.ndarray
    ) -> Shares:
        """What the networks answer at each row, after they have learned the classes."""
        keys, taught = np.array(names, object), np.zeros(len(names), bool)
        steps = seen.learned if self.question.horizon else seen.steps
        inputs = [*self._inputs, *range(len(self._inputs), steps.shape[1])]
        shares = np.zeros((len(names), self.records.classes))
        labels = [None if code < 0 else code for code in codes.tolist()]

        def learn(at: np.ndarray) -> np.ndarray:
            taught[at] = codes[at] >= 0
            wanted = [labels[n] for n in at.tolist()]
            found = self.fleet.learn_proba_many(keys[at], steps[at][:, inputs], wanted)
            return self._by_code(found)

        def ahead(at: np.ndarray) -> np.ndarray:
            found = self.fleet.predict_proba_many(keys[at], seen.steps[at][:, inputs])
            return self._by_code(found)

        known = (seen.codes >= 0) | (seen.before >= 0)  # a class of the series
        self._networks(visits, known, shares, learn, ahead)
        shares[~np.isfinite(shares).all(axis=1)] = 0.0  # a network that has diverged
        errors, chances = np.empty((len(names), PREDICTED)), np.empty((len(names), 2))
        return Shares(shares, taught, errors, chances)

    def _by_code(self, found: np.ndarray) -> np.ndarray:
        """Probabilities in the order of the classes of a series."""
        shares = np.zeros((len(found), self.records.classes))
        shares[:, list(map(int, self.fleet.labels))] = found
        return shares
