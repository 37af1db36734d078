"""Who learns: one file per learning system."""

from longlag.learners.base import Learner as Learner
from longlag.registry import registered as _registered


def learners() -> dict[str, type[Learner]]:
    """Every learner of the library, by name."""
    return _registered(__name__, Learner)
