"""Points that may stand before decimals or between thousands: how they are read, and what is said.

Files of German and other languages have points between thousands, which look like decimals where a
table has no decimals at all.
"""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.text_tables import numbers, source_of

from longlag.readers.form import Wishes

WAYS = ["{}", "{} \u20ac", "\u20ac {}", "{} kr", "{} km", "{} %"]


def table(texts):
    return "a;y\n" + "".join(f"x;{text}\n" for text in texts)


@given(
    st.lists(st.integers(0, 999_999), max_size=20),
    st.integers(1, 999),
    st.integers(1000, 999_999),
    st.sampled_from(WAYS),
)
def test_doubtful_points_are_those_of_decimals_and_are_said(more, short, large, way):
    values = [large, short, *more]
    points = [f"{each:,}".replace(",", ".") for each in values]
    text = table(map(way.format, points))
    source = source_of(text)
    assert source.doubt.startswith(f"{points[0]} in 'y' is read as {float(points[0]):g}. ")
    assert "--thousands point" in source.doubt
    assert numbers(text)[1] == [float(each) for each in points]
    # Either option settles it, and so does a model that has learned from such a table.
    for wishes, expected in (
        (Wishes(thousands="."), [float(each) for each in values]),
        (Wishes(decimal="."), [float(each) for each in points]),
        (Wishes(thousands=""), [float(each) for each in points]),
    ):
        assert numbers(text, wishes=wishes)[1] == expected
        assert source_of(text, wishes).doubt == ""
    assert source_of(text, expected=source.expected(["y"])).doubt == ""


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "texts",
    [
        ["1.200", "1.300", "2.500"],  # all have three decimals
        ["1.200", "901", "0.500"],
        ["1.200", "901", "2.5"],
        ["1.200", "901", "1500"],  # whose thousands have no point
        ["1.200", "901", "1.200.000"],  # thousands, without a doubt
        ["1.200", "901", "12,5"],
        ["1,200", "901"],
        ["12", "901"],
    ],
)
def test_nothing_is_said_where_the_numbers_leave_no_doubt(texts, way):
    assert source_of(table(map(way.format, texts))).doubt == ""


def test_another_column_leaves_no_doubt():
    assert source_of("a;b;y\n1.200;1;2.5\n901;2;3\n").doubt == ""
    assert source_of("a;b;y\n1.200;1;2,5\n901;2;3\n").doubt == ""


def test_columns_of_numbers_alone_are_in_doubt():
    rows = "".join(f"{n};{n % 3}.250;{'1.250' if n == 5 else n % 5};v{n}\n" for n in range(1, 40))
    texts = rows.replace("0.250", "1.250").replace("v7\n", "1.250\n").replace("v8\n", "7\n")
    source = source_of(f"n;a;b;version\n{texts}")
    assert source.doubt.startswith("1.250 in 'b' is read as 1.25. ")
    assert source_of("a;b\n1.200;3.400\n7;8\n").doubt.count("and so in 1 more column.") == 1
    assert source_of("a;y\n1;1.200;7\n2;8;3.400\n").doubt.startswith("1.200 in 'a'")  # row names
    assert source_of("a;\n7;1.200\n8;9\n").doubt == ""  # a column without a name is left out
