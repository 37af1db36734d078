"""`longlag list` and `longlag show`: what there is, without the time to import what computes."""

from rich.text import Text

from longlag.commands.places import check_places
from longlag.experiments.experiment import Experiment
from longlag.experiments.files import catalogue, load_experiment, published
from longlag.registry import summaries
from longlag.report.study.terminal import describe
from longlag.report.style import console


def list_() -> None:
    """Tasks, learners and experiments, one line each."""
    out = console.results(soft_wrap=True)
    for title, names in (
        ("Experiments", {name: each.title for name, each in catalogue().items()}),
        ("Tasks", summaries("tasks")),
        ("Learners", summaries("learners")),
    ):
        out.print(Text(title, style="bold"))
        width = max(map(len, names))
        for name, line in names.items():
            out.print(Text(f"  {name:<{width}}  {line}"))


def show(name: str) -> None:
    """An experiment's conditions, readings and published figures.

    Parameters
    ----------
    name
        an experiment of `longlag list`, or a TOML file of yours
    """
    describe(console.results(), _experiment(name))


def _experiment(name: str) -> Experiment:
    if not name.endswith(".toml"):
        return published(name)
    check_places({"the experiment": name}, {})
    return load_experiment(name)
