"""Which groups have a fleet, and of which kind."""

from longlag.fleet.class_groups import ClassGroups
from longlag.fleet.groups import CELLS
from longlag.fleet.number_groups import NumberGroups
from longlag.forecasting.groups import Start
from longlag.forecasting.question import Question
from longlag.quoting import quoted


def why_no_fleet(question: Question) -> str | None:
    """One line on why the networks of a question cannot be a fleet; None if they can.

    A fleet has one target, no farther than the next row, and no categories, whose values would be
    features that appear later.
    """
    reasons = []
    if len(question.targets) > 1:
        reasons.append(f"there are {len(question.targets)} targets")
    if len(question.horizons) > 1:
        reasons.append(f"there are {len(question.horizons)} horizons")
    elif question.horizon > 1:
        reasons.append(f"the horizon is {question.horizon:,}")
    if question.categories:
        reasons.append(f"{quoted(question.categories[0])} is a category")
    if not reasons:
        return None
    return (
        f"The groups are learned one after the other, since {' and '.join(reasons)}. As a fleet, "
        "which is far faster, --per-group predicts one target, one row ahead or with --horizon 0, "
        "from numbers."
    )


def kind_of(question: Question) -> type[NumberGroups] | type[ClassGroups]:
    """The kind of groups that a question has a fleet for."""
    return ClassGroups if question.classify else NumberGroups


def fleet_groups(start: Start) -> NumberGroups | ClassGroups:
    """Groups before their first row, with networks of `CELLS` cells unless a person says so."""
    parameters = {"cells": CELLS} | start.parameters
    return kind_of(start.question)(start._replace(parameters=parameters))
