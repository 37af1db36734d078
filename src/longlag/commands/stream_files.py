"""Files of `longlag learn` and `longlag predict`."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from longlag.errors import InputError
from longlag.estimators.saving import load_with_notes, save
from longlag.forecasting.evaluation import Evaluation
from longlag.forecasting.resuming import notes, resume


@dataclass(frozen=True)
class SavedStream:
    """A model and where it stands in its stream."""

    evaluation: Evaluation
    time: str | None  #: name of the column of times

    def save(self, path: Path) -> None:
        """Replace the file in one instant; raises `InputError` if it cannot be written."""
        save(self.evaluation.model, path, notes(self.evaluation, self.time))


def load_stream(path: Path) -> SavedStream:
    """What `longlag learn --save` has saved; raises `InputError` for anything else."""
    model, saved = load_with_notes(path)
    try:
        return SavedStream(*resume(model, saved))
    except InputError as error:
        raise InputError(f"{path} cannot go on: {error}") from None


@contextmanager
def creating(path: Path) -> Iterator[TextIO]:
    """A new text file; raises `InputError` if it cannot be written, now or later."""
    try:
        with path.open("w", encoding="utf-8", newline="") as stream:
            yield stream
    except OSError as error:
        raise InputError(
            f"cannot write {path}: {error.strerror or error}; name a file you may write"
        ) from error
