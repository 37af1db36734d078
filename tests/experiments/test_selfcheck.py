"""A study begins only where its compiled code agrees with the reference."""

from dataclasses import replace

import pytest
from support import studies

from longlag import LSTM, LonglagError
from longlag.experiments.kinds.online import Online
from longlag.experiments.population import Population
from longlag.learners.recurrent.elman import Elman
from longlag.tasks.reber import EmbeddedReber

OWN = studies.easy()


@pytest.mark.parametrize(
    "conditions",
    [
        pytest.param(OWN, id="lstm"),
        pytest.param(
            replace(OWN, learner=Elman(2, 1, hidden=3)), id="elman", marks=pytest.mark.slow
        ),
        pytest.param(
            replace(OWN, task=EmbeddedReber(), learner=LSTM(7, 7, coding="symbol")), id="symbols"
        ),
    ],
)
def test_sound_code_passes(conditions):
    assert Population(conditions, lanes=4).live == 0


def test_code_of_another_network_is_refused(monkeypatch):
    """The rows of both networks are the same, so nothing else would notice."""
    other = replace(OWN, learner=replace(OWN.learner, h="identity"))
    compile_own = Online.compile
    monkeypatch.setattr(Online, "compile", lambda self, _, lanes: compile_own(self, other, lanes))
    with pytest.raises(LonglagError, match="the compiled code of lstm on adding is wrong: its"):
        Population(OWN, lanes=4)
