"""What can be imported from `longlag` is documented, and nothing registered is left out of it."""

import re
from pathlib import Path

import pytest

import longlag
from longlag.learners import learners
from longlag.rules import rules
from longlag.tasks import tasks

API = Path(__file__).parents[1] / "docs" / "api.md"
PUBLIC = longlag.__all__


def test_every_public_name_is_in_the_reference_and_nothing_else():
    documented = re.findall(
        r"^\.\. auto\w+:: longlag\.(\w+)$", API.read_text("utf-8"), re.MULTILINE
    )
    assert sorted(documented) == sorted(PUBLIC)


@pytest.mark.parametrize("name", sorted(PUBLIC))
def test_every_public_name_has_a_docstring(name):
    """A dataclass without one would show its signature in its place."""
    thing = getattr(longlag, name)
    assert thing.__doc__
    assert not thing.__doc__.startswith(f"{name}(")


@pytest.mark.parametrize(
    "thing",
    [*tasks().values(), *learners().values(), *rules().values()],
    ids=lambda each: each.name,
)
def test_what_is_registered_can_be_imported(thing):
    assert getattr(longlag, thing.__name__) is thing


def test_a_published_learner_for_a_network_is_one_line():
    learner = longlag.published("adding").conditions("T=500").learner
    assert longlag.Network(learner, seed=1).weights.shape == (93,)


def test_unknown_names_are_refused():
    with pytest.raises(AttributeError, match="no attribute 'Addding'"):
        longlag.Addding  # noqa: B018
