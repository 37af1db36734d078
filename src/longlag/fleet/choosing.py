"""Which groups have a fleet, and of which kind."""

from longlag.fleet.class_groups import ClassGroups
from longlag.fleet.groups import CELLS, FleetGroups
from longlag.fleet.number_groups import NumberGroups
from longlag.forecasting.groups import Start
from longlag.forecasting.question import Question


def has_fleet(question: Question) -> bool:
    """Whether the networks of a question can be a fleet: one target, no farther than the next row.

    Without categories, whose values would be features that appear later.
    """
    return (
        len(question.targets) == 1 and question.horizons in ((0,), (1,)) and not question.categories
    )


def kind_of(question: Question) -> type[NumberGroups] | type[ClassGroups]:
    """The kind of groups that a question has a fleet for."""
    return ClassGroups if question.classify else NumberGroups


def fleet_groups(start: Start) -> FleetGroups:
    """Groups before their first row, with networks of `CELLS` cells unless a person says so."""
    parameters = {"cells": CELLS} | start.parameters
    return kind_of(start.question)(start._replace(parameters=parameters))
