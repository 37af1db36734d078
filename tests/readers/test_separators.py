"""What separates the fields of rows, where something else could."""

import pytest
from support.text_tables import source_of

from longlag.readers.form import Wishes
from longlag.readers.guessing import guess
from longlag.readers.separators import CANDIDATES


@pytest.mark.parametrize("place", range(3))
@pytest.mark.parametrize("clock", ["00:00", "00:00:00", "12:30:00.250", "1:05 PM"])
@pytest.mark.parametrize("separator", CANDIDATES.strip(" "))
def test_a_blank_within_a_time_separates_nothing(separator, clock, place):
    """Beside a text, where a cut at the blank leaves as many fields that look like values."""
    rows = [["store", "y"], *(["AB"[i % 2], str(i % 7)] for i in range(60))]
    for row in rows:
        row.insert(place, "time" if row[0] == "store" else f"2024-01-01 {clock}")
    form = guess("\n".join(map(separator.join, rows)), True, Wishes()).form
    assert (form.separator, len(form.columns)) == (separator, 3)


def test_a_blank_before_a_unit_separates_nothing():
    rows = "".join(f"2024-01-01 0{n}:00\t{n}.5 mm\t{n}\n" for n in range(9))
    source = source_of(rows)
    assert (source.names, source.form.signs) == (["1", "2", "3"], {"2": "mm"})
    again = source_of(rows.partition("\n")[0] + "\n", expected=source.expected(["2"]))
    assert again.names == source.names


def test_a_column_of_quoted_texts_with_commas_is_one_of_texts():
    """Not whole rows in quotation marks, of which a line of the same length names the columns."""
    for text in ('"y"\n"1,234,567"\n"2,345,678"\n', '"y"\n"a, b, 1"\n"c, d, 2"\n"a, b, 1"\n'):
        assert source_of(text).names == ["y"]


def test_years_among_the_names_do_not_hide_the_separator():
    """Blanks cut the rows into as many fields as the title, so these may look like names."""
    title = '"Data Source","World Development Indicators",\n\n"Updated","2024-12-16",\n\n'
    years = ",".join(f'"{year}"' for year in range(1990, 2000))
    values = ",".join(f'"{year}.5"' for year in range(10))
    rows = "".join(f'"Land {n}","L{n}","GDP (current US$)",{values},\n' for n in range(60))
    source = source_of(f'{title}"Country","Code","Of",{years},\n{rows}')
    assert source.form.separator == ","
    assert source.names[:4] == ["Country", "Code", "Of", "1990"]


@pytest.mark.parametrize("separator", CANDIDATES.strip(" "))
def test_a_blank_within_quotation_marks_separates_nothing(separator):
    """Above the names stands a line of another width, so blanks cut more lines alike."""
    rows = [["I", "price", "time"], *(["D", str(n), f'"2024-01-01 0{n}:00"'] for n in range(9))]
    table = "\n".join(["C", *map(separator.join, rows)])
    form = guess(table, True, Wishes()).form
    assert (form.separator, form.columns) == (separator, ["I", "price", "time"])
