"""The results of studies in plain values: what `reproduce`, `run` and `results` print as JSON."""

from collections.abc import Iterable, Sequence
from typing import Any

from longlag.experiments.experiment import Published
from longlag.experiments.trial import TrialRecord
from longlag.report.study.references import known_reference
from longlag.report.study.summary import Summary

#: What compares a row with the source; null in rows that are not compared.
COMPARED = ("chosen", "modern", "published", "ratio", "close", "verdict", "verdict_text")


def study_as_json(
    rows: Iterable[dict[str, Any]], records: Sequence[TrialRecord], tally: str | None = None
) -> dict[str, Any]:
    """The lines of the tables, the sentence below several tables, and the trials."""
    return {
        "rows": list(rows),
        "tally": tally,
        "trials": [trial_as_json(record) for record in records],
    }


def row_as_json(
    ours: Summary, experiment: str, seed: int, *, compared: bool = True
) -> dict[str, Any]:
    """A line of a table, with what only wide tables show; see docs/commands.md.

    `compared` is whether the summary knows the experiment; otherwise nothing is said of the source.
    """
    row = {
        "experiment": experiment,
        "row": ours.row,
        "reading": ours.reading,
        "chosen": ours.chosen,
        "modern": ours.modern,
        "seed": seed,
        "cap": ours.cap,
        "networks": ours.trials,
        "finished": not ours.interrupted,
        "solved": ours.solved,
        "capped": ours.capped,
        "diverged": ours.diverged,
        "interrupted": ours.interrupted,
        "counted": ours.kind.counted,
        "mean": ours.mean,
        "biased": ours.biased,
        "median": ours.median,
        "lowest": ours.lowest,
        "highest": ours.highest,
        "interval": ours.interval,
        "expected": ours.expected,
        "tested": ours.tested,
        "mean_wrong": ours.wrong,
        "most_wrong": ours.most_wrong,
        "test_error": ours.test_error,
        "published": ours.published and _published(ours.published),
        "ratio": ours.ratio,
        "close": None if ours.ratio is None else ours.close,
        "verdict": ours.verdict.kind,
        "verdict_text": ours.verdict.text,
    }
    return row if compared else row | dict.fromkeys(COMPARED)


def _published(figures: Published) -> dict[str, Any]:
    """The figures of the source under the names of ours."""
    known = known_reference(figures.source)
    return {
        "source": figures.source,
        "citation": known and known.text,
        "doi": known and known.doi,
        "where": figures.where,
        "line": figures.line or None,
        "mean": figures.to_success,
        "lowest": figures.low,
        "highest": figures.high,
        "networks": figures.trials,
        "solved_share": figures.solved,
        "tested": figures.tested,
        "mean_wrong": figures.mean_wrong,
        "test_error": figures.test_error,
        "weights": figures.weights,
        "note": figures.note or None,
    }


def trial_as_json(record: TrialRecord) -> dict[str, Any]:
    """A trial in plain values."""
    return {
        "experiment": record.key.experiment,
        "row": record.key.row,
        "reading": record.key.reading,
        "trial": record.key.trial,
        "seed": record.conditions.seed,
        "status": str(record.status),
        "cap": record.conditions.cap,
        "sequences": record.sequences,
        "guesses": record.guesses,
        "steps": record.steps,
        "seconds": round(record.seconds, 3),
        "wrong": record.wrong,
        "tested": record.tested,
        "test_error": record.test_error,
        "memory": record.memory,
    }
