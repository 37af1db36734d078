"""What a store holds, for the commands that show it."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from longlag.errors import InputError
from longlag.experiments.budgets import trials_of
from longlag.experiments.experiment import Experiment
from longlag.experiments.plan import current
from longlag.experiments.store import Store
from longlag.experiments.trial import TrialRecord
from longlag.report.style.console import say


def records_in(path: Path) -> list[TrialRecord]:
    """The sound records of a store; raises `InputError` if there are none."""
    nothing = InputError(f"there are no results in {path}: run `longlag reproduce adding` first")
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise nothing from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}): use another store") from None
    with Store(path, read_only=True) as store:
        records, damaged = store.sound_records()
    if damaged and not records:
        raise damaged[0]
    if damaged:
        many = f"{len(damaged)} of {len(records) + len(damaged)} trials"
        say(f"{many} are left out, as they are damaged; the first: {damaged[0]}")
    if not records:
        raise nothing
    return records


def trials_in(path: Path, command: str) -> list[TrialRecord]:
    """The trials of the matrix or the ladder in a store; raises `InputError` if there are none."""
    with Store(path, read_only=True) as store:
        found = trials_of(store, command)
    if not found:
        raise InputError(
            f"{path} has no trials of longlag {command}: run it without --stored first"
        )
    return found


def studies_of(
    records: Sequence[TrialRecord], known: Mapping[str, Experiment]
) -> list[tuple[str, list[TrialRecord]]]:
    """The known experiments that have records under their conditions of today, by name."""
    studies = []
    for name, experiment in known.items():
        mine = [record for record in records if record.key.experiment == name]
        kept = current(experiment, mine)
        if left := len(mine) - len(kept):
            say(
                f"{name}: {left} of {len(mine)} trials are left out, which are of other conditions "
                "than today's or of a second precision"
            )
        if kept:
            studies.append((name, kept))
    return studies
