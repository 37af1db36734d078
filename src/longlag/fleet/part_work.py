"""What the workers do with the parts of a fleet; twice writes the same bits to the same file."""

from typing import NamedTuple

import numpy as np

from longlag.estimators.tables import Table
from longlag.executors import Versions, check_versions
from longlag.fleet.fleet import Fleet
from longlag.fleet.keyed import Scores
from longlag.fleet.keys import Key
from longlag.fleet.part_files import Parts, parts_of
from longlag.fleet.samples import arranged


class PartRows(NamedTuple):
    """The rows of a call that belong to one part."""

    places: np.ndarray  #: (n,), in the call
    keys: list[Key]
    X: np.ndarray  #: (n, features)
    y: np.ndarray  #: (n, targets); empty for answers alone


class Work(NamedTuple):
    """What a worker does with one part."""

    parts: Parts  #: the list of all parts
    source: str  #: the file of the part, "" if it has none yet
    target: str  #: the file that it is to have, "" if it stays
    versions: Versions
    rows: PartRows

    def fleet(self) -> Fleet:
        """The networks of the part; raises `WorkersError` in a process of other versions."""
        check_versions(self.versions)
        return self.parts.part(self.source)


NOTHING = PartRows(np.zeros(0, int), [], np.zeros((0, 0)), np.zeros((0, 0)))


def by_part(found: Parts, keys: list[Key]) -> dict[int, np.ndarray]:
    """The places of the keys of each part that has any, in their order."""
    part = parts_of(keys, len(found.files))
    order = np.argsort(part, kind="stable")  # the rows of a key stay in the order of time
    pieces = np.split(order, np.flatnonzero(np.diff(part[order])) + 1)
    return {int(part[places[0]]): places for places in pieces if len(places)}


def rows_of(found: Parts, keys: list[Key], samples: Table, y: np.ndarray) -> dict[int, PartRows]:
    """The rows of each part that has any; raises `InputError` for other features."""
    X = arranged(samples, found.features)
    return {
        part: PartRows(places, [keys[place] for place in places.tolist()], X[places], y[places])
        for part, places in by_part(found, keys).items()
    }


def in_order(found: Parts, rows: dict[int, PartRows], parts: list[np.ndarray]) -> np.ndarray:
    """The answers of all parts, in the order of the rows."""
    if not parts:
        width = 1 if found.parameters.interval is None else 3
        return np.zeros((0, max(1, len(found.targets)), width))
    order = np.concatenate([each.places for each in rows.values()])
    return np.concatenate(parts)[np.argsort(order)]


def learn(work: Work) -> np.ndarray:
    """Teach a part its rows, and write it to its new file; the answers before learning."""
    fleet = work.fleet()
    answers = fleet.learn_checked(work.rows.keys, _samples(work), work.rows.y, work.parts.targets)
    fleet.save(work.target)
    return answers


def predict(work: Work) -> np.ndarray:
    """The answers of a part to its rows."""
    return work.fleet().predict_checked(work.rows.keys, _samples(work))


def _samples(work: Work) -> Table:
    """The rows of a part, as `rows_of` has arranged them."""
    return Table(list(work.parts.features), work.rows.X, {})


def forget(work: Work) -> None:
    """Forget keys of a part, and write it to its new file."""
    fleet = work.fleet()
    fleet.forget(work.rows.keys)
    fleet.save(work.target)


def scores(work: Work) -> Scores:
    """The scores of a part."""
    return work.fleet().scores()


def diverged(work: Work) -> list[Key]:
    """The keys of a part whose networks are no longer finite."""
    return work.fleet().diverged()
