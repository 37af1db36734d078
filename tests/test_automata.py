"""Automata that are extracted from second-order nets, and minimal ones."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longlag import LSTM, InputError, SecondOrder
from longlag.automata import extract_automaton, minimal
from longlag.learners.unfolded.reference import ReferenceUnfolded
from longlag.tasks.tomita import AUTOMATA, Automaton

STRINGS = ["".join(bits) for n in range(8) for bits in product("01", repeat=n)]
SURE = 20.0  # a weight that saturates a logistic unit: within 1e-8 of 0 or 1


def net(units):
    return SecondOrder(inputs=3, outputs=1, coding="symbol", hidden=units)


def column_of(learner, weights):
    """The column of a network with these weights [from unit, symbol, into unit]."""
    column = learner.start(np.random.default_rng(0))
    learner.layout.view(column, "weights")[:] = np.ravel(weights)
    return column


def programmed(automaton):
    """A net with a unit for each state, as Giles et al. describe it."""
    states = len(automaton.edges)
    weights = np.full((states, 3, states), -SURE)
    for state, edges in enumerate(automaton.edges):
        for symbol, to in enumerate(edges):
            weights[state, symbol, to] = SURE
        weights[state, 2, 0] = SURE if state in automaton.accepting else -SURE
    learner = net(states)
    return learner, column_of(learner, weights)


@st.composite
def automata(draw):
    states = draw(st.integers(1, 6))
    state = st.integers(0, states - 1)
    edges = draw(st.lists(st.tuples(state, state), min_size=states, max_size=states))
    return Automaton(tuple(edges), tuple(sorted(draw(st.sets(state)))))


@pytest.mark.parametrize("parts", [2, 3, 50])
@pytest.mark.parametrize("language", AUTOMATA)
def test_a_programmed_automaton_is_found_again(language, parts):
    learner, column = programmed(AUTOMATA[language])
    found = extract_automaton(learner, column, parts=parts)
    assert found == minimal(AUTOMATA[language])
    assert len(found.edges) == len(AUTOMATA[language].edges)


@pytest.mark.parametrize("seed", range(5))
def test_an_automaton_of_many_boxes_says_what_the_net_says(seed):
    learner = net(3)
    generator = np.random.default_rng(seed)
    column = column_of(learner, generator.uniform(-3, 3, learner.weights))
    found = extract_automaton(learner, column, parts=300, most=100_000)
    answers = {}
    for string in STRINGS:
        reference = ReferenceUnfolded(learner)
        reference.load(column)
        reference.reset()
        for symbol in (*map(int, string), 2):
            reference.step(np.array([float(symbol)]))
        answers[string] = float(reference.answer()[0])
    # A box is 1/300 wide, and weights of 3 may double the distance of two states a few times.
    sure = {string: y > 0.5 for string, y in answers.items() if abs(y - 0.5) > 0.05}
    assert len(sure) > len(STRINGS) / 2
    assert {string: found.accepts(string) for string in sure} == sure


@given(automata())
def test_a_minimal_automaton_has_the_language_and_no_state_too_many(automaton):
    small = minimal(automaton)
    assert [small.accepts(s) for s in STRINGS] == [automaton.accepts(s) for s in STRINGS]
    # Myhill and Nerode: a state for each set of endings. Six states are reached by strings of at
    # most five bits and told apart by endings of at most four.
    endings = {
        tuple(automaton.accepts(beginning + ending) for ending in STRINGS[:31])
        for beginning in STRINGS[:63]
    }
    assert len(small.edges) == len(endings)


@given(automata(), st.randoms())
def test_all_minimal_automata_of_a_language_are_equal(automaton, random):
    others = list(range(1, len(automaton.edges)))
    random.shuffle(others)
    order = [0, *others]  # the new number of state i is the place of i
    renamed = Automaton(
        tuple((order.index(a), order.index(b)) for a, b in map(automaton.edges.__getitem__, order)),
        tuple(order.index(state) for state in automaton.accepting),
    )
    assert minimal(renamed) == minimal(automaton)


def test_what_is_no_net_for_it_is_refused():
    learner = net(3)
    column = learner.start(np.random.default_rng(0))
    with pytest.raises(InputError, match="parts must be"):
        extract_automaton(learner, column, parts=0)
    with pytest.raises(InputError, match="it has diverged"):
        extract_automaton(learner, column * np.nan)
    with pytest.raises(InputError, match="more than 1 boxes are reached"):
        extract_automaton(*programmed(AUTOMATA[4]), most=1)
    other = SecondOrder(inputs=2, outputs=1, coding="symbol")
    with pytest.raises(InputError, match=r"symbols 0, 1 and end .*, got .* 2 inputs"):
        extract_automaton(other, other.start(np.random.default_rng(0)))
    for no_net in (LSTM(inputs=3, outputs=1, blocks=1, block_size=1), None):
        with pytest.raises(InputError, match="extracted from a SecondOrder, got"):
            extract_automaton(no_net, column)  # type: ignore[arg-type]


@pytest.mark.parametrize("units", [2, 4])
def test_the_network_of_another_net_is_refused(units):
    """Of a longer column, the first numbers would be taken for the weights."""
    other = net(units).start(np.random.default_rng(0))
    for column in (other, other.tolist(), other[:, None], None):
        with pytest.raises(InputError, match=r"column must have shape .* it is of another net"):
            extract_automaton(net(3), column)  # type: ignore[arg-type]
