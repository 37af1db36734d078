"""The page of a stream: one HTML file that needs nothing else."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure

from longlag.forecasting.evaluation import Evaluation
from longlag.forecasting.groups import Groups
from longlag.forecasting.horizons import as_text
from longlag.forecasting.stream_view import StreamView
from longlag.report.provenance import Provenance
from longlag.report.stream.clock_figure import by_clock
from longlag.report.stream.figures import course, is_logarithmic, latest
from longlag.report.stream.group_scores import GroupScore, ends, group_scores, judged_error
from longlag.report.stream.groups_figure import ranks, worst
from longlag.report.stream.half_life_figure import half_life_figure
from longlag.report.stream.half_lives import HalfLives, half_lives
from longlag.report.stream.horizon_summary import less_or_more, summaries
from longlag.report.stream.terminal import (
    as_words,
    figure,
    head_name,
    heads_table,
    mean_errors,
    remarks,
)
from longlag.report.study.counts import count, percent
from longlag.report.study.page import inline
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
    series, (group, shown) = evaluation.series, drawn(evaluation)
    found = half_lives(shown.model.stream) if shown.model.begun else None
    scores = group_scores(evaluation) if isinstance(evaluation, Groups) else []
    more = _of_groups(evaluation, scores)
    return environment.get_template(TEMPLATE).render(
        evaluation=evaluation,
        question=evaluation.question,
        targets=as_words(evaluation.question.targets),
        horizons=as_text(evaluation.question.horizons),
        headline=headline(evaluation),
        measures=series.measures,
        heads=heads_table(evaluation) if len(series.heads) > 1 else None,
        summaries=summaries(evaluation),
        mean_errors=mean_errors(evaluation),
        groups=ends(scores) if isinstance(evaluation, Groups) else None,
        groups_error=judged_error(evaluation) if isinstance(evaluation, Groups) else None,
        scores=list(zip(series.predictors, evaluation.tables()[0], strict=True)),
        remarks=remarks(evaluation),
        pictures=_pictures(_of_stream(shown, found) | more) if shown.judged else {},
        group=group,
        course=shown.course,
        logarithmic=is_logarithmic(shown),
        half_lives=found,
        parameters=evaluation.model.get_params(),
        origin=origin,
    )


def drawn(evaluation: Evaluation | Groups) -> tuple[str | None, StreamView]:
    """The stream that the pictures show: of several, the name and the one with the most rows."""
    if isinstance(evaluation, Evaluation):
        return None, evaluation
    if not evaluation.members:
        return None, evaluation.start.evaluation()
    return max(evaluation.members.items(), key=lambda item: item[1].judged)


Draws = dict[str, tuple[str, Callable[..., Figure]]]  #: by name: a label, and what draws


def _of_groups(evaluation: Evaluation | Groups, scores: list[GroupScore]) -> Draws:
    """What is drawn of several groups."""
    if not isinstance(evaluation, Groups) or len(scores) < 2:
        return {}
    last = evaluation.series.predictors[1]
    return {
        "ranks": ("The errors of all groups", partial(ranks, scores, last)),
        "worst": ("The groups that are predicted worst", partial(worst, evaluation, scores)),
    }


def _of_stream(evaluation: StreamView, found: HalfLives | None) -> Draws:
    """What is drawn of one stream."""
    draws: Draws = {
        "latest": ("The latest targets and predictions", partial(latest, evaluation)),
        "course": ("Errors along the stream", partial(course, evaluation)),
    }
    clock = evaluation.by_clock
    if clock and any(len(means) for means in clock.means()):
        draws["clock"] = "Errors by hour and weekday", partial(by_clock, evaluation, clock)
    if found:
        label = "How long each cell keeps what it holds"
        draws["half_lives"] = label, partial(half_life_figure, found)
    return draws


def _pictures(draws: Draws) -> dict[str, dict[str, str]]:
    """The pictures by name, each for a desk and for a telephone."""
    return {
        name: {
            "wide": inline(draw(width=WIDTH), label),
            "narrow": inline(draw(width=NARROW), label),
        }
        for name, (label, draw) in draws.items()
    }


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
        rows = f"{percent(ours)} of the rows, the {best} in {percent(by_name[best])}"
        return f"The network is right in {rows}."
    best = min(by_name, key=lambda name: by_name[name])
    of = f" ({head_name(evaluation, series.heads[0])})" if len(series.heads) > 1 else ""
    text = (
        f"The mean absolute error of the network{of} is {figure(ours)}, that of the {best} "
        f"{figure(by_name[best])}"
    )
    if ours > 0 and by_name[best] > 0:
        text += f": {less_or_more(ours, by_name[best])}"
    return f"{text}."
