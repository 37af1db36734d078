"""A study begins only where its compiled code agrees with the reference."""

from dataclasses import replace

import pytest
from support import studies

from longlag import LSTM, LonglagError
from longlag.experiments import selfcheck
from longlag.experiments.kinds.online import Online
from longlag.experiments.population import Population
from longlag.learners.recurrent.elman import Elman
from longlag.tasks.reber import EmbeddedReber

OWN = studies.easy()
SYMBOLS = replace(OWN, task=EmbeddedReber(), learner=LSTM(7, 7, coding="symbol"))


def with_credit(credit):
    """Wide initial weights: the credits of an error differ in the first digits of a chunk."""
    return replace(SYMBOLS, learner=LSTM(7, 7, coding="symbol", weight_range=1.0, credit=credit))


@pytest.mark.parametrize(
    "conditions",
    [
        pytest.param(OWN, id="lstm"),
        pytest.param(
            replace(OWN, learner=replace(OWN.learner, input_gate_biases=(-1000.0,))), id="far shut"
        ),
        pytest.param(
            replace(OWN, learner=Elman(2, 1, hidden=3)), id="elman", marks=pytest.mark.slow
        ),
        # By default those of test_learning.py, which begin only if they pass.
        pytest.param(SYMBOLS, id="symbols", marks=pytest.mark.slow),
        pytest.param(with_credit("full"), id="full credit", marks=pytest.mark.slow),
        pytest.param(with_credit("one-step"), id="one-step credit", marks=pytest.mark.slow),
    ],
)
def test_sound_code_passes(conditions):
    assert Population(conditions, lanes=4).live == 0


@pytest.mark.parametrize("part", ["weights", "activations"])
@pytest.mark.parametrize("lane", [0, 3])
def test_code_that_computes_something_else_is_refused(part, lane, monkeypatch):
    """One number of one lane is wrong, by a hundredth."""
    compile_own = Online.compile

    def compile_wrong(self, conditions, lanes):
        advance = compile_own(self, conditions, lanes)

        def run(arrays, chunks):
            advanced = advance(arrays, chunks)
            OWN.learner.layout.view(arrays.S[:, lane], part)[-1] += 0.01
            return advanced

        return run

    monkeypatch.setattr(Online, "compile", compile_wrong)
    with pytest.raises(LonglagError, match=f"of lstm on adding is wrong: its {part} are not"):
        Population(OWN, lanes=4)


@pytest.mark.slow
def test_code_of_another_network_is_refused(monkeypatch):
    """The rows of both networks are the same, so nothing else would notice."""
    other = replace(OWN, learner=replace(OWN.learner, h="identity"))
    compile_own = Online.compile
    monkeypatch.setattr(Online, "compile", lambda self, _, lanes: compile_own(self, other, lanes))
    with pytest.raises(LonglagError, match="the compiled code of lstm on adding is wrong: its"):
        Population(OWN, lanes=4)


@pytest.mark.slow
@pytest.mark.parametrize("credit", ["full", "one-step"])
def test_the_reference_has_the_credit_of_the_network(credit, monkeypatch):
    """A chunk holds whole strings, so that another credit shows in the weights."""
    reference_of, truncated = selfcheck.reference_of, with_credit("truncated")
    monkeypatch.setattr(
        selfcheck, "reference_of", lambda _, column: reference_of(truncated, column)
    )
    with pytest.raises(LonglagError, match="the compiled code of lstm on embedded-reber is wrong"):
        Population(with_credit(credit), lanes=4)
