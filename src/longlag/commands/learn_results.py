"""What `longlag learn` says at the end: scores, remarks on the data, and written files."""

import json
from typing import Any

from rich.text import Text

from longlag.commands.learning import Learning
from longlag.forecasting.evaluation import Evaluation
from longlag.quoting import quoted
from longlag.report.style.console import results, say

MANY = 100  #: classes that are remarked on


def show(evaluation: Evaluation, learning: Learning) -> None:
    """Print scores and remarks, and write the page if there is to be one."""
    from longlag.report.stream.terminal import remarks, score_table

    options = learning.options
    if options.as_json:
        print(json.dumps(_as_json(evaluation, learning), indent=1))
    else:
        out = results()
        out.print(score_table(evaluation))
        out.print(Text(f"\n{remarks(evaluation)}"))
    for line in _remarks(learning):
        say(line)
    if options.report:
        from longlag.report.provenance import provenance
        from longlag.report.stream.page import write_stream_page

        write_stream_page(options.report, evaluation, provenance())
        say(f"The page is in {options.report}.")


def _remarks(learning: Learning) -> list[str]:
    """The lines that a person should read besides the scores."""
    options, reader = learning.options, learning.reader
    lines = []
    if skipped := learning.passing.skipped:
        new = "" if learning.passing.learned else ", and there are no others"
        lines.append(
            f"The first {skipped:,} rows of {reader.source.name} were passed over: they were "
            f"learned before{new}."
        )
    classes = learning.evaluation.series.classes if learning.evaluation else []
    if len(classes) > MANY:
        lines.append(
            f"The target has {len(classes):,} classes, and each row costs a time that grows with "
            "them: is it a name or a number for each row?"
        )
    if reader.left_out:
        names = ", ".join(f"{quoted(name)} ({why})" for name, why in reader.left_out.items())
        lines.append(f"Left out: {names}.")
    if reader.categories and learning.evaluation:
        names = ", ".join(map(quoted, reader.categories))
        count = len(learning.evaluation.categories.values)
        lines.append(f"Taken as categories, with {count} inputs: {names}.")
    calendar = learning.evaluation and learning.evaluation.calendar
    if calendar and calendar.parts:
        parts = ", ".join(calendar.parts)
        lines.append(f"Predicted from the times, too: {parts} (unless --no-calendar).")
    if reader.source.cut:
        lines.append(f"{reader.source.name} ends in the middle of a row, which was left out.")
    if learning.timed and (said := learning.order.remark(quoted(learning.timed))):
        lines.append(said)
    if options.save:
        lines.append(
            f"The model is in {options.save}."
            if learning.file.rows
            else "Nothing was learned that could be saved."
        )
    if learning.interrupted:
        how = "nothing was saved"
        if options.save and learning.file.rows:
            how = f"to go on: --resume {options.save} --skip {learning.file.rows}"
        lines.append(f"Interrupted after row {learning.passing.so_far.rows:,}; {how}.")
    return lines


def _as_json(evaluation: Evaluation, learning: Learning) -> dict[str, Any]:
    question, series = evaluation.question, evaluation.series
    scores = zip(series.predictors, series.table(), strict=True)
    return {
        "target": question.target,
        "features": list(question.features),
        "categories": list(question.categories),
        "calendar": evaluation.calendar.parts if evaluation.calendar else [],
        "horizon": question.horizon,
        "classes": series.classes if question.classify else None,
        "rows": evaluation.rows,
        "judged": series.judged,
        "missing_features": evaluation.missing_features,
        "missing_targets": evaluation.missing_targets,
        "skipped": learning.passing.skipped,
        "cut": learning.reader.source.cut,
        "interrupted": learning.interrupted,
        "seconds": round(learning.seconds, 3),
        "scores": [{"predictor": name, **row} for name, row in scores],
    }
