"""The page of a stream, as text and in a real browser."""

import re

import numpy as np
import pytest
from test_browser import BROWSER, LOOK, opened

from longlag import LSTMClassifier, LSTMRegressor
from longlag.forecasting.class_scores import JUDGED, RIGHT
from longlag.forecasting.evaluation import Evaluation, Question
from longlag.forecasting.number_scores import ABSOLUTE
from longlag.forecasting.seasons import Places
from longlag.report.provenance import Provenance
from longlag.report.stream.horizon_summary import summaries
from longlag.report.stream.page import headline, render, write_stream_page

ORIGIN = Provenance("1.2.3", "a machine", "2030-05-01")


def evaluation(rows, classify=False, target="y"):
    """Judgements made by hand: nothing is compiled for them."""
    kind = LSTMClassifier if classify else LSTMRegressor
    made = Evaluation(Question((target,), ("a", "<b>"), (1,), classify), kind())
    rng = np.random.default_rng(1)
    numbers = np.arange(rows) + 1
    if classify:
        for past in made.series.add([f"class {t % 20}" for t in range(rows)], Places.undated(rows)):
            shares = np.eye(made.series.width)[past.targets]
            made.course.add(made.series.judge(shares, past.naive, past.targets)[0])
        codes = numbers % 20
        answers = np.where(rng.random(rows) < 0.7, codes, rng.integers(-1, 20, rows))
        made.recent = np.column_stack([numbers, codes, answers])
    else:
        targets = np.sin(numbers / 9)
        forecasts = targets[:, None] + rng.normal(0, [0.1, 0.2, 0.4, 0.3], (rows, 4))
        made.course.add(made.series.judge(forecasts[:, :1], forecasts[:, 1:], targets)[0])
        made.recent = np.column_stack([numbers, targets, forecasts[:, 0]])[-400:]
    made.rows = rows
    return made


def test_the_headline_says_who_is_better():
    made = evaluation(1000)
    assert re.fullmatch(
        r"The mean absolute error of the network is 0\.0\d+, that of the last value 0\.1\d+: 5\d% "
        r"less\.",
        headline(made),
    )
    made.series._outlooks[0].scores[[ABSOLUTE, ABSOLUTE + 3]] *= 10
    assert headline(made).endswith(": 5 times as much.")
    assert headline(evaluation(0)) == "Too few rows to judge any prediction."
    assert headline(evaluation(100, classify=True)).startswith("The network is right in 100.0% of")


@pytest.mark.parametrize("classify", [False, True])
def test_the_page_needs_nothing_but_itself(classify):
    text = render(evaluation(700, classify, target="a <$y$> b"), ORIGIN)
    assert text.count("<svg") == 4
    for outside in ('src="http', "src='http", "@import", "<link", "<$y$>", "<b>"):
        assert outside not in text
    assert "a &lt;$y$&gt; b" in text
    assert text == render(evaluation(700, classify, target="a <$y$> b"), ORIGIN)


def test_many_horizons_have_a_summary():
    made = Evaluation(Question(("load", "wind"), (), tuple(range(1, 9))), LSTMRegressor())
    rng = np.random.default_rng(1)
    for n, outlook in enumerate(made.series._outlooks):
        targets = rng.normal(size=100)
        away = rng.normal(0, [0.1 * (1 + n % 8), 0.5, 0.6, 0.7], (100, 4))
        answers = targets[:, None] + away
        outlook.judge(answers[:, :1], answers[:, 1:], targets)
    load, wind = summaries(made)
    tables = [[row["MAE"] for row in table] for table in made.tables()]
    np.testing.assert_allclose(load.means, np.mean(tables[:8], axis=0))
    np.testing.assert_allclose(wind.means, np.mean(tables[8:], axis=0))
    ratios = [ours / min(theirs) for ours, *theirs in tables[:8]]
    assert load.gains[-1].horizon == 1 + int(np.argmax(ratios))
    assert load.sentence == (
        "load: the error of the network is below that of the best naive prediction at "
        f"{sum(ratio < 1 for ratio in ratios)} of 8 horizons, most 1 row ahead "
        f"({1 - ratios[0]:.0%} less) and least {load.gains[-1].horizon} rows ahead "
        f"({max(ratios) - 1:.0%} more)."
    )
    assert load.sentence in render(made, ORIGIN)
    for outlook in made.series._outlooks:  # a constant, which all predict
        outlook.scores[:] = 0.0
        outlook.judge(np.zeros((9, 1)), np.zeros((9, 3)), np.zeros(9))
    assert summaries(made)[0].sentence.endswith(
        "0 of 8 horizons, most 1 row ahead (the same) and least 8 rows ahead (the same)."
    )
    few = Evaluation(Question(("load",), (), (1, 2)), LSTMRegressor())
    assert summaries(few) == summaries(evaluation(0)) == []


def test_the_page_says_of_a_scale_what_it_is():
    made = evaluation(700)
    assert "the scale is logarithmic" in render(made, ORIGIN)
    made.course.add(np.zeros((made.course.width, 4)))  # a stretch that all predict
    assert "the scale is logarithmic" not in render(made, ORIGIN)


def test_what_is_not_all_is_not_said_to_be_all():
    made = evaluation(100, classify=True)
    made.series.scores[0][[JUDGED, RIGHT]] = 100_000, 99_997
    assert headline(made).startswith("The network is right in 99.997% of the rows, the ")
    assert '<td class="number">0.99997</td>' in render(made, ORIGIN)


def test_a_page_without_pictures():
    text = render(evaluation(0), ORIGIN)
    assert "<svg" not in text
    assert "Too few rows" in text


@pytest.mark.skipif(BROWSER is None, reason="needs Chromium or Chrome")
@pytest.mark.parametrize(("width", "classify"), [(1200, True), (500, False)])
def test_the_page_opens(tmp_path, width, classify):
    path = tmp_path / "page.html"
    write_stream_page(path, evaluation(700, classify), ORIGIN)
    path.write_text(path.read_text("utf-8").replace("</body>", f"{LOOK}</body>"), "utf-8")
    document, console = opened(path, tmp_path / "profile", width)
    assert console == []
    found = dict(re.findall(r'data-(\w+)="(\w+)"', document[: document.index("<head")]))
    # Two pictures for either width.
    expected = {"figures": "4", "seen": "2", "empty": "0", "overflow": "false", "loaded": "0"}
    assert found == expected
