"""The page of a stream: one HTML file that needs nothing else."""

from pathlib import Path

from longlag.forecasting.evaluation import Evaluation
from longlag.forecasting.groups import Groups
from longlag.forecasting.horizons import as_text
from longlag.report.provenance import Provenance
from longlag.report.stream.clock_figure import by_clock
from longlag.report.stream.figures import course, latest
from longlag.report.stream.group_scores import ends, group_scores
from longlag.report.stream.terminal import as_words, figure, head_name, heads_table, remarks
from longlag.report.study.page import inline
from longlag.report.study.summary import count
from longlag.report.style.pages import templates
from longlag.report.style.plots import NARROW, WIDTH
from longlag.writing import write_whole

TEMPLATE = "stream/page.html.j2"


def write_stream_page(
    path: str | Path, evaluation: Evaluation | Groups, origin: Provenance
) -> None:
    """Write the page to `path`, whole or not at all, or raise `InputError`."""
    write_whole(Path(path), render(evaluation, origin).encode())


def render(evaluation: Evaluation | Groups, origin: Provenance) -> str:
    """The page as HTML text."""
    environment = templates()
    environment.filters.update(figure=figure, count=count)
    pictures = {}
    series = evaluation.series
    if isinstance(evaluation, Evaluation) and evaluation.judged:
        for name, draw, label in (
            ("latest", latest, "The latest targets and predictions"),
            ("course", course, "Errors along the stream"),
        ):
            pictures[name] = {
                "wide": inline(draw(evaluation, width=WIDTH), label),
                "narrow": inline(draw(evaluation, width=NARROW), label),
            }
        clock = evaluation.by_clock
        if clock and any(len(means) for means in clock.means()):
            label = "Errors by hour and weekday"
            pictures["clock"] = {
                "wide": inline(by_clock(evaluation, clock, width=WIDTH), label),
                "narrow": inline(by_clock(evaluation, clock, width=NARROW), label),
            }
    return environment.get_template(TEMPLATE).render(
        evaluation=evaluation,
        question=evaluation.question,
        targets=as_words(evaluation.question.targets),
        horizons=as_text(evaluation.question.horizons),
        headline=headline(evaluation),
        measures=series.measures,
        heads=heads_table(evaluation) if len(series.heads) > 1 else None,
        groups=ends(group_scores(evaluation)) if isinstance(evaluation, Groups) else None,
        scores=list(zip(series.predictors, evaluation.tables()[0], strict=True)),
        remarks=remarks(evaluation),
        pictures=pictures,
        parameters=evaluation.model.get_params(),
        origin=origin,
    )


def headline(evaluation: Evaluation | Groups) -> str:
    """Whether the network was worth it: its score beside that of the better naive prediction."""
    series = evaluation.series
    ours, *theirs = (row[series.measures[0]] for row in evaluation.tables()[0])
    if ours is None:
        return "Too few rows to judge any prediction."
    by_name = {
        name: value or 0.0 for name, value in zip(series.predictors[1:], theirs, strict=True)
    }
    if evaluation.question.classify:
        best = max(by_name, key=lambda name: by_name[name])
        return f"The network is right in {ours:.1%} of the rows, the {best} in {by_name[best]:.1%}."
    best = min(by_name, key=lambda name: by_name[name])
    of = f" ({head_name(evaluation, series.heads[0])})" if len(series.heads) > 1 else ""
    text = (
        f"The mean absolute error of the network{of} is {figure(ours)}, that of the {best} "
        f"{figure(by_name[best])}"
    )
    if ours > 0 and by_name[best] > 0:
        less = 1 - ours / by_name[best]
        text += f": {abs(less):.0%} {'less' if less >= 0 else 'more'}"
    return f"{text}."
