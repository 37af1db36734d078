"""Strings of finite state machines: the machines, and which strings are shown where."""

from itertools import islice, product

import numpy as np
import pytest

from longlag.simd.random import Purpose
from longlag.tasks.machine_strings import MachineStrings, draw_machine, remembers

ALL = {"".join(bits) for n in range(1, 8) for bits in product("01", repeat=n)}


def shown(task, purpose, count, trial=0):
    """Strings with their targets, in the order in which they come."""
    for x, target in islice(task.sequences(1, trial, purpose), count):
        assert np.isnan(target[:-1]).all()
        assert set(np.ravel(x)) <= ({0.0, 1.0} if task.symbols else {-1.0, 1.0})
        yield "".join("1" if each > 0 else "0" for each in x[:, 0]), target[-1, 0]


def test_half_of_all_strings_are_for_training():
    task = MachineStrings()
    others = list(shown(task, Purpose.TESTING, 127))
    assert [len(string) for string, _ in others] == sorted(len(string) for string, _ in others)
    training = dict(shown(task, Purpose.TRAINING, 1500))  # ten times 127, of a fixed seed
    assert dict(others).keys() | training.keys() == ALL
    assert len(training) == 127
    of_exam = MachineStrings(examined="training")
    assert dict(shown(of_exam, Purpose.EXAM, 127)) == training
    assert dict(shown(task, Purpose.SETS, 127)) == training


def test_trials_have_halves_and_machines_of_their_own():
    numbers = [MachineStrings().trial_parameters(1, trial) for trial in range(20)]
    assert len({each[2:256] for each in numbers}) == 20
    assert len({each[256:] for each in numbers}) == 20


def test_the_target_is_what_the_machine_says():
    task = MachineStrings("finite memory", symbols=True)
    for string, target in shown(task, Purpose.TESTING, 127):
        assert target == remembers(string)


def test_what_is_remembered():
    # By hand: y = u or y(t-3) while the input three steps before was 0, else nor.
    assert [remembers("1000000"[: n + 1]) for n in range(7)] == [1, 0, 0, 0, 0, 0, 0]
    assert [remembers("0110001"[: n + 1]) for n in range(7)] == [0, 1, 1, 0, 0, 0, 1]


def minimal(edges, outputs):
    """How many states no string can merge: pairs told apart are found from the end of strings."""
    n = len(edges)
    apart = {(a, b) for a in range(n) for b in range(n) if outputs[a] != outputs[b]}
    while True:
        more = {
            (a, b)
            for a in range(n)
            for b in range(n)
            if any((edges[a][u], edges[b][u]) in apart for u in (0, 1))
        }
        if more <= apart:
            return len({frozenset(b for b in range(n) if (a, b) not in apart) for a in range(n)})
        apart |= more


def test_the_finite_memory_has_64_states():
    states = list(product((0, 1), repeat=6))  # u and y of three steps, the latest first

    def output(state, u):
        _, _, u3, _, _, y3 = state
        return int(not u and not y3) if u3 else int(u or y3)

    def after(state, u):
        return (u, *state[:2], output(state, u), *state[3:5])

    edges = [[states.index(after(state, u)) for u in (0, 1)] for state in states]
    assert minimal(edges, [(output(state, 0), output(state, 1)) for state in states]) == 64


@pytest.mark.parametrize("states", [2, 6])
def test_random_machines_have_no_states_too_many(states):
    generator = np.random.default_rng(1)
    for _ in range(30):
        machine = draw_machine(generator, states)
        assert minimal(machine.edges, [s in machine.accepting for s in range(states)]) == states
        reached = {0}
        for _ in range(states):
            reached |= {to for state in reached for to in machine.edges[state]}
        assert len(reached) == states
