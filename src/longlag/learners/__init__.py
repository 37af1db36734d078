"""Learners, networks with their learning algorithms: one file or folder per learner."""

from longlag.learners.base import Learner as Learner
from longlag.registry import registered as _registered


def learners() -> dict[str, type[Learner]]:
    """Every learner of the library, by name."""
    return _registered(__name__, Learner)


def stream_cells() -> dict[str, type[Learner]]:
    """The learner of each kind of cells that estimators of streams may have, by its name."""
    return {cell: learner for learner in learners().values() for cell in learner.stream_cells}
