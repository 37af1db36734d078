"""Numbers below zero as accounts write them, in parentheses or with the sign behind."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.text_tables import numbers, source_of

from longlag.errors import InputError
from longlag.readers.sources import Columns, Reader


@given(
    st.lists(st.integers(-99_999_999, 99_999_999), min_size=3, max_size=40),
    st.sampled_from(["({})", "{}-", "-{}", "\u2212{}", "\u2013{}"]),
    st.sampled_from([(",", ".", ";"), (".", ",", ","), (".", "", ","), (",", "\u202f", ";")]),
)
def test_numbers_below_zero_are_read_as_accounts_write_them(cents, below, marks):
    decimal, thousands, separator = marks

    def written(number):
        text = (
            f"{abs(number) // 100:,}".replace(",", thousands) + f"{decimal}{abs(number) % 100:02}"
        )
        return below.format(text) if number < 0 else text

    cents = [123_456_789, -5_000_050, *cents]
    rows = "".join(f'x{separator}"{written(each)}"\n' for each in cents)
    _, targets = numbers(f"a{separator}y\n{rows}")
    assert targets == [each / 100 for each in cents]


@pytest.mark.parametrize("written", ["({},{})", "({}.{})", "( {},{} )"])
def test_a_column_of_nothing_but_numbers_in_parentheses_is_none_of_numbers(written):
    """Such are pairs, and errors of estimates; nor do they say how other numbers are written."""
    rows = "".join(f"{written.format(n % 3, n % 4)};1.{n + 200};{n}\n" for n in range(40))
    source = source_of(f"pair;x;y\n{rows}")
    reader = Reader(source, Columns("y"))
    assert (reader.features, reader.categories) == (("x",), ("pair",))
    found = [x for block in reader for x in block.features[:, 0].tolist()]
    assert found == [float(f"1.{n + 200}") for n in range(40)]


@pytest.mark.parametrize("costs", ["(1,234.50) (20.00)", "1234,50- 20,00-", "-1.234,50 -20,00"])
def test_a_column_of_costs_alone_is_one_of_numbers(costs):
    first, second = costs.split()
    features, _ = numbers(f"cost;y\n{first};1\n{second};2\n")
    assert features == [[-1234.5], [-20.0]]


def test_numbers_below_a_thousand_need_no_mark_where_thousands_have_one():
    rows = ("2,142", "(907)", "(1,967)", "(5)", "12", "(88)")
    _, targets = numbers("a;y\n" + "".join(f"x;{each}\n" for each in rows))
    assert targets == [2142.0, -907.0, -1967.0, -5.0, 12.0, -88.0]
    source = source_of('note,y\n(1),"2,142"\n(2),"(907)"\n(1),12\n')
    assert Reader(source, Columns("y")).categories == ("note",)


@pytest.mark.parametrize("text", ["(3)", "2-", "(a)", "1-2.5-", "-(2.5)", "(2.5", "2.5)"])
def test_texts_that_are_no_numbers_below_zero_are_texts(text):
    with pytest.raises(InputError, match="must hold finite numbers"):
        numbers(f"a,y\n1,2\n2,3\n3,{text}\n")
