"""`longlag verify`: run stored trials again, and say which differ."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from cyclopts import Parameter

from longlag.commands.json_output import print_json
from longlag.commands.options import Json, whole
from longlag.commands.places import check_places, of_store
from longlag.compiled import cache
from longlag.errors import InputError, check_whole
from longlag.experiments.module import Module
from longlag.experiments.store import Store, default_path
from longlag.experiments.study import Study
from longlag.experiments.trial import TrialKey, TrialRecord
from longlag.experiments.verification import Comparison, Verification, sample
from longlag.quoting import counted
from longlag.report.style.console import progress, results, say


def verify(
    store: Annotated[Path | None, Parameter(show_default=False)] = None,
    *,
    sample_: Annotated[int | None, Parameter(name="--sample", converter=whole)] = None,
    workers: Annotated[int | None, Parameter(converter=whole)] = None,
    as_json: Json = False,
) -> int:
    """Run stored trials again, and say which differ from what is stored.

    Every trial begins anew, under the conditions stored with it, and everything is compiled anew,
    too: about ten seconds for each kind of network. The exit status is 1 if some trials differ or
    cannot be run again. The store is only read.

    Parameters
    ----------
    store
        the results to verify (default: your data folder, or $LONGLAG_STORE)
    sample_
        so many trials alone, drawn evenly from all rows; always the same ones
    workers
        threads (default: one per core)
    """
    from longlag.report.study.progress import Display, duration
    from longlag.report.study.verification import verification_table

    if sample_ is not None:
        check_whole("--sample", sample_, 1)
    path = store or default_path()
    check_places(of_store(path), {})
    sound, refused = _records(path)
    chosen = sound if sample_ is None else sample(sound, sample_)
    verification = Verification(chosen)
    say(
        f"running {len(chosen)} of {len(sound) + len(refused)} stored trials again: "
        f"{verification.steps:,} steps of training, and the tests; the longest trial took "
        f"{duration(verification.longest)} when it was stored"
    )
    study = Study(verification.trials, workers=workers)
    with Display(progress(), []) as display, cache.ignored():
        comparisons = verification.compare(study.run(display))
    if as_json:
        print_json(_as_json(comparisons, refused))
    else:
        results().print(verification_table(comparisons, refused))
    unfinished = sum(not each.finished for each in comparisons)
    if unfinished:
        say(f"Interrupted: {unfinished} of {len(comparisons)} trials were not compared.")
    if refused or any(each.finished and each.differences for each in comparisons):
        return 1
    return 130 if unfinished else 0


def _records(path: Path) -> tuple[list[TrialRecord], list[tuple[TrialKey, str]]]:
    """The stored trials that can be run again, and the others with the reason."""
    with Store(path, read_only=True) as store:
        examined = store.examine()
    of_ours = [each for each in examined if not _of_module(each[1])]
    if judged := len(examined) - len(of_ours):
        trials = counted(judged, "trial")
        say(f"{trials} of longlag judge left out: the code of the models is not in the store")
    examined = of_ours
    if not examined:
        raise InputError(f"there are no finished trials in {path}: let a study finish some")
    sound = [record for _, record in examined if isinstance(record, TrialRecord)]
    refused = [(key, reason) for key, reason in examined if isinstance(reason, str)]
    if not sound:
        key, reason = refused[0]
        raise InputError(
            f"none of the {len(refused)} trials in {path} can be run again; of the first one, "
            f"trial {key.trial} of {key.experiment}, {key.row}, {key.reading}, {reason}"
        )
    return sound, refused


def _of_module(record: TrialRecord | str) -> bool:
    return isinstance(record, TrialRecord) and isinstance(record.conditions.learner, Module)


def _as_json(
    comparisons: list[Comparison], refused: list[tuple[TrialKey, str]]
) -> list[dict[str, Any]]:
    """One object per trial."""
    return [_of_comparison(each) for each in comparisons] + [
        asdict(key) | {"seed": None, "result": "refused", "differences": [], "reason": reason}
        for key, reason in refused
    ]


def _of_comparison(each: Comparison) -> dict[str, Any]:
    differences = each.differences if each.finished else []
    result = "different" if differences else "equal" if each.finished else "interrupted"
    return asdict(each.stored.key) | {
        "seed": each.stored.conditions.seed,
        "result": result,
        "differences": differences,
        "reason": None,
    }
