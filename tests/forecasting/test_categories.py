"""Categories of a stream: an input for each value, from the row where it first appears."""

import copy
import json
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longlag.errors import InputError
from longlag.estimators.categories import LIMIT, OTHER, Categories
from longlag.estimators.classifier import LSTMClassifier
from longlag.estimators.regressor import LSTMRegressor
from longlag.forecasting.evaluation import Evaluation, Question
from longlag.forecasting.resuming import notes, resume
from longlag.readers.sources import Rows


def test_each_value_has_an_input_and_a_new_one_begins_a_piece():
    categories = Categories(["wind", "a=b"])
    texts = [["N", "N", "", "S"], ["x", "y", "y", "x"]]
    pieces = list(categories.pieces(texts, 4))
    assert [stop for stop, _ in pieces] == [1, 3, 4]
    assert categories.names(["wind=N"]) == ["wind=N ", "a=b=x", "a=b=y", "wind=S"]
    nan = np.nan
    for (_, inputs), expected in zip(
        pieces, [[[1, 1]], [[1, 0, 1], [nan, 0, 1]], [[0, 1, 0, 1]]], strict=True
    ):
        np.testing.assert_array_equal(inputs, expected)


@given(st.lists(st.integers(0, 60), max_size=150), st.integers(1, 150))
def test_memory_is_bounded_and_cuts_do_not_matter(codes, cut):
    texts = [f"v{code}" if code else "" for code in codes]
    whole, cut_up = Categories(["k"]), Categories(["k"])
    rows = [row for _, piece in whole.pieces([texts], len(texts)) for row in piece.tolist()]
    found = []
    for start in range(0, len(texts), cut):
        part = texts[start : start + cut]
        pieces = cut_up.pieces([part], len(part))
        found += [row for _, piece in pieces for row in piece.tolist()]
    np.testing.assert_equal(found, rows)
    assert whole.values == cut_up.values
    different = list(dict.fromkeys(filter(None, texts)))
    assert len(whole.values) == min(len(different), LIMIT + 1)
    for text, row in zip(texts, rows, strict=True):
        value = text if text in different[:LIMIT] else OTHER
        if text:
            assert [v for (_, v), on in zip(whole.values, row, strict=False) if on] == [value]
        else:
            assert np.isnan(row).all()
    assert Categories(["k"], whole.values).values == whole.values


@pytest.mark.parametrize(
    "values",
    [[("j", "x")], [("k", "x"), ("k", "x")], [("k", OTHER)], [("k", str(n)) for n in range(40)]],
)
def test_values_that_cannot_be_are_refused(values):
    with pytest.raises(InputError, match="categories are damaged"):
        Categories(["k"], values)


@pytest.mark.parametrize("horizon", [0, 1, 3])
@pytest.mark.parametrize("classify", [False, True])
def test_the_bits_do_not_depend_on_cuts_with_values_that_appear(horizon, classify):
    rng = np.random.default_rng(5)
    winds = ["N", "S", "W", "calm", ""]
    wind = [winds[min(int(x), t // 5, 4)] for t, x in enumerate(rng.integers(0, 5, 40))]
    target = [winds[k] for k in rng.integers(0, 3, 40)] if classify else rng.normal(size=40)
    X = rng.normal(size=(40, 1))
    question = Question(("y",), ("a",), (horizon,), classify, ("wind",))

    def fresh():
        return Evaluation(question, (LSTMClassifier if classify else LSTMRegressor)(cells=2))

    def rows(start, stop):
        return Rows(1, X, target, None, (wind,)).part(start, stop)

    whole = fresh()
    expected = whole.step(rows(0, 40))
    state = json.dumps(notes(whole, None))
    for cuts in ([0, 1, 2, 9, 23, 40], range(41)):
        model, found = fresh(), []
        for start, stop in pairwise(cuts):
            found.append(model.step(rows(start, stop)))
            if model.pending.taught:
                model = resume(
                    copy.deepcopy(model.model), json.loads(json.dumps(notes(model, None)))
                )[0]
        for part, after in zip(found, np.split(expected, cuts[1:-1]), strict=True):
            np.testing.assert_array_equal(part, after[:, : part.shape[1]])
        assert json.dumps(notes(model, None)) == state
        assert model.model.state().inputs == whole.model.state().inputs
        for name, tensor in whole.model.state().tensors.items():
            np.testing.assert_array_equal(model.model.state().tensors[name], tensor)


def test_a_first_class_that_is_missing_waits_for_one():
    evaluation = Evaluation(Question(("k",), (), (0,), True), LSTMClassifier(cells=2))
    answers = evaluation.step(Rows(1, np.zeros((4, 0)), ["", "x", "y", "x"], None))
    assert not answers[:2].any()
    assert evaluation.pending.taught
