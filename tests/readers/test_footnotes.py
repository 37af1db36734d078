"""Numbers with the mark of a footnote behind them, and rows with a remark behind their fields."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.text_tables import numbers, read, source_of

from longlag.errors import InputError
from longlag.readers.form import Wishes
from longlag.readers.sources import Columns, Reader
from longlag.readers.values import Values

MARKS = ["*", " *", "**", "#", "\u2020", "[a]", "[12]", "[note 3]", "[a][b]"]
FORMS = ["{}", "${}", "{} %", "{} kWh", "{}k"]


@given(
    st.lists(st.integers(-99_999, 99_999), min_size=3, max_size=40),
    st.lists(st.sampled_from(["", *MARKS]), min_size=43, max_size=43),
    st.sampled_from(FORMS),
    st.sampled_from(".,"),
)
def test_footnotes_change_no_number(tenths, marks, form, decimal):
    tenths = [12, -7, 123_456, *tenths]  # that settle which marks are decimals
    texts = [form.format(str(each / 10).replace(".", decimal)) for each in tenths]
    plain = "".join(f"{n};{text}\n" for n, text in enumerate(texts))
    marked = "".join(f"{n};{text}{marks[n]}\n" for n, text in enumerate(texts))
    expected = numbers(f"n;y\n{plain}")
    assert numbers(f"n;y\n{marked}") == expected
    thousand = 1000 if form.endswith("k") else 1
    assert expected[1] == pytest.approx([each * thousand / 10 for each in tenths])


def test_flags_of_eurostat_are_passed_over():
    rows = ["101.2 p", "100.9", ": c", "1234 ep", "7 e", ":"]
    text = "".join(f"{n}\t{row}\n" for n, row in enumerate(rows))
    source, _, _, targets, _ = read(f"t\t2024\n{text}", "2024")
    assert list(map(float, targets)) == pytest.approx(
        [101.2, 100.9, math.nan, 1234.0, 7.0, math.nan], nan_ok=True
    )
    flagged = "".join(f"{n}\t{n}0.5 e\n" for n in range(1, 30))  # in the first rows alone
    assert source_of(f"t\t2024\n{flagged}").names == source.names
    assert all(Values().number(text) is None for text in ("5 m", "1.5 b", "30 s", "51.5 n", "2 d"))


@pytest.mark.parametrize("text", ["1*2*", "[1]", "a*", "1 [V]", "1 [kB]", "*1", "<0.5"])
def test_other_texts_are_no_numbers_for_their_marks(text):
    assert Values().number(text) is None
    with pytest.raises(InputError, match="row 3: column 'y' must hold finite numbers"):
        numbers(f"t,y\n1,1.5\n2,2.5\n3,{text}\n4,3.5\n")


def test_a_number_with_a_footnote_can_be_named_as_missing():
    wishes = Wishes(missing=("2.5*",))
    _, targets = numbers("t,y\n1,1.5\n2,2.5*\n3,2.5\n4,3.5*\n", wishes=wishes)
    assert [math.isnan(each) for each in targets] == [False, True, False, False]
    _, targets = numbers("t,y\n1,1.5\n2,-99*\n3,-99\n", wishes=Wishes(missing=("-99",)))
    assert [math.isnan(each) for each in targets] == [False, True, True]


STATION = """Hill
Marks: * estimated, --- missing
   yyyy  mm   tmax     sun
              degC   hours
   2020   1    8.9     ---
   2020   2    7.9*   12.5
   2020   3    6.1     9.0#  Provisional
   2020   4    5.0     ---   Not yet checked
"""


def test_remarks_behind_rows_between_blanks_are_left_out_and_said():
    source, _, features, targets, _ = read(STATION, "tmax")
    assert targets == [8.9, 7.9, 6.1, 5.0]
    assert [row[-1] for row in features][1:3] == [12.5, 9.0]
    (said,) = source.remarks()
    assert said == (
        "a.csv has 2 rows with a text behind the last field, such as 'Provisional': it is left out."
    )


@pytest.mark.parametrize("mark", ["*", "**", "#", "* estimated"])
def test_a_mark_alone_behind_the_last_rows_is_a_remark(mark):
    """As of sunspots, where a star says that a number is not final."""
    rows = [f"{year} {year}.5 {year % 7}.25 -1" for year in range(1800, 2000)]
    rows[150:] = [f"{row} {mark}" for row in rows[150:]]
    source, *_, targets, _ = read("\n".join([*rows, ""]), "3")
    assert targets == [year % 7 + 0.25 for year in range(1800, 2000)]
    assert f"50 rows with a text behind the last field, such as '{mark}'" in source.remarks()[0]


@pytest.mark.parametrize("row", ["1 New York 5", "5 1 New York", "5 1 2 x 7", "5 x 2 3"])
def test_rows_with_a_field_too_many_are_no_rows(row):
    text = f"a b town\n1 2 Rome\n3 4 Bonn\n{row}\n5 6 Kiel\n"
    with pytest.raises(InputError, match=r"row 3: must have 3 fields .*, got [45]"):
        list(Reader(source_of(text), Columns("b", features=("a",))))
