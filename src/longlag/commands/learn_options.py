"""The options of `longlag learn`, and what they say of the columns of the data."""

from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from longlag.commands.options import Json, rows_or_auto, whole
from longlag.commands.places import check_places
from longlag.errors import InputError, check_whole
from longlag.forecasting.horizons import as_text, horizons_of
from longlag.forecasting.resuming import SavedStream
from longlag.quoting import quoted
from longlag.readers.lists import as_list, listed
from longlag.readers.sources import Columns

OF_A_NEW_MODEL = ("cells", "cell", "rate", "seed")  #: options that are parameters of its network


@Parameter(name="*")
@dataclass(frozen=True, kw_only=True)
class LearnOptions:
    """What to predict, with which network, and what to keep."""

    target: Annotated[str | None, Parameter(help="the column to predict, or several as a,b,c")] = (
        None
    )
    features: Annotated[
        str | None,
        Parameter(
            help="columns to predict from, as a,b,c (default: all others); a name that holds a "
            "comma stands in double quotation marks"
        ),
    ] = None
    exclude: Annotated[str | None, Parameter(help="columns not to predict from, as a,b,c")] = None
    categories: Annotated[
        str | None,
        Parameter(help="columns that are categories, whatever they hold (default: those of texts)"),
    ] = None
    time: Annotated[str | None, Parameter(help="the column of times, which is no feature")] = None
    group: Annotated[
        str | None, Parameter(help="the column that says which of several series a row belongs to")
    ] = None
    per_group: Annotated[
        bool, Parameter(negative=(), help="a network for each of --group, which share nothing")
    ] = False
    no_calendar: Annotated[
        bool,
        Parameter(
            negative=(), help="do not predict from the hour, the weekday and the day of --time"
        ),
    ] = False
    horizon: Annotated[
        str | None,
        Parameter(
            allow_leading_hyphen=True,
            help="rows ahead to predict (default: 1), or several, as 1-24 or 1,6,24",
        ),
    ] = None
    interval: Annotated[
        float | None,
        Parameter(help="share of the targets in an interval around each prediction, such as 0.9"),
    ] = None
    classify: Annotated[bool, Parameter(negative=(), help="the target is a class")] = False
    cells: Annotated[
        int | None,
        Parameter(converter=whole, help="cells of the network (default: 32; 8 of a fleet)"),
    ] = None
    cell: Annotated[str | None, Parameter(help="memory (default), rotating or mixed cells")] = None
    rate: Annotated[float | None, Parameter(help="learning rate")] = None
    seed: Annotated[
        int | None, Parameter(converter=whole, help="seed of the network (default: 0)")
    ] = None
    save: Annotated[Path | None, Parameter(help="keep the model in this file")] = None
    resume: Annotated[Path | None, Parameter(help="continue with the model in this file")] = None
    skip: Annotated[
        int | None,
        Parameter(
            converter=rows_or_auto,
            help="pass over this many of the first rows, or auto (default): over those that the "
            "model of --resume has learned, if this file begins with them",
        ),
    ] = None
    predictions: Annotated[Path | None, Parameter(help="write all predictions, as CSV")] = None
    report: Annotated[Path | None, Parameter(help="write a page with pictures, as HTML")] = None
    as_json: Json = False


def check(data: str, options: LearnOptions) -> None:
    """Refuse at once what would otherwise be refused after some or all of the work."""
    if options.horizon is not None:
        horizons_of(options.horizon)
    named = {"--target": options.target, "--time": options.time, "--group": options.group}
    for option, name in named.items():
        if name is not None and not name.strip():
            raise InputError(f"{option} must name a column, got {quoted(name)}: see `longlag look`")
        names = _listed(name) or ()
        if len(set(names)) < len(names):
            raise InputError(f"{option} must be different columns, got {quoted(name)}")
    for (one, first), (other, second) in combinations(named.items(), 2):
        for name in _listed(first) or ():
            if name in (_listed(second) or ()):
                raise InputError(f"{quoted(name)} is both {one} and {other}: leave one out")
    if options.no_calendar and not (options.time or options.resume):
        raise InputError("--no-calendar is about a column of times: name it with --time")
    if options.group and options.classify and not options.per_group:
        raise InputError(
            "classes of several groups need a network for each: add --per-group to --group"
        )
    if options.per_group and not (options.group or options.resume):
        raise InputError("--per-group is about several series: name their column with --group")
    if options.skip is not None:
        check_whole("--skip", options.skip, 0)
    written = {"--predictions": options.predictions, "--report": options.report}
    check_places({"the data": data}, {"--save": options.save} | written)
    check_places({"--resume": options.resume}, written)  # --save may replace what it resumes
    for path in (options.save, options.predictions, options.report):
        if path and (path.is_dir() or not path.parent.is_dir()):
            raise InputError(f"cannot write {path}: name a file in a folder that is there")


def columns_of(options: LearnOptions, saved: SavedStream | None) -> Columns:
    """The columns that the options or the saved model name.

    Raises `InputError` if the options contradict each other or the saved model.
    """
    targets = {options.target, *(_listed(options.target) or ())}
    others = {"--exclude": options.exclude, "--time": options.time, "--group": options.group}
    for option, text in (("--features", options.features), ("--categories", options.categories)):
        names = _listed(text) or ()
        if known := targets.intersection(names):
            raise InputError(
                f"{option} must not name the target {quoted(known.pop())}: its last known "
                "value is a feature anyway"
            )
        if len(set(names)) < len(names):
            raise InputError(f"{option} must be different columns, got {quoted(text)}")
        for other, given in others.items():
            if both := set(names).intersection(_listed(given) or ()):
                name = quoted(both.pop())
                raise InputError(f"{name} is in both {option} and {other}: choose one")
    return _of_a_new_model(options) if saved is None else _of_the_saved(options, saved)


def _of_a_new_model(options: LearnOptions) -> Columns:
    if options.target is None:
        raise InputError(
            "name the column to predict: --target NAME; `longlag look` shows the columns"
        )
    features, categories = _listed(options.features), _listed(options.categories)
    if features is not None and categories is not None:
        features = tuple(dict.fromkeys([*features, *categories]))
    return Columns(
        options.target,
        features,
        time=options.time,
        classes=options.classify,
        exclude=_listed(options.exclude) or (),
        categories=categories,
        group=options.group,
    )


def _of_the_saved(options: LearnOptions, saved: SavedStream) -> Columns:
    """Those that the model has learned; raises `InputError` for options that name others."""
    question = saved.evaluation.question
    features = _listed(options.features)
    before = (*question.features, *question.categories)
    target = question.targets[0] if len(question.targets) == 1 else as_list(question.targets)
    given_target, horizon = options.target, options.horizon
    if _listed(given_target) == question.targets:
        given_target = target
    for name, given, known in (
        ("--target", given_target, target),
        ("--features", features and sorted(features), sorted(before)),
        ("--horizon", horizon and as_text(horizons_of(horizon)), as_text(question.horizons)),
        ("--interval", options.interval, question.interval),
        ("--group", options.group, saved.group),
        ("--classify", options.classify or None, question.classify),
    ):
        if given is not None and given != known:
            raise InputError(
                f"{name} differs from that of {options.resume}, which is {quoted(known)}: leave "
                "it out, or begin a new model"
            )
    for name in (*OF_A_NEW_MODEL, "exclude", "categories", "no_calendar", "per_group"):
        if getattr(options, name) not in (None, False):
            option = name.replace("_", "-")
            raise InputError(f"--{option} is that of a new model: leave it out with --resume")
    return Columns(
        target,
        before,
        time=options.time or saved.time,
        classes=question.classify,
        categories=question.categories,
        group=saved.group,
    )


def _listed(names: str | None) -> tuple[str, ...] | None:
    """The names in a list; None if there is no list."""
    return None if names is None else tuple(listed(names))
