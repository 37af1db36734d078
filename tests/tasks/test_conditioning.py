"""The conditioning tasks, against their definition and a return that is summed backwards."""

from itertools import islice

import numpy as np
import pytest
from support.laws import assert_share, assert_uniform

from longlag import InputError, NoisyPatterning, TraceConditioning, TracePatterning


def stream(task, trial=0):
    """One long sequence: the US (n,), the stimulus (n, lines), the distractors, the targets."""
    x, target = next(task.sequences(seed=1, trial=trial))
    return x[:, 0], x[:, 1 : 1 + task.lines], x[:, 1 + task.lines :], target[:, 0]


def begins(signal):
    """Where something comes on."""
    return np.flatnonzero(np.diff(signal, prepend=0) > 0)


def summed(us, gamma):
    """The return of every step."""
    found = np.zeros(len(us))
    for t in range(len(us) - 2, -1, -1):
        found[t] = us[t + 1] + gamma * found[t + 1]
    return found


@pytest.mark.parametrize(
    "task",
    [
        TraceConditioning(length=5000),
        TracePatterning(length=5000, gamma=0.5, us=3),
        NoisyPatterning(length=5000),
    ],
    ids=lambda task: task.name,
)
def test_the_target_is_the_return(task):
    us, *_, target = stream(task)
    # The last 250 steps lack the US that come after the sequence. The US of the trial after next is
    # 80 steps away at least, where one of two steps adds 1.9 * 0.9**80 = 0.0004.
    np.testing.assert_allclose(target[:-250], summed(us, task.gamma)[:-250], rtol=0, atol=4e-4)
    assert target.max() > 1 - task.gamma


def test_spans_of_trace_conditioning():
    us, cs, _, _ = stream(TraceConditioning(length=200_000))
    shown, given = begins(cs[:, 0]), begins(us)
    shown = shown[: len(given)]
    assert us.sum() == pytest.approx(2 * len(given), abs=1)
    assert cs.sum() == pytest.approx(4 * len(shown), abs=4)
    assert_uniform(given - shown, 7, 7)
    assert_uniform(shown[1:] - given[:-1], 80, 50)


def test_distractors_come_less_and_less():
    *_, distractors, _ = stream(TraceConditioning(length=200_000))
    for k in range(10):
        off = distractors[:-1, k] == 0
        # One that ends and begins again at once is a distractor that stays on.
        assert_share(len(begins(distractors[:, k])), off.sum(), 1 / (10 * (k + 1)))


def patterns_of(task, trial=0):
    """The code of every stimulus, and whether the US followed."""
    us, lines, _, _ = stream(task, trial)
    at = begins(lines.any(axis=1))
    at = at[at < task.length - 100]
    codes = lines[at] @ 2 ** np.arange(task.lines)
    return codes.astype(int), np.array([us[t : t + 60].any() for t in at])


def test_half_of_the_patterns_lead_to_the_us():
    codes, came = patterns_of(TracePatterning(length=500_000))
    assert all(int(code).bit_count() == 3 for code in codes)
    known = np.unique(codes)
    assert len(known) == 20
    assert_uniform(np.searchsorted(known, codes), 0, 20)
    leading = {int(code) for code in codes[came]}
    assert len(leading) == 10
    assert not leading & {int(code) for code in codes[~came]}


def test_noise_flips_the_us():
    task = NoisyPatterning(length=500_000, active=0)
    codes, came = patterns_of(task)
    assert_share(came.sum(), len(codes), 0.1)


def test_trials_have_active_patterns_of_their_own():
    task = TracePatterning(bits=4, active=3)
    drawn = [frozenset(task.trial_parameters(1, trial)[13:16]) for trial in range(50)]
    assert len(set(drawn)) > 10


def test_without_a_gap_the_us_follows_at_once():
    us, lines, _, _ = stream(NoisyPatterning(length=20_000, active=20, noise=0))
    ends = np.flatnonzero(np.diff(lines.any(axis=1).astype(int)) < 0) + 1
    assert us[ends[:-1]].all()


def test_tasks_share_a_driver():
    tasks = TraceConditioning(), TracePatterning(bits=8), NoisyPatterning()
    assert len({len(task.parameters) for task in tasks}) == 1
    assert [next(islice(task.sequences(1), 1))[0].shape[1] for task in tasks] == [12, 14, 12]


def test_lags():
    assert TraceConditioning().minimal_lag == 3
    assert TracePatterning().minimal_lag == 23
    assert NoisyPatterning().minimal_lag == 0


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        (lambda: TraceConditioning(isi=(9, 8)), "isi of trace-conditioning must rise, got 9 and 8"),
        (lambda: TraceConditioning(isi=(3, 8)), "isi of trace-conditioning must be at least 4"),
        (lambda: TracePatterning(bits=5), "bits of trace-patterning must be even, got 5"),
        (
            lambda: TracePatterning(active=21),
            "active of trace-patterning counts some of the 20 patterns of 6 bits, got 21",
        ),
        (lambda: NoisyPatterning(gamma=0.99), "gamma of noisy-patterning must let a US of 2"),
    ],
)
def test_what_makes_no_stream_is_refused(wrong, message):
    with pytest.raises(InputError, match=message):
        wrong()
