"""What is to be learned: one file per family of tasks."""

from longlag.registry import registered as _registered
from longlag.tasks.base import Task as Task
from longlag.tasks.base import TaskKernel as TaskKernel


def tasks() -> dict[str, type[Task]]:
    """Every task of the library, by name."""
    return _registered(__name__, Task)
