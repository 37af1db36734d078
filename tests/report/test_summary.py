from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from support.made_up_records import CAP, PUBLISHED, experiment, record, study

from longlag.errors import InputError
from longlag.experiments.experiment import Reading
from longlag.experiments.trial import Status
from longlag.report.study.counts import count, few
from longlag.report.study.summary import factor, summaries, summarise


def test_figures_of_solved_trials():
    ours = summarise([record(0, 50, wrong=1), record(1, 70), record(2, 90, wrong=4)])
    assert (ours.trials, ours.solved) == (3, 3)
    assert (ours.mean, ours.median, ours.lowest, ours.highest) == (70, 70, 50, 90)
    assert (ours.wrong, ours.most_wrong, ours.tested) == (5 / 3, 4, 2560)
    assert ours.test_error == pytest.approx(0.006)  # a mean of three equal numbers: rounding only
    assert ours.seconds == 3.0
    assert not ours.biased


def test_only_solved_trials_count_as_sequences_to_success():
    ours = summarise(
        [record(0, 40), record(1, 60), record(2, CAP, Status.CAP), record(3, 9, Status.DIVERGED)]
    )
    assert (ours.mean, ours.lowest, ours.highest) == (50, 40, 60)
    assert (ours.solved, ours.capped, ours.diverged, ours.interrupted) == (2, 1, 1, 0)
    assert ours.biased


def test_an_untested_network_leaves_the_test_figures_alone():
    untested = replace(record(1, 60), wrong=None, tested=0, test_error=None)
    ours = summarise([record(0, 40, wrong=2), untested])
    assert (ours.wrong, ours.most_wrong, ours.tested) == (2, 2, 2560)
    assert summarise([untested]).wrong is None


def test_interval_is_the_bootstrap_of_the_mean():
    sequences = 70_000 + 1_000 * np.arange(-20, 21)
    ours = summarise([record(i, int(n)) for i, n in enumerate(sequences)])
    assert ours.interval is not None
    low, high = ours.interval
    normal = 1.96 * sequences.std() / np.sqrt(len(sequences))
    # The 2.5% point of 10,000 resampled means scatters by about 0.03 of their standard deviation,
    # and 41 flat-distributed trials are near enough to normal: 5% of the half-width is plenty.
    assert low == pytest.approx(70_000 - normal, abs=0.05 * normal)
    assert high == pytest.approx(70_000 + normal, abs=0.05 * normal)
    assert ours == summarise([record(i, int(n)) for i, n in enumerate(sequences)])


def test_the_interval_does_not_depend_on_the_order_in_which_trials_ended():
    records = [record(i, n) for i, n in enumerate((40, 90, 10, 75, 20))]
    intervals = {summarise(order).interval for order in permutations(records)}
    assert len(intervals) == 1


def test_no_interval_from_fewer_than_three_solved():
    two = [record(0, 50), record(1, 70)]
    assert summarise([*two, record(2, CAP, Status.CAP)]).interval is None
    assert summarise([*two, record(2, 60)]).interval is not None


@pytest.mark.parametrize("status", [Status.CAP, Status.DIVERGED, Status.INTERRUPTED])
def test_none_solved_has_no_figures(status):
    ours = summarise([record(0, 100, status), record(1, 100, status)], PUBLISHED)
    assert (ours.mean, ours.median, ours.lowest, ours.highest) == (None,) * 4
    assert (ours.interval, ours.wrong, ours.test_error, ours.ratio) == (None,) * 4
    assert not ours.biased


@pytest.mark.parametrize(
    ("records", "kind", "text"),
    [
        ([record(0, 60_000), record(1, 90_000)], "agrees", "agrees: inside our range"),
        ([record(0, 74_000), record(1, 74_001)], "agrees", "agrees: inside our range"),
        ([record(0, 74_001), record(1, 74_003)], "missed", "missed: 1.00 times as many"),
        ([record(0, 130_000), record(1, 140_000)], "missed", "missed: 1.8 times as many"),
        ([record(0, 1_700), record(1, 2_000)], "fewer", "not matched: 40 times fewer"),
        (
            [record(0, 60_000), record(1, 90_000), record(2, CAP, Status.CAP)],
            "agrees",
            "agrees: inside our range; 2 of 3 solved",
        ),
        (
            [record(0, 130_000), record(1, 140_000), record(2, CAP, Status.CAP)],
            "missed",
            "missed: at least 1.8 times as many; 2 of 3 solved",
        ),
        (
            [record(0, 36_000), record(1, 38_000), record(2, CAP, Status.CAP)],
            "open",
            "open: 2 of 3 solved, those with 2.0 times fewer",
        ),
        ([record(0, 148_000)], "open", "one trial only: 2.0 times as many"),
        (
            [record(0, CAP, Status.CAP), record(1, CAP, Status.CAP)],
            "missed",
            "missed: none solved within the cap of 200,000",
        ),
        (
            [record(0, CAP, Status.CAP), record(1, 9, Status.DIVERGED)],
            "missed",
            "missed: none solved within the cap of 200,000, 1 diverged",
        ),
        ([record(0, 9, Status.DIVERGED)], "missed", "missed: none solved, all diverged"),
        (
            [record(0, 9, Status.INTERRUPTED), record(1, CAP, Status.CAP)],
            "open",
            "open: 1 of 2 trials not over",
        ),
    ],
)
def test_verdict(records, kind, text):
    verdict = summarise(records, PUBLISHED).verdict
    assert (verdict.kind, verdict.text) == (kind, text)


@pytest.mark.parametrize(
    ("records", "text"),
    [
        ([record(0, 30_000), record(1, 44_000)], "modern: 2.0 times fewer; 2 of 2 solved"),
        # Inside the range, and still no agreement.
        (
            [record(0, 60_000), record(1, 88_000), record(2, CAP, Status.CAP)],
            "modern: 1.00 times as many; 2 of 3 solved",
        ),
        ([record(0, CAP, Status.CAP)], "modern: none solved within the cap of 200,000"),
    ],
)
def test_a_modern_reading_neither_agrees_nor_misses(records, text):
    verdict = summarise(records, PUBLISHED, modern=True).verdict
    assert (verdict.kind, verdict.text) == ("modern", text)


@pytest.mark.parametrize(
    ("sequences", "close"), [(49_000, False), (50_000, True), (111_000, True), (112_000, False)]
)
def test_close_is_a_factor_of_one_and_a_half(sequences, close):
    assert summarise([record(0, sequences)], PUBLISHED).close == close


def test_wrong_of_the_test_however_the_source_prints_it():
    assert PUBLISHED.mean_wrong == 1
    share = replace(PUBLISHED, wrong=None, misclassified=0.005)
    assert share.mean_wrong == pytest.approx(12.8)  # of 2560; rounding only
    assert replace(share, tested=None).mean_wrong is None


@pytest.mark.parametrize(
    ("solved", "share", "kind", "text"),
    [
        (0, 0.0, "agrees", "agrees: 0 of 10 solved, 0% published"),
        (10, 1.0, "agrees", "agrees: 10 of 10 solved, 100% published"),
        (3, 0.5, "agrees", "agrees: 3 of 10 solved, 50% published"),
        (3, 0.65, "missed", "missed: 3 of 10 solved, 65% published"),
        (3, 0.1, "fewer", "not matched: 3 of 10 solved, 10% published"),
    ],
)
def test_verdict_where_only_a_share_is_published(solved, share, kind, text):
    """Wilson's 95% interval is (0.108, 0.603) for 3 of 10, with 0 and 1 for none and all."""
    published = replace(PUBLISHED, sequences=None, solved=share)
    trials = [record(i, 9) if i < solved else record(i, CAP, Status.CAP) for i in range(10)]
    ours = summarise(trials, published)
    assert (ours.verdict.kind, ours.verdict.text) == (kind, text)
    assert summarise(trials, published, modern=True).verdict.kind == "modern"
    running = summarise([*trials, record(10, 9, Status.INTERRUPTED)], published)
    assert running.verdict.kind == "open"


@pytest.mark.parametrize("trials", range(1, 60))
def test_all_solved_agrees_with_all_published_whatever_the_number_of_trials(trials):
    published = replace(PUBLISHED, sequences=None, solved=1.0)
    assert summarise([record(i, 9) for i in range(trials)], published).verdict.kind == "agrees"


@pytest.mark.parametrize("published", [None, replace(PUBLISHED, sequences=None, solved=None)])
@pytest.mark.parametrize("status", [Status.SOLVED, Status.CAP])
def test_verdict_without_a_published_mean(published, status):
    ours = summarise([record(0, 100, status)], published)
    assert ours.verdict.text == "not published"
    assert ours.ratio is None


def test_ratio_is_ours_over_the_papers():
    assert summarise([record(0, 37_000)], PUBLISHED).ratio == 0.5


def test_one_summary_for_each_row_and_reading_in_the_experiments_order():
    ours = summaries(experiment(), study())
    assert [(one.row, one.reading, one.trials) for one in ours] == [
        ("T=100", "linear-output", 4),
        ("T=100", "as-printed", 2),
        ("T=500", "linear-output", 4),
    ]
    assert [one.published for one in ours] == [PUBLISHED, PUBLISHED, None]
    assert [one.chosen for one in ours] == [True, False, True]
    assert not any(one.modern for one in ours)


def test_a_row_may_choose_its_own_reading_and_modern_ones_come_last():
    mine = experiment()
    first, second = mine.rows
    modern = Reading("adam", "Adam.", modern=True)
    mine = replace(
        mine,
        rows=(replace(first, reading="as-printed"), second),
        readings=(modern, *mine.readings),
    )
    ours = summaries(mine, [*study(), record(0, 9_000, reading="adam")])
    assert [(one.row, one.reading, one.chosen, one.modern) for one in ours] == [
        ("T=100", "as-printed", True, False),
        ("T=100", "linear-output", False, False),
        ("T=100", "adam", False, True),
        ("T=500", "linear-output", True, False),
    ]


@pytest.mark.parametrize("changed", [{"row": "T=7"}, {"reading": "other"}])
def test_records_of_another_experiment_are_refused(changed):
    with pytest.raises(InputError, match=r"does not belong to experiment 'adding'"):
        summaries(experiment(), [record(0, 100, **changed)])


def test_nothing_to_summarise():
    assert summaries(experiment(), []) == []
    with pytest.raises(InputError, match="no trials"):
        summarise([])


def test_numbers_for_the_reader():
    assert [factor(x) for x in (1.04, 1.83, 9.5, 40.9, 1234.5)] == [
        "1.04", "1.8", "9.5", "41", "1,234",
    ]  # fmt: skip
    assert [count(x) for x in (None, 7.6, 853_000.0)] == ["-", "8", "853,000"]
    assert [few(x) for x in (None, 0, 1.0, 0.25)] == ["-", "0", "1", "0.2"]
