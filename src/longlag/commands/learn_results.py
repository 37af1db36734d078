"""What `longlag learn` says at the end: scores, remarks on the data, and written files."""

import shlex
from typing import Any

from rich.text import Text

from longlag.commands.json_output import print_json
from longlag.commands.learning import Learning
from longlag.forecasting.evaluation import Evaluation
from longlag.forecasting.groups import Groups
from longlag.quoting import counted, quoted
from longlag.report.style.console import results, say

MANY = 100  #: classes that are remarked on
FEW, WORSE = 100, 3.0  #: judged rows that say little; errors so many times larger are remarked on


def show(evaluation: Evaluation | Groups, learning: Learning) -> None:
    """Write the page if there is to be one, and print scores and remarks.

    The page comes first: whoever reads the scores may have read enough after some lines.
    """
    try:
        if report := learning.options.report:
            from longlag.report.provenance import provenance
            from longlag.report.stream.page import write_stream_page

            write_stream_page(report, evaluation, provenance())
            say(f"The page is in {report}.")
    finally:
        _print(evaluation, learning)


def _print(evaluation: Evaluation | Groups, learning: Learning) -> None:
    from longlag.report.stream.group_scores import groups_table
    from longlag.report.stream.horizon_summary import summaries
    from longlag.report.stream.terminal import remarks, score_table, summary_table

    options = learning.options
    if options.as_json:
        print_json(_as_json(evaluation, learning))
    else:
        out = results()
        if summary := summary_table(evaluation):
            out.print(summary)
            for each in summaries(evaluation):
                out.print(Text(each.sentence))
            out.print()
        out.print(score_table(evaluation))
        out.print(Text(f"\n{remarks(evaluation)}"))
        if isinstance(evaluation, Groups) and len(evaluation.members) > 1 and evaluation.judged:
            out.print(groups_table(evaluation))
    for line in _remarks(evaluation, learning):
        say(line)


def _remarks(evaluation: Evaluation | Groups, learning: Learning) -> list[str]:
    """The lines that a person should read besides the scores."""
    options, reader = learning.options, learning.reader
    lines = []
    if skipped := learning.passing.skipped:
        rows = counted(skipped, "row")
        why = ", which the model has learned" if options.skip is None else ""
        new = "" if learning.passing.learned else ". There are no others"
        lines.append(f"Passed over the first {rows} of {reader.source.name}{why}{new}.")
    if learning.passing.another and not learning.timed:
        lines.append(
            f"{reader.source.name} begins otherwise than the data that the model has learned: its "
            "rows were taken for those that follow."
        )
    lines += [learning.older.remark or "", *_of_scores(evaluation)]
    classes = evaluation.series.classes
    if len(classes) > MANY:
        lines.append(
            f"The target has {len(classes):,} classes, and each row costs a time that grows with "
            "them: is it a name or a number for each row?"
        )
    if reader.left_out:
        names = ", ".join(
            f"{quoted(name)} ({why})" if name else "what has no name"
            for name, why in reader.left_out.items()
        )
        lines.append(f"Left out: {names}.")
    if reader.categories:
        names = ", ".join(map(quoted, reader.categories))
        count = len(evaluation.categories.values)
        lines.append(f"Taken as categories, with {counted(count, 'input')}: {names}.")
    calendar = learning.evaluation and learning.evaluation.calendar
    if calendar and calendar.parts:
        parts = ", ".join(calendar.parts)
        lines.append(f"Predicted from the times, too: {parts} (unless --no-calendar).")
    lines += reader.remarks()
    if not options.resume:
        lines += learning.unusual.remarks()
    orders = learning.orders.values() if learning.timed else ()
    said = (order.remark(quoted(learning.timed)) for order in orders)
    lines += [next((each for each in said if each), "")]
    if learning.file.saved:
        lines.append(f"The model is in {options.save}.")
    if learning.interrupted:
        how = "nothing was saved"
        if learning.file.rows:
            how = f"to go on: --resume {shlex.quote(str(options.save))} --skip {learning.file.rows}"
        lines.append(f"Interrupted after row {learning.passing.so_far.rows:,}; {how}.")
    return list(filter(None, lines))


def _of_scores(evaluation: Evaluation | Groups) -> list[str]:
    """What the scores say that a person may overlook."""
    series, rows, judged = evaluation.series, evaluation.learned_rows, evaluation.judged
    if not judged and rows > 0:
        horizon = evaluation.question.horizon
        groups = of_a_group = first = ""
        if isinstance(evaluation, Groups):
            groups = f" in {counted(len(evaluation.members), 'group')}"
            of_a_group = " of a group"
        if horizon > 1:
            first = f": the first row{of_a_group} that is judged is row {3 * horizon + 1:,}"
        return [
            f"No row was judged: the horizon is {horizon:,}, the number of rows "
            f"{rows:,}{groups}{first}."
        ]
    if series.classes:
        return _of_classes(evaluation)
    measure = series.measures[1]  # of numbers and of classes, the one that large errors raise most
    errors = [row[measure] for row in evaluation.tables()[0]]
    known = [(error, name) for error, name in zip(errors, series.predictors, strict=True) if error]
    (best, name), ours = min(known, default=(0.0, "")), errors[0]
    if judged < FEW or ours is None or ours <= WORSE * best:
        return []
    return [
        f"The {measure} of the network is {ours / best:.1f} times that of the {name}: a new model "
        f"with a --rate below {evaluation.model.rate:g} may do better."
    ]


def _of_classes(evaluation: Evaluation | Groups) -> list[str]:
    """A network that is more often wrong than a naive prediction, which no blend prevents."""
    series = evaluation.series
    ours, *theirs = [row["accuracy"] or 0.0 for row in evaluation.tables()[0]]
    best = max(theirs)
    if evaluation.judged < FEW or ours >= best:
        return []
    name = series.predictors[1 + theirs.index(best)]
    ahead = evaluation.question.horizon
    hint = ", or the class of the same row (--horizon 0)" if ahead == 1 else ""
    return [
        f"The network is right less often than the {name}: take that one, another --rate than "
        f"{evaluation.model.rate:g}, or columns that tell more of the class{hint}."
    ]


def _as_json(evaluation: Evaluation | Groups, learning: Learning) -> dict[str, Any]:
    question, series = evaluation.question, evaluation.series
    found = {
        "target": question.targets[0],
        "targets": list(question.targets),
        "features": list(question.features),
        "categories": list(question.categories),
        "calendar": evaluation.calendar.parts if evaluation.calendar else [],
        "horizon": question.horizon,
        "horizons": list(question.horizons),
        "interval": question.interval,
        "classes": series.classes if question.classify else None,
        "rows": evaluation.rows,
        "judged": evaluation.judged,
        "missing_features": evaluation.missing_features,
        "missing_targets": evaluation.missing_targets,
        "skipped": learning.passing.skipped,
        "cut": learning.reader.source.cut,
        "finished": learning.finished,
        "interrupted": learning.interrupted,
        "seconds": round(learning.seconds, 3),
        "scores": _scores(evaluation),
    }
    if isinstance(evaluation, Groups):
        found["groups"] = {
            name: {"rows": member.rows, "judged": member.judged, "scores": _scores(member)}
            for name, member in evaluation.members.items()
        }
    return found


def _scores(evaluation: Evaluation | Groups) -> list[dict[str, Any]]:
    """A dict for each head and predictor."""
    series = evaluation.series
    return [
        {"target": head.target, "horizon": head.horizon, "predictor": name, **row}
        for head, table in zip(series.heads, evaluation.tables(), strict=True)
        for name, row in zip(series.predictors, table, strict=True)
    ]
