"""Texts for missing values, and truth values."""

import numpy as np
import pytest
from support.text_tables import numbers, read

from longlag.errors import InputError
from longlag.readers.form import Wishes


def test_usual_texts_for_missing_values_and_named_ones():
    texts = ["#N/A", "<NA>", "NULL", "-", "--", ".", "\\N", "NaT", "n.a.", "#DIV/0!", "#NV", ":"]
    _, targets = numbers("a,y\n" + "".join(f"1,{text}\n" for text in [*texts, "5"]))
    assert np.isnan(targets).tolist() == [True] * len(texts) + [False]
    for text in (
        "a,y\n1,-200\n2,-200.0\n3,4\n",
        "a,y\n1,-200\n2,-200.0\n3,4\n4,NA\n",
        "a,y\n1,x\n2,\n3,4\n",
    ):
        _, targets = numbers(text, "y", Wishes(missing=("-200", "X")))
        assert np.isnan(targets[:2]).all()
        assert targets[2] == 4
    _, _, _, targets, _ = read("a,y\n1,None\n2,\n3,-\n", "y", Wishes(missing=("-",)), classes=True)
    assert targets == ["None", "", ""]


@pytest.mark.parametrize("text", ["1,234", "-12,500"])
def test_a_mark_that_comes_late_may_be_that_of_decimals_or_of_thousands(text):
    rows = "".join(f"{n};{n % 900}.5\n" for n in range(200))
    with pytest.raises(InputError, match=r"decimal comma; if a comma .* --thousands comma$"):
        numbers(f"a;y\n{rows}1;{text}\n")


def test_marks_between_thousands_that_come_late_are_named():
    rows = "".join(f"{n};{n % 900},5\n" for n in range(200))
    with pytest.raises(InputError, match=r"1\.234,5': if a point stands .* --thousands point$"):
        numbers(f"a;y\n{rows}1;1.234,5\n")


def test_truth_values_are_numbers():
    assert numbers("a,y\nTRUE,false\nFALSE,True\n") == ([[1], [0]], [0, 1])
