"""Random streams: compiled code draws what NumPy draws, bit for bit."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit
from support.both import both

from longlag.simd.banks import aligned_zeros, bank
from longlag.simd.random import (
    Purpose,
    below,
    close_stream,
    lane_streams,
    next_word,
    numpy_stream,
    open_stream,
    stream_state,
    uniform,
)

SEEDS = st.integers(0, 2**64)
TRIALS = st.integers(0, 2**31)
PURPOSES = st.sampled_from(Purpose)


def drawing(draw):
    """A function (states, lane, out) that fills `out` with draws."""

    @both
    def fill(states, lane, out):
        stream = open_stream(states, lane)
        for i in range(len(out)):
            out[i] = draw(stream)
        close_stream(stream, states, lane)

    return fill


fill_words = drawing(next_word)
fill_uniform = drawing(uniform)


@njit
def fill_below(states, n, out):
    stream = open_stream(states, 0)
    for i in range(len(out)):
        out[i] = below(stream, n)
    close_stream(stream, states, 0)


def lanes_of(trials):
    """The streams of some trials, one per column."""
    return np.array([stream_state(1, trial, Purpose.TRAINING) for trial in trials]).T.copy()


def states_of(seed=3, trial=0, purpose=Purpose.TRAINING):
    return stream_state(seed, trial, purpose)[:, None]


@given(SEEDS, TRIALS, PURPOSES)
def test_words_are_those_of_numpy(seed, trial, purpose):
    words = np.empty(20, np.uint64)
    fill_words(states_of(seed, trial, purpose), 0, words)
    wanted = numpy_stream(seed, trial, purpose).bit_generator.random_raw(20)
    assert np.array_equal(words, wanted)


@given(SEEDS)
def test_uniform_numbers_are_those_of_numpy(seed):
    numbers = np.empty(20)
    fill_uniform(states_of(seed), 0, numbers)
    assert np.array_equal(numbers, numpy_stream(seed, 0, Purpose.TRAINING).random(20))


@given(SEEDS, st.integers(0, 50))
def test_a_closed_stream_continues_exactly(seed, first):
    states, numbers = states_of(seed), np.empty(50)
    fill_uniform(states, 0, numbers[:first])
    fill_uniform(states, 0, numbers[first:])
    assert np.array_equal(numbers, numpy_stream(seed, 0, Purpose.TRAINING).random(50))


def test_streams_of_lanes_do_not_disturb_each_other():
    states = lanes_of(range(3))
    before, words = states.copy(), np.empty(5, np.uint64)
    fill_words(states, 1, words)
    assert np.array_equal(words, numpy_stream(1, 1, Purpose.TRAINING).bit_generator.random_raw(5))
    assert np.array_equal(states[:, [0, 2]], before[:, [0, 2]])
    assert not np.array_equal(states[1], before[1])


def test_seeds_trials_and_purposes_have_streams_of_their_own():
    numbers = 0, 1, 2**32, 2**32 + 1  # the latter are two words to NumPy, which are 0, 1 and 1, 1
    keys = list(product(numbers, numbers, Purpose))
    firsts = {numpy_stream(*key).bit_generator.random_raw() for key in keys}
    assert len(firsts) == len(keys)


@given(st.integers(1, 2**40), SEEDS)
def test_below_is_the_scaled_uniform_number(n, seed):
    numbers = np.empty(20, np.int64)
    fill_below(states_of(seed), n, numbers)
    assert np.all((numbers >= 0) & (numbers < n))
    assert np.array_equal(numbers, np.floor(numpy_stream(seed, 0, Purpose.TRAINING).random(20) * n))


@pytest.mark.parametrize("n", [1, 10, 49])
def test_below_reaches_every_number_equally_often(n):
    draws = 10_000 * n
    numbers = np.empty(draws, np.int64)
    fill_below(states_of(), n, numbers)
    counts = np.bincount(numbers, minlength=n)
    # Binomial counts of mean 10,000 leave six standard deviations of at most 100 with probability
    # 2e-9 each: false alarms below 1.2e-7 over all 60 counts, and the seed is fixed.
    assert np.all(np.abs(counts - 10_000) <= 600)


@pytest.mark.parametrize("lanes", [1, 4, 16])
def test_all_lanes_at_once_draw_what_each_draws_alone(lanes):
    @both
    def draw(states, out):
        streams, rows = lane_streams(states, lanes), bank(out, lanes)
        for i in range(20):
            rows[i] = uniform(streams)
        rows[20] = below(streams, 7.0)

    states, out = lanes_of(range(lanes)), aligned_zeros((21, lanes), np.float64)
    draw(states, out)
    for trial in range(lanes):
        generator = numpy_stream(1, trial, Purpose.TRAINING)
        assert np.array_equal(out[:20, trial], generator.random(20))
        assert out[20, trial] == np.floor(generator.random() * 7)
        assert np.array_equal(states[:, trial], generator.bit_generator.state["state"]["state"])
