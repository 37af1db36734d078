"""The kinds of learning: each kind is one object, which holds all differences from other kinds."""

from longlag.errors import InputError
from longlag.experiments.kinds.base import Fields as Fields
from longlag.experiments.kinds.base import Kind as Kind
from longlag.experiments.kinds.base import sizes as sizes
from longlag.experiments.kinds.batch import Batch
from longlag.experiments.kinds.growing import Growing
from longlag.experiments.kinds.online import Online
from longlag.experiments.kinds.search import Search
from longlag.experiments.stop import GrowingSet, StopRule
from longlag.learners.base import Learner

KINDS: dict[str, Kind] = {kind.name: kind for kind in (Online(), Search(), Batch())}


_GROWING = Growing()


def kind_of(learner: Learner | type[Learner], stop: StopRule | None = None) -> Kind:
    """The kind of a learner, under that stop rule.

    Raises `InputError` for a kind that no driver runs.
    """
    try:
        kind = KINDS[learner.kind]
        return _GROWING if isinstance(stop, GrowingSet) and isinstance(kind, Online) else kind
    except (KeyError, TypeError):
        raise InputError(
            f"learner {learner.name} is of the kind {learner.kind!r}, which cannot be run: kind "
            f"must be one of {', '.join(KINDS)}"
        ) from None
