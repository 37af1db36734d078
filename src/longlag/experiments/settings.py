"""Settings of every learner for tasks of any kind, from the file settings.toml."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from longlag.errors import InputError
from longlag.experiments.conditions import build
from longlag.experiments.kinds import kind_of
from longlag.experiments.tables import Table, shipped
from longlag.experiments.trial import Conditions
from longlag.learners import learners
from longlag.registry import look_up


@dataclass(frozen=True)
class Settings:
    """The settings of one learner."""

    learner: str
    settings: Mapping[str, Table]  #: the tables of the learner by the name of the setting
    whole: tuple[str, ...] = ()  #: fields that reach over a whole sequence
    signed: bool = False  #: whether targets must have different signs

    def conditions(
        self, task: Table, stops: Table, *, cap: int, longest: int, seed: int, dtype: str
    ) -> dict[str, Conditions]:
        """The conditions on a task under each setting that fits it.

        `stops` has the stop rule for each kind of learning, and `longest` is the length in steps of
        the longest sequences. Raises the `InputError` of the first setting if none fits.
        """
        found, errors = {}, []
        plain = {"cap": cap, "test": 256, "dtype": dtype, "seed": seed}
        reach = dict.fromkeys(self.whole, longest)
        for name, table in self.settings.items():
            learner = {"type": self.learner} | table | reach
            stop = stops[kind_of(learners()[self.learner]).name]
            try:
                found[name] = build({"task": task, "learner": learner, "stop": stop} | plain)
            except InputError as error:
                errors.append(error)
        if not found:
            raise errors[0]
        return found


@cache
def settings_of(learner: str) -> Settings:
    """The settings of a learner; one setting, its defaults, if the file does not name it."""
    look_up("learner", learner, learners())
    table = dict(_file().get(learner, {}))
    whole, signed = tuple(table.pop("whole", ())), table.pop("signed", False)
    several = table.pop("settings", {"as is": {}})
    return Settings(learner, {name: table | each for name, each in several.items()}, whole, signed)


@cache
def _file() -> Table:
    found = shipped("settings.toml")
    for name in found:
        look_up("learner", name, learners())
    return found
