"""The temporal order problem against brute force in NumPy, draw by draw and in distribution."""

from itertools import islice, product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.laws import assert_uniform

from longlag.errors import InputError
from longlag.simd.random import Purpose, numpy_stream
from longlag.tasks.temporal_order import TemporalOrder

SYMBOLS = ["E", "B", "a", "b", "c", "d", "X", "Y"]
POSITIONS = {2: [(10, 20), (50, 60)], 3: [(10, 20), (33, 43), (66, 76)]}  # counted from 1
LAGS = {2: 40, 3: 24}  # as in the paper's Table 10
both = pytest.mark.parametrize("count", [2, 3])


def brute_force(count, generator, T=100):
    """The definition word by word: the symbols and the class."""
    choices = T // 10 + 1
    length = range(T, T + choices)[int(generator.random() * choices)]
    chosen = {}
    for first, _ in POSITIONS[count]:
        symbol = "XY"[int(generator.random() * 2)]
        earliest = first * T // 100
        chosen[range(earliest, earliest + choices)[int(generator.random() * choices)]] = symbol
    noise = ["abcd"[int(u * 4)] for u in generator.random(length)]
    text = [chosen.get(i + 1, symbol) for i, symbol in enumerate(noise)]
    text[0], text[-1] = "E", "B"
    return text, list(product("XY", repeat=count)).index(tuple(chosen.values()))


def text_of(x):
    return [SYMBOLS[int(symbol)] for symbol in x[:, 0]]


@given(st.sampled_from([2, 3]), st.just(100) | st.integers(20, 1200), st.integers(0, 2**32))
def test_sequences_are_those_of_the_definition(count, T, seed):
    generator = numpy_stream(seed, 2, Purpose.TESTING)
    task = TemporalOrder(count, T)
    for x, target in islice(task.sequences(seed, 2, Purpose.TESTING), 20):
        text, number = brute_force(count, generator, T)
        assert len(x) - 1 - max(task.relevant(x)) >= task.minimal_lag
        assert text_of(x) == text
        assert np.isnan(target[:-1]).all()
        assert target[-1].tolist() == [float(k == number) for k in range(2**count)]


@pytest.fixture(scope="module", params=[2, 3])
def many(request):
    """How many symbols X or Y, and 5,000 sequences."""
    return request.param, list(islice(TemporalOrder(request.param).sequences(seed=1997), 5000))


# The tests of `many` have a fixed seed, so they never fail by chance once they pass; over all
# seeds each would fail with probability below 1e-6 for every assertion.


def test_frame_and_noise(many):
    _, drawn = many
    assert_uniform([len(x) for x, _ in drawn], 100, 11)
    noise = []
    for x, _ in drawn:
        text = text_of(x)
        assert text[0] == "E"
        assert text[-1] == "B"
        noise += [symbol for symbol in text[1:-1] if symbol not in "XY"]
    assert_uniform(["abcd".index(symbol) for symbol in noise], 0, 4)


def test_positions_and_classes(many):
    count, drawn = many
    task = TemporalOrder(count)
    steps, classes = [], []
    for x, target in drawn:
        text = text_of(x)
        at = [i for i, symbol in enumerate(text) if symbol in "XY"]
        assert task.relevant(x) == tuple(at)
        steps.append(at)
        order = "".join(text[i] for i in at)
        classes.append(["".join(each) for each in product("XY", repeat=count)].index(order))
        assert target[-1, classes[-1]] == 1
        assert target[-1].sum() == 1
    positions = np.array(steps) + 1
    for drawn_positions, (first, last) in zip(positions.T, POSITIONS[count], strict=True):
        assert_uniform(drawn_positions, first, last - first + 1)
    assert_uniform((positions[:, 0] - 10) * 11 + positions[:, 1] - POSITIONS[count][1][0], 0, 121)
    assert_uniform(classes, 0, 2**count)


def test_the_minimal_lag_is_that_of_the_paper_and_reached(many):
    count, drawn = many
    task = TemporalOrder(count)
    assert task.minimal_lag == LAGS[count]
    # The last position and the shortest length meet once in 121 sequences: none of 5,000 do so
    # with probability 1e-18.
    assert min(len(x) - 1 - task.relevant(x)[-1] for x, _ in drawn) == task.minimal_lag


@both
def test_every_output_must_be_right(count):
    task = TemporalOrder(count)
    judge = TemporalOrder.kernel().judge.py_func
    target = np.eye(task.outputs)[1]

    def correct(answer):
        return judge(task.parameters, target, answer)[0] < task.tolerance

    assert correct(target)
    assert correct(target + np.where(target == 1, -0.29, 0.29))
    for k in range(task.outputs):
        off = np.arange(task.outputs) == k
        assert not correct(target + 0.31 * off)
        assert not correct(target - 0.31 * off)
    assert not correct(np.full(task.outputs, np.nan))


def test_the_paper_at_a_hundredfold():
    task = TemporalOrder(2, T=10_000)
    assert task.positions == (1000, 5000)
    assert task.choices == 1001
    assert task.minimal_lag == 4000


@pytest.mark.parametrize("T", [19, 1_000_000_001, 100.0, None])
def test_bad_lengths_are_refused(T):
    with pytest.raises(
        InputError, match=r"^T of temporal-order must be .*from 20 to 1000000000, got"
    ):
        TemporalOrder(2, T)


@pytest.mark.parametrize("count", [1, 4, 2.0, "2", None])
def test_bad_parameters_are_refused(count):
    with pytest.raises(InputError) as caught:
        TemporalOrder(count)
    message = str(caught.value)
    assert message.startswith("relevant_symbols of temporal-order must be ")
    assert message.endswith(f"from 2 to 3, got {count!r}")
