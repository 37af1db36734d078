"""Checks of learners, by their kind of learning."""

import dataclasses
from collections.abc import Callable
from functools import partial

import numpy as np
from numba import njit

from longlag.contract import STRETCH
from longlag.errors import check_choice
from longlag.experiments.kinds import kind_of
from longlag.learners.base import BatchLearner, Learner, SearchLearner
from longlag.learners.layout import Layout
from longlag.side_by_side import SideBySide
from longlag.simd.banks import aligned_zeros
from longlag.simd.pointers import numbers
from longlag.simd.random import Purpose, close_stream, numpy_stream, open_stream, stream_state
from longlag.testing.declarations import check_declaration, check_kind

_STEPS = 12  # of each sequence that a learner takes


def check_learner(learner: Learner, dtype: str = "float32", *, compiled: bool = True) -> None:
    """Check that `learner` keeps the contract of `longlag.learners.Learner`, in one precision.

    Unless `compiled`, Python runs the functions of the learner as they are written. This takes
    about a second instead of half a minute, and says nothing of what the compiler makes of them.

    Raises `InputError` for a kind of learning that no driver runs, and for what is no learner.
    """
    check_kind("learner", learner)
    check_choice("dtype", dtype, ("float32", "float64"))
    check_declaration(learner)
    kind_of(learner)
    assert learner.coding in ("real", "symbol"), f"coding is {learner.coding!r}"
    layout = learner.layout
    assert isinstance(layout, Layout), f"layout is {layout!r}"
    for group in ("weights", "outputs"):
        assert group in layout, f"the layout has no group {group!r}"
    assert learner.weights == layout.size("weights") > 0, f"weights is {learner.weights}"
    assert layout.size("outputs") == learner.outputs, "the rows of outputs are not the outputs"

    column = learner.start(np.random.default_rng(1))
    assert column.shape == (layout.rows,), f"start gives the shape {column.shape}"
    assert column.dtype == np.float64, f"start gives {column.dtype}"
    assert np.isfinite(column).all(), "start gives numbers that are not finite"
    again = learner.start(np.random.default_rng(1))
    assert np.array_equal(column, again), "start draws from elsewhere than its generator"
    prepared = njit if compiled else np.errstate(all="ignore")
    _CHECKS[learner.kind](learner, dtype, prepared)


@dataclasses.dataclass(frozen=True)
class _Shown:
    """Four networks after the same sequence for each check."""

    columns: list[np.ndarray]  #: before
    x: np.ndarray  #: the sequence, a column for each network
    S: np.ndarray  #: after
    out: np.ndarray  #: all answers
    four: SideBySide
    one: SideBySide


_same = partial(np.array_equal, equal_nan=True)


def _check_steps(learner: Learner, dtype: str, prepared: Callable) -> _Shown:
    """Check how networks begin a sequence, step and answer."""
    columns = [learner.start(np.random.default_rng(seed)) for seed in range(4)]
    x = _steps(learner, _STEPS, np.random.default_rng(2))
    four, one = (SideBySide(learner, lanes, dtype, prepared) for lanes in (4, 1))

    S, out = four.present(np.array(columns).T, x)
    _, out_again = four.present(S, x)
    assert _same(out, out_again), "after a reset the same sequence gives other answers"
    half = len(x) // 2
    S_half, first = four.present(S, x[:half])
    S_half[learner.layout.kept :] = np.nan
    _, second = four.present(S_half, x[half:], mask=False)
    assert not np.isnan(second).any(), "scratch rows hold something from one step to the next"
    assert _same(out, np.vstack([first, second])), "reset touches lanes masked out"

    for lane in range(4):
        own = slice(lane, lane + 1)
        _, out_1 = one.present(np.array(columns[lane])[:, None], x[:, own])
        assert _same(out_1, out[:, own]), "the bits of the answers depend on the number of lanes"

    mask = np.array([True, False, True, False])
    _, out_none = four.present(S, x, mask=False)
    _, out_some = four.present(S, x, mask)
    assert _same(out_none[:, ~mask], out_some[:, ~mask]), "reset touches lanes masked out"

    if four.stretching:
        _check_stretch(learner, np.array(columns).T, four)

    # A network that has diverged must not affect the other lanes.
    broken = np.array(columns).T
    four.layout.view(broken, "weights")[:, 0] = np.nan
    _, out_nan = four.present(broken, x)
    assert _same(out_nan[:, 1:], out[:, 1:]), "a lane's NaN reaches the answers of its neighbours"
    return _Shown(columns, x, S, out, four, one)


def _steps(learner: Learner, count: int, rng: np.random.Generator) -> np.ndarray:
    """Steps of four sequences, one after the other, in a column for each sequence."""
    if learner.coding == "real":
        return rng.uniform(-1, 1, (count * learner.inputs, 4))
    return rng.integers(0, learner.inputs, (count, 4)).astype(float)


def _check_stretch(learner: Learner, S: np.ndarray, four: SideBySide) -> None:
    """Check that steps taken together leave what single steps leave."""
    x = _steps(learner, STRETCH, np.random.default_rng(4))
    single, _ = four.present(S, x)
    begun, _ = four.present(S, x[:0])
    kept = slice(learner.layout.kept)
    assert _same(four.stretch(begun, x)[kept], single[kept]), (
        "steps taken together leave another network than the same steps one by one"
    )


def _check_online(learner: Learner, dtype: str, prepared: Callable) -> None:
    shown = _check_steps(learner, dtype, prepared)
    S, four, one = shown.S, shown.four, shown.one
    y = np.random.default_rng(3).uniform(0, 1, (learner.outputs, 4))
    taught = four.teach(S, y)
    assert np.isfinite(taught).all(), "numbers are not finite after one short sequence"
    changed = (four.weights(taught) != four.weights(S)).any(axis=0)
    if not changed.all():  # a learner may leave a network alone that is right
        changed |= (four.weights(four.teach(S, -y)) != four.weights(S)).any(axis=0)
    assert changed.all(), "learning changes no weight"

    for lane in range(4):
        own = slice(lane, lane + 1)
        S_1, _ = one.present(np.array(shown.columns[lane])[:, None], shown.x[:, own])
        taught_1 = one.teach(S_1, y[:, own])
        assert _same(one.weights(taught_1), four.weights(taught)[:, own]), (
            "the bits of the weights depend on the number of lanes"
        )

    # Lanes 1 and 3 are masked out and must not change.
    mask = np.array([True, False, True, False])
    partly = four.teach(S, y, mask)
    assert _same(four.weights(partly)[:, mask], four.weights(taught)[:, mask]), (
        "learning depends on which other lanes learn"
    )
    kept = slice(learner.layout.kept)
    assert _same(partly[kept, ~mask], S[kept, ~mask]), "learn touches lanes masked out"

    broken = np.array(shown.columns).T
    four.layout.view(broken, "weights")[:, 0] = np.nan
    S_nan, _ = four.present(broken, shown.x)
    assert _same(four.weights(four.teach(S_nan, y))[:, 1:], four.weights(taught)[:, 1:]), (
        "a lane's NaN reaches the weights of its neighbours"
    )
    if four.observing:
        # Observed for the first time, an input is the first of its sequence and teaches nothing.
        _check_observing(shown, four.present(four.observe(S, shown.x), shown.x, mask=False)[0])


def _check_observing(shown: _Shown, begun: np.ndarray) -> None:
    """Check how networks that have begun a sequence learn from the inputs of its next step."""
    four, one, x, kept = shown.four, shown.one, shown.x, slice(shown.four.layout.kept)
    seen = four.observe(begun, x)
    assert np.isfinite(seen[kept]).all(), "numbers are not finite after a step was observed"

    def stepped(lanes: SideBySide, S: np.ndarray, own: slice) -> np.ndarray:
        """The weights after a step: what was learned may wait for it, as a pass of BPTT does."""
        return lanes.weights(lanes.present(S, x[: lanes.width, own], mask=False)[0])

    learned, other = (stepped(four, S, slice(0, 4)) for S in (seen, begun))
    assert (learned != other).any(axis=0).all(), "observing changes no weight"
    for lane in range(4):
        own = slice(lane, lane + 1)
        alone = stepped(one, one.observe(begun[:, own], x[:, own]), own)
        assert _same(alone, learned[:, own]), "bits of weights depend on the number of lanes"
    mask = np.array([True, False, True, False])
    partly = four.observe(begun, x, mask)
    assert _same(partly[kept, mask], seen[kept, mask]), "observing depends on the other lanes"
    assert _same(partly[kept, ~mask], begun[kept, ~mask]), "observe touches lanes masked out"


def _check_search(learner: Learner, dtype: str, prepared: Callable) -> None:
    """Proposals are drawn from the lane's own stream, in order, and change only its weights."""
    assert isinstance(learner, SearchLearner), "a learner that searches is a SearchLearner"
    _check_steps(learner, dtype, prepared)
    propose = learner.proposal

    @prepared
    def next_proposals(S, states):
        for lane in range(S.shape[1]):
            stream = open_stream(states, lane)
            propose(stream, numbers(S, lane))
            close_stream(stream, states, lane)

    def proposals(lanes: int, count: int) -> list[np.ndarray]:
        states = np.array([stream_state(1, k, Purpose.WEIGHTS) for k in range(lanes)]).T.copy()
        S = aligned_zeros((learner.layout.rows, lanes), dtype)
        for lane in range(lanes):
            S[:, lane] = learner.start(np.random.default_rng(lane))
        seen = []
        for _ in range(count):
            before = S.copy()
            next_proposals(S, states)
            learner.layout.view(before, "weights")[:] = learner.layout.view(S, "weights")
            assert _same(before, S), "a proposal changes more than the weights"
            seen.append(learner.layout.view(S, "weights").copy())
        return seen

    several, again, alone = proposals(3, 2), proposals(3, 2), proposals(1, 2)
    assert np.isfinite(several).all(), "a proposal holds numbers that are not finite"
    assert _same(np.array(several), np.array(again)), "proposals are drawn from elsewhere"
    assert not _same(several[0], several[1]), "the second proposal is the first again"
    assert not _same(several[0][:, 0], several[0][:, 1]), "two streams give the same proposal"
    assert _same(several[1][:, :1], alone[1]), "proposals depend on the number of lanes"
    generator = numpy_stream(1, 0, Purpose.WEIGHTS)
    first, second = (
        learner.layout.view(learner.start(generator), "weights").astype(dtype) for _ in range(2)
    )
    assert _same(first, several[0][:, 0]), "the first proposal is not that of start"
    assert _same(second, several[1][:, 0]), "start and proposal draw differently"


def _check_batch(learner: Learner, dtype: str, prepared: Callable) -> None:
    """A pass accumulates and changes no answer; an epoch changes its own network only."""
    assert isinstance(learner, BatchLearner), "a learner of the kind batch is a BatchLearner"
    layout = learner.layout
    assert "ready" in layout, "the layout has no group 'ready'"
    assert layout.size("ready") == 1, "the group 'ready' has more than one row"
    shown = _check_steps(learner, dtype, prepared)
    S, four, one = shown.S, shown.four, shown.one
    y = np.random.default_rng(3).uniform(0, 1, (learner.outputs, 4))
    kept = slice(layout.kept)

    taught = four.teach(S, y)
    assert _same(four.weights(taught), four.weights(S)), "a weight changes before the pass is over"
    assert not _same(taught[kept], S[kept]), "learn accumulates nothing"
    assert _same(four.present(taught, shown.x)[1], shown.out), "learn changes the next answers"
    mask = np.array([True, False, True, False])
    partly = four.teach(S, y, mask)
    assert _same(partly[kept, mask], taught[kept, mask]), "learning depends on the other lanes"
    assert _same(partly[kept, ~mask], S[kept, ~mask]), "learn touches lanes masked out"

    epoch = learner.epoch

    @prepared
    def end_pass(S, states, lane):
        stream = open_stream(states, lane)
        epoch(stream, numbers(S, lane))
        close_stream(stream, states, lane)

    def passes(lanes: SideBySide, first: int, count: int) -> np.ndarray:
        """Networks after some passes over one sequence, from lane `first` of those shown on."""
        own = slice(first, first + lanes.lanes)
        S = lanes.aligned(np.array(shown.columns).T[:, own])
        states = np.array([stream_state(1, k, Purpose.WEIGHTS) for k in range(4)]).T[:, own].copy()
        for _ in range(count):
            S = lanes.teach(lanes.present(S, shown.x[:, own])[0], y[:, own])
            for lane in range(lanes.lanes):
                others = np.arange(lanes.lanes) != lane
                before = S.copy()
                end_pass(S, states, lane)
                assert _same(S[:, others], before[:, others]), "an epoch touches other lanes"
        return S[kept]

    after = passes(four, 0, 3)
    assert np.isfinite(after).all(), "numbers are not finite after three passes"
    assert _same(after, passes(four, 0, 3)), "an epoch draws from elsewhere than its stream"
    changed = (four.weights(after) != four.weights(S)).any(axis=0)
    assert changed.all(), "three passes change no weight"
    for lane in range(4):
        own = slice(lane, lane + 1)
        assert _same(passes(one, lane, 3), after[:, own]), "bits depend on the number of lanes"
        count = learner.weights_of(after[:, lane])
        there = np.count_nonzero(four.weights(after)[:, lane])
        assert there <= count <= learner.weights, f"{there} weights are there, and {count} reported"


#: The check of the compiled functions, by kind of learning
_CHECKS = {"online": _check_online, "search": _check_search, "batch": _check_batch}
