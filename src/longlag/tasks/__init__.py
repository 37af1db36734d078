"""Tasks, the sequences and targets to learn: one file per family."""

from longlag.contract import TaskKernel as TaskKernel
from longlag.registry import registered as _registered
from longlag.tasks.base import Task as Task


def tasks() -> dict[str, type[Task]]:
    """Every task of the library, by name."""
    return _registered(__name__, Task)
