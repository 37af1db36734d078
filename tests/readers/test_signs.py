"""Numbers with a sign beside them, those of India and of Fortran, and signs for no value."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.text_tables import numbers, read, source_of

from longlag.errors import InputError
from longlag.readers.sources import Columns, Reader

BEFORE = ["${}", "$ {}", "R$ {}", "CHF {}", "\u20b9{}", "Rs. {}"]
BEHIND = ["{} \u20ac", "{}%", "{} %", "{} kr", "{} kWh", "{}\u00b0C", "{} m/s", "{} z\u0142"]


def written(cents, decimal, thousands):
    text = f"{abs(cents) // 100:,}".replace(",", thousands) + f"{decimal}{abs(cents) % 100:02}"
    return f"-{text}" if cents < 0 else text


@given(
    st.lists(st.integers(-99_999_999, 99_999_999), min_size=2, max_size=30),
    st.sampled_from([*BEFORE, *BEHIND]),
    st.sampled_from([(".", ","), (",", "."), (",", "\u202f"), (",", ""), (".", "")]),
)
def test_a_sign_beside_all_numbers_of_a_column_is_left_out_and_said(cents, sign, marks):
    cents = [123_456_789, -5_000_050, *cents]
    rows = "".join(f"x;{sign.format(written(each, *marks))};{n}\n" for n, each in enumerate(cents))
    source, reader, features, targets, _ = read(f"a;y;n\n{rows}", "y")
    assert targets == [each / 100 for each in cents]
    assert reader.features == ("n",)
    assert "signs beside numbers (" in source.taken_for
    *_, features, _, _ = read(f"a;y;n\n{rows}", "n")
    assert [x for (x,) in features] == targets
    (found,) = source_of("a;y;n\nx;1;2\n", expected=source.expected(["y"])).form.signs.values()
    assert found == source.form.signs["y"]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["-$1,100.50", "$-2", "($3.25)", "$(4)", " $ -   ", "$5"], [-1100.5, -2, -3.25, -4, 0, 5]),
        (["$1,100.50", "2.00", "(3.25)", "NA", ""], [1100.5, 2, -3.25, None, None]),  # as on paper
        (["5%", "0", "-", "***", "7 %"], [5, 0, None, None, 7]),
        (["$.50", "-$.25", "($.75)", "$1.5"], [0.5, -0.25, -0.75, 1.5]),
        ([".5 %", "-.25 %", "12 %"], [0.5, -0.25, 12]),
        (["Rs.50", "Rs. 1.5"], [50, 1.5]),
        (["5 m\u00b3", "\u20136 m\u00b3", "7 m\u00b3"], [5, -6, 7]),
        (["5 \u03bcg/m3", "6 \u03bcg/m3"], [5, 6]),
    ],
)
def test_accounts_and_gaps_in_columns_with_signs(texts, expected):
    _, targets = numbers("a;y\n" + "".join(f"x;{text}\n" for text in texts))
    assert [None if math.isnan(x) else x for x in targets] == expected


@pytest.mark.parametrize(
    "texts",
    [
        ["$5", "\u20ac6"],  # of two currencies
        ["5 g", "6 kg"],
        ["(5%)", "(7%)"],  # shares
        ["try 1", "try 2"],
        ["CAD-1", "CAD-2"],
        ["1 A", "2 A"],  # rooms, or amperes
        ["Q1", "Q2"],
        ["line 1", "line 2"],
        ["1st", "2nd"],
    ],
)
def test_signs_that_differ_or_are_not_known_make_no_numbers(texts):
    rows = "".join(f"{texts[n % 2]},{n}\n" for n in range(30))
    reader = Reader(source_of(f"a,y\n{rows}"), Columns("y"))
    assert (reader.features, reader.categories) == ((), ("a",))


@pytest.mark.parametrize("text", ["7 kg", "0.5", "\u20ac5", "a"])
def test_a_later_number_with_another_sign_ends_the_run(text):
    rows = "".join(f"{n},{n % 9}%\n" for n in range(200))
    with pytest.raises(InputError, match=f"row 201: column 'y' must hold .* got '{text}'"):
        numbers(f"a,y\n{rows}1,{text}\n")
    for other in ("0", "0.00", "#", "unavailable", "NA"):
        assert len(numbers(f"a,y\n{rows}1,{other}\n")[1]) == 201


@given(st.lists(st.integers(-(10**10), 10**10), min_size=1, max_size=30))
def test_lakhs_and_crores(values):
    def indian(value):
        digits, groups = f"{abs(value) // 1000}", []
        while digits:
            digits, group = digits[:-2], digits[-2:]
            groups.insert(0, group)
        whole = (
            f"{','.join(groups)},{abs(value) % 1000:03}" if abs(value) > 999 else f"{abs(value)}"
        )
        return f"-{whole}.25" if value < 0 else f"{whole}.25"

    values = [1_234_567, *values]
    rows = "".join(f'x,"{indian(value)}"\n' for value in values)
    _, targets = numbers(f"a,y\n{rows}")
    assert targets == [math.copysign(abs(value) + 0.25, value) for value in values]


@pytest.mark.parametrize("text", ["1,23", "12,34,56", "1,2,345", "12,345,67"])
def test_commas_that_group_nothing_make_no_number(text):
    with pytest.raises(InputError, match="must hold finite numbers"):
        numbers(f'a;y\n1;12,34,567\n2;"1,234.5"\n3;{text}\n')


def test_exponents_of_fortran_and_texts_of_spreadsheets_are_numbers():
    assert numbers("a y\n1.5D+03 1\n-2.0d-01 2\n") == ([[1500.0], [-0.2]], [1.0, 2.0])
    assert numbers('a,y\n="0012",="1.5"\n="0013",="2.5"\n') == ([[12.0], [13.0]], [1.5, 2.5])


@pytest.mark.parametrize(
    "text", ["***", "****", "////", "-----", "#####", "unavailable", "undefined", "No data"]
)
def test_signs_and_words_for_no_value_are_missing_among_numbers_alone(text):
    rows = "".join(f"{n},{text if n % 5 == 2 else n}\n" for n in range(20))
    _, targets = numbers(f"a,y\n{rows}")
    assert [math.isnan(x) for x in targets] == [n % 5 == 2 for n in range(20)]
    stars = "".join(f"{n},{text if n % 5 else 'good'}\n" for n in range(20))
    (found,) = Reader(source_of(f"a,y\n{stars}"), Columns("a"))
    assert found.categories == (["good" if n % 5 == 0 else text for n in range(20)],)
