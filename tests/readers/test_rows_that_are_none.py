"""Lines that are no rows: comments, and empty rows below the last one."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.text_tables import numbers, source_of

from longlag.errors import InputError
from longlag.readers.ends import HELD
from longlag.readers.form import Wishes
from longlag.readers.sources import Columns, Reader

COMMENTED = """# station 7
t,y
1,2
# restarted, and

  % 3
2,3
3,"4"
# the end"""


@pytest.mark.parametrize("end", ["", "\n"])
@pytest.mark.parametrize("quoted", [True, False])
def test_comments_between_rows_are_no_rows(quoted, end):
    text = (COMMENTED if quoted else COMMENTED.replace('"', "")) + end
    reader = Reader(source_of(text.replace(", and", "")), Columns("y"))
    assert np.concatenate([rows.target for rows in reader]).tolist() == [2.0, 3.0, 4.0]
    assert not reader.source.cut
    reader = Reader(source_of(text), Columns("y"))  # this comment might be a row
    with pytest.raises(InputError, match="row 2: column 't' must hold finite numbers"):
        list(reader)


def test_what_looks_like_a_comment_within_a_row_stays():
    text = 'tag,y\n#a,1\n"two\n# lines",2\n#a,3\n#b,"4"\n"# c, d",5\n'
    rows = list(Reader(source_of(text), Columns("y", categories=("tag",))))
    found = [text for each in rows for text in each.categories[0]]
    assert found == ["#a", "two\n# lines", "#a", "#b", "# c, d"]


def classes_of(source):
    reader = Reader(source, Columns(source.names[0], features=(), classes=True))
    return [each for rows in reader for each in rows.target]


words = st.from_regex(r"[#%]{0,2}[a-z]{1,3}", fullmatch=True)


@given(st.lists(words, min_size=1, max_size=40), st.sampled_from(["", "# of a survey\n"]))
def test_texts_of_a_single_column_may_begin_like_comments(texts, above):
    text = above + "\n".join(["tag", *texts, ""])
    source = source_of(text)
    assert source.names == ["tag"]
    assert classes_of(source) == texts
    assert classes_of(source_of(text, expected=source.expected(["tag"]))) == texts


@given(st.lists(st.sampled_from(["# on", "%off", "5", "6.5", "NA"]), min_size=9, max_size=40))
def test_comments_between_the_numbers_of_a_single_column_are_no_rows(texts):
    kept = ["1", "2", *(text for text in texts if text[0] not in "#%")]
    text = "\n".join(["level", "1", "2", *texts, *["5"] * 40, ""])
    source = source_of(text)
    assert classes_of(source) == [*kept, *["5"] * 40]
    again = source_of(f"level\n# of today\n{text[6:]}", expected=source.expected(["level"]))
    assert classes_of(again) == [*kept, *["5"] * 40]


@pytest.mark.parametrize("value", ["%7", "#12", "%6.5"])
def test_a_number_behind_the_sign_of_a_comment_is_not_lost(value):
    text = f"y\n5\n# 2024-03-01\n6\n{value}\n8\n"
    assert classes_of(source_of(text)) == ["5", "6", value, "8"]
    with pytest.raises(InputError, match=f"row 3: column 'y' must hold .* got '{value}'"):
        list(Reader(source_of(text), Columns("y")))


@pytest.mark.parametrize("note", ["No data for this day", "nothing", '"No data, sorry"'])
@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_a_note_alone_below_the_names_of_the_table_before_is_no_row(note, end):
    expected = source_of("t,y,z\n1,2,3\n").expected(["t", "y"])
    source = source_of(f"t,y,z\n{note}{end}", expected=expected)
    assert list(Reader(source, Columns("y"))) == []
    assert (source.names, len(source.notes)) == (["t", "y", "z"], 1)


@pytest.mark.parametrize("between", ["# restarted, and, more", "---+---", "# off"])
def test_what_stands_above_the_first_row_of_a_table_like_the_one_before_is_no_row(between):
    text = f"t,y\n{between}\n1,2\n3,4\n"
    expected = source_of("t,y\n1,2\n").expected(["t", "y"])
    (rows,) = Reader(source_of(text, expected=expected), Columns("y"))
    assert (rows.features.tolist(), rows.target.tolist()) == ([[1.0], [3.0]], [2.0, 4.0])


@pytest.mark.parametrize("width", [2, 3])
@pytest.mark.parametrize("end", ["", "\n", "\n\n"])
def test_empty_rows_at_the_end_are_left_out_and_counted(width, end, monkeypatch):
    names, empty = ["y", "t", "c"][:width], "," * (width - 1)
    rows = [f"{n}{empty}" for n in range(300)]
    rows[7] = rows[150] = rows[151] = empty  # within the data, a row without values is one
    text = "\n".join([",".join(names), *rows, *[empty] * 40]) + end
    expected = [math.nan if row == empty else float(n) for n, row in enumerate(rows)]
    for size in (1 << 18, 100, 7):
        monkeypatch.setattr("longlag.readers.csv_blocks.SIZE", size)
        for time, left_out in (("t", 40), (None, 0)):  # without times they may be rows, too
            reader = Reader(source_of(text), Columns("y", time=time))
            found = np.concatenate([each.target for each in reader])
            np.testing.assert_array_equal(found[:300], expected)
            assert reader.source.empty == left_out
            assert reader.read == len(found) == 340 - left_out
            assert np.isnan(found[300:]).all()


@pytest.mark.parametrize("size", [1 << 18, 50, 7])
@pytest.mark.parametrize("ends", [["Total,9"], [",9", "Sum,9", ",", ","], ["Mean,"], []])
def test_rows_without_a_time_are_left_out_at_the_end_alone(ends, size, monkeypatch):
    monkeypatch.setattr("longlag.readers.csv_blocks.SIZE", size)
    rows = [f"2024-03-{day:02},{day}" for day in range(1, 31)]
    rows[7], rows[20] = ",8", "Week 3,21"
    text = "\n".join(["t,y", *rows, *ends, ""])
    reader = Reader(source_of(text), Columns("y", time="t"))
    blocks = list(reader)
    assert np.concatenate([each.target for each in blocks]).tolist() == [*range(1, 31)]
    assert [each.first for each in blocks] == [
        1 + sum(len(each.target) for each in blocks[:n]) for n in range(len(blocks))
    ]
    assert (reader.read, len(reader.ends_without_time) + reader.source.empty) == (30, len(ends))
    said = " ".join(reader.remarks())
    assert ("without a time" in said) == any(each.strip(",") for each in ends)
    without = Reader(source_of(text), Columns("y", features=()))  # no --time, no such rows
    assert sum(len(each.target) for each in without) == 30 + len(ends)


@pytest.mark.parametrize("size", [1 << 18, 60, 9])
@pytest.mark.parametrize("end", ["\n", ""])
@pytest.mark.parametrize(
    ("ends", "totals", "notes"),
    [
        (["Total 2024,9"], "1 row without a time, such as 'Total 2024'", ""),
        (["Summe März 2024,9", ",", "Mittel 2024,3"], "3 rows without a time", ""),
        (["Total,9", "Source: office 2024,"], "2 rows without a time, such as 'Total'", ""),
        (["Total,9", "* revised 2024,"], "2 rows without a time, such as 'Total'", ""),
        (
            ["Total,9", "", "Source: office 2024", "Page 1"],
            "1 row without a time, such as 'Total'",
            "2 lines of text, such as 'Source: office 2024'",
        ),
        (['"Source: a, b"', ",", "c d"], "", "2 lines of text, such as '\"Source: a, b\"'"),
    ],
)
def test_totals_and_notes_at_the_end_are_left_out_and_said(
    ends, totals, notes, end, size, monkeypatch
):
    monkeypatch.setattr("longlag.readers.csv_blocks.SIZE", size)
    rows = [f"2024-03-{day:02},{day}" for day in range(1, 31)]
    reader = Reader(source_of("\n".join(["t,y", *rows, *ends]) + end), Columns("y", time="t"))
    assert np.concatenate([each.target for each in reader]).tolist() == [*range(1, 31)]
    said = "\n".join(reader.remarks())
    assert said.count("\n") == bool(totals and notes)
    assert f"a.csv ends with {totals}" in said or not totals
    assert f"a.csv ends with {notes}" in said or not notes


@pytest.mark.parametrize(
    "row",
    ["31.03.2024,5", "2024-03-31 p,5", "Sept 2024,5", "Total,9\n2024-03-31,5", "2024-03-31,"],
)
def test_rows_that_hold_something_beside_a_date_are_rows(row):
    rows = [f"2024-03-{day:02},{day}" for day in range(1, 31)]
    reader = Reader(source_of("\n".join(["t,y", *rows, row, ""])), Columns("y", time="t"))
    assert sum(len(each.target) for each in reader) == 31 + row.count("\n")
    assert not reader.remarks()


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["2024-03-31", "04.03.2024", "p 2024", "Total", "Total 2024", ""]),
            st.sampled_from(["", "5"]),
        ),
        max_size=HELD - 1,
    )
)
def test_no_row_that_may_have_a_time_and_no_row_above_one_is_left_out(ends):
    """Against the rule in its own words, from the end of the table on."""
    kept = list(ends)
    while kept:
        text, value = kept[-1]
        total = text in ("", "Total", "Total 2024")
        if not (total or (text != "2024-03-31" and not value)):
            break
        kept.pop()
    rows = [(f"2024-03-{day:02}", "1") for day in range(1, 30)]
    text = "\n".join(["t,y", *map(",".join, [*rows, *ends]), ""])
    reader = Reader(source_of(text), Columns("y", time="t"))
    times = [time for each in reader for time in each.times]
    assert times == [time for time, _ in [*rows, *kept]]
    assert len(reader.ends_without_time) + reader.source.empty == len(ends) - len(kept)
    assert bool(reader.remarks()) == (len(kept) < len(ends))


@pytest.mark.parametrize("size", [1 << 18, 9])
@pytest.mark.parametrize("end", ["\n", ""])
@pytest.mark.parametrize(
    "note", ["(c) European Union, 2001-2024", "Made by hand, Jan 5, 2024", "North Sea, Baltic Sea"]
)
def test_prose_with_commas_below_the_rows_is_a_note(note, end, size, monkeypatch):
    """As below the hours of solar power of PVGIS."""
    monkeypatch.setattr("longlag.readers.csv_blocks.SIZE", size)
    rows = ["1,2,3,4"] * 30
    reader = Reader(
        source_of("\n".join(["a,b,c,y", *rows, "", "P: power", note]) + end), Columns("y")
    )
    assert sum(len(each.target) for each in reader) == 30
    assert "2 lines of text, such as 'P: power'" in "\n".join(reader.remarks())


NUMBERS, CODES, DATES = "a,b,c,y\n1,2,3,4\n", "a,b,c,y\nD7,2,3,4\n", "a,b,c,y\n2024-03-09,2,3,4\n"


@pytest.mark.parametrize(
    ("text", "row"),
    [
        *((NUMBERS, row) for row in ("5,6", "2024-03-09,6", ",5", "a b, c, d, 5, e")),
        *((CODES, row) for row in ("D12,5", "D7,2,3", "5,6", "5", ",2,3")),
        *((DATES, row) for row in ("2025-12-01,6", "5", "1.5,6", "3.4.2024,6")),
    ],
)
def test_a_last_row_with_too_few_fields_is_no_note(text, row):
    """It begins as rows do, or with a number."""
    head, line, _ = text.split("\n")
    reader = Reader(source_of("\n".join([head, *[line] * 30, row, ""])), Columns("y"))
    with pytest.raises(InputError, match=r"row 31: must have 4 fields .*, or take it out if it is"):
        list(reader)


SHORT = [
    (NUMBERS, ",", ["Total,7", "sum,,"]),
    (NUMBERS, ",", ["-99.9", "PDO from A", "https://a.org/b"]),
    (CODES, ",", ["FTR,30"]),
    (CODES, ",", ['"T","Total, of rows: 30"']),
    (CODES, ";", ['"$COUNT$";30']),
    (CODES, ";", ["*"]),
    (DATES, ",", ["//END", " , , , ", ",,,", "Mean,2,3"]),
    (NUMBERS, " ", ["Site closed"]),
    (NUMBERS, " ", ["Trend 0.1 0.2", "", " NOTE:  New Reference for the annual cycle 1991-2020"]),
]


@pytest.mark.parametrize("size", [1 << 18, 40, 7])
@pytest.mark.parametrize("end", ["\n", ""])
@pytest.mark.parametrize(("text", "separator", "ends"), SHORT)
def test_a_short_line_at_the_end_that_begins_as_no_row_is_a_note(
    text, separator, ends, end, size, monkeypatch
):
    """As programs and offices end their files."""
    monkeypatch.setattr("longlag.readers.csv_blocks.SIZE", size)
    head, line, _ = text.replace(",", separator).split("\n")
    rows = [head, *[line] * 120]
    reader = Reader(source_of("\n".join([*rows, *ends]) + end), Columns("y"))
    assert sum(len(each.target) for each in reader) == 120
    if "." in ends[-1][:6] and not end:  # the end of a row may lack
        assert reader.source.cut
        return
    count = sum(bool(each.strip(" ,")) for each in ends)
    assert f"a.csv ends with {count} line" in "\n".join(reader.remarks())
    between = source_of("\n".join([*rows, ends[0], line, ""]))
    with pytest.raises(InputError, match=r"row 121: must have 4 fields|row 122: column"):
        list(Reader(between, Columns("y")))


@pytest.mark.parametrize(
    ("text", "row"),
    [
        *((NUMBERS, row) for row in ("5", "5,6", "-1.5,2")),
        *((CODES, row) for row in ("D", "D7", "D12,", "D12,5")),
        *((DATES, row) for row in ("2", "2024-0", "2024-03-1", "2024-03-10,2")),
    ],
)
def test_a_row_that_is_cut_at_the_end_is_told_as_such(text, row):
    head, line, _ = text.split("\n")
    reader = Reader(source_of("\n".join([head, *[line] * 30, row])), Columns("y"))
    assert sum(len(each.target) for each in reader) == 30
    assert reader.remarks() == ["a.csv ends in the middle of a row, which was left out."]


def test_a_line_of_text_between_rows_and_many_of_them_are_refused():
    for text, row in (("1,2\nx y\n3,4\n", 2), ("1,2\n" * 300 + "x y\n" * (HELD + 1), 301)):
        reader = Reader(source_of(f"t,y\n{text}"), Columns("y"))
        with pytest.raises(InputError, match=f"row {row}: must have 2 fields as the first line"):
            list(reader)
        assert reader.read == row - 1


@pytest.mark.parametrize("size", [1 << 18, 50])
@pytest.mark.parametrize("more", range(HELD + 1, 2 * HELD + 9))
def test_many_rows_without_a_time_at_the_end_are_rows(more, size, monkeypatch):
    monkeypatch.setattr("longlag.readers.csv_blocks.SIZE", size)
    text = "t,y\n" + "2024-01-01,1\n" * 340 + ",2\n" * more  # more than is read at first
    reader = Reader(source_of(text), Columns("y", time="t"))
    assert sum(len(rows.target) for rows in reader) == reader.read == 340 + more
    assert not reader.ends_without_time


def test_rows_above_a_bad_one_are_given_though_rows_without_a_time_stand_between():
    reader = Reader(source_of("t,y\n2024-01-01,1\nTotal,1\na,b,c\n"), Columns("y", time="t"))
    found = []
    with pytest.raises(InputError, match="row 3: must have 2 fields"):
        found.extend(reader)
    assert [each.target.tolist() for each in found] == [[1.0]]


def test_times_without_digits_are_kept():
    text = "t,y\nMonday,1\nTuesday,2\n"
    (rows,) = Reader(source_of(text), Columns("y", time="t"))
    assert rows.target.tolist() == [1.0, 2.0]


def test_many_rows_without_a_time_are_not_held_for_ever():
    text = "t,y\n2024-01-01,0\n" + "".join(f"off,{n}\n" for n in range(5000))
    reader = Reader(source_of(text), Columns("y", time="t"))
    assert sum(len(each.target) for each in reader) == reader.read > 4000


@pytest.mark.parametrize("head", ["t,y", '"t","y"', "t;y", " t  y "])
@pytest.mark.parametrize("place", [3, 150])
def test_names_that_come_again_are_passed_over(head, place):
    separator = ";" if ";" in head else " " if head.startswith(" ") else ","
    rows = [f"{n}{separator}{n}.5" for n in range(200)]
    rows.insert(place, head)
    reader = Reader(source_of("\n".join([head, *rows, ""])), Columns("y"))
    assert np.concatenate([each.target for each in reader]).tolist() == [
        n + 0.5 for n in range(200)
    ]
    assert reader.features == ("t",)
    (line,) = reader.remarks()
    assert "its line of names again among the rows (1 time)" in line


@pytest.mark.parametrize("size", [1 << 18, 5])
@pytest.mark.parametrize("units", ["s,m", "-,%"])
def test_units_below_names_that_come_again_are_passed_over(units, size, monkeypatch):
    monkeypatch.setattr("longlag.readers.csv_blocks.SIZE", size)
    rows = "1,2\n3,4\n-,5\n" * 40
    reader = Reader(
        source_of(f"t,y\n{units}\n{rows}t,y\n{units}\n{rows}t,y\nt,y\n{rows}"), Columns("y")
    )
    assert np.concatenate([each.target for each in reader]).tolist() == [2.0, 4.0, 5.0] * 120
    assert reader.source.repeated == 3


@pytest.mark.parametrize("size", [1 << 18, 5])
@pytest.mark.parametrize(
    ("separator", "above"),
    [
        (" ", "procs -----memory----"),  # as vmstat repeats its names
        (",", "#group,false\n#datatype,long\n#default,"),  # as InfluxDB annotates each table
        (",", "of,North\n"),  # a line of names above the names
        (",", "Station 7\n\nmade 2024-01-01, noon, by hand"),
    ],
)
def test_lines_above_names_that_come_again_are_passed_over(separator, above, size, monkeypatch):
    monkeypatch.setattr("longlag.readers.csv_blocks.SIZE", size)
    table = f"{above}\n" + "t,y\n1,2\n3,4\nNA,5\n".replace(",", separator)
    rows = table + f"3{separator}6\n" * 110
    source = source_of(rows + table + table)
    assert source.names == ["t", "y"]
    for each in (source, source_of(rows + table + table, expected=source.expected(["t"]))):
        targets = np.concatenate([rows.target for rows in Reader(each, Columns("y"))])
        assert targets.tolist() == [2.0, 4.0, 5.0] + [6.0] * 110 + [2.0, 4.0, 5.0] * 2
        assert each.repeated == 2


def test_a_row_like_a_line_above_the_names_is_a_row():
    text = "1,2\n\nt,y\n" + "3,4\n1,2\n,\n" * 9
    source = source_of(text, Wishes(names=3))
    targets = [y for rows in Reader(source, Columns("y")) for y in rows.target]
    assert [y for y in targets if y == y] == [4.0, 2.0] * 9


def test_lines_drawn_between_rows_are_no_rows():
    text = (
        "|-------|\n|t  |y  |\n|-------|\n|1  |2  |\n|-------|\n|---|3  |\n|4  |---|\n|=======|\n"
    )
    _, targets = numbers(text)
    assert [None if math.isnan(x) else x for x in targets] == [2.0, 3.0, None]


def test_lines_taken_for_comments_among_rows_that_begin_like_them_are_said():
    text = "tag,y\n#a,1\n#b,2\n# restarted\n#a\n#b,3\n"
    reader = Reader(source_of(text), Columns("y"))
    assert np.concatenate([each.target for each in reader]).tolist() == [1.0, 2.0, 3.0]
    (line,) = reader.remarks()
    assert "has 2 lines taken for comments, such as '# restarted', where rows begin so" in line


def test_the_mark_of_utf_8_may_come_again():
    mark = "\ufeff"
    assert numbers(f"{mark}{mark}t,y\n1,2\n{mark}t,y\n3,4\n") == ([[1.0], [3.0]], [2.0, 4.0])


def test_a_row_that_might_be_the_names_is_a_row():
    text = "a,b\n" + "a,b\nb,a\n" * 20
    rows = list(Reader(source_of(text), Columns("b", classes=True)))
    assert sum(len(each.target) for each in rows) == 40


def test_the_mark_of_dos_at_the_end_is_no_row():
    reader = Reader(source_of("t,y\r\n1,2\r\n3,4\r\n\x1a"), Columns("y"))
    assert np.concatenate([each.target for each in reader]).tolist() == [2.0, 4.0]
    assert not reader.source.cut


@pytest.mark.parametrize("zeros", [1, 99, 1 << 17])
@pytest.mark.parametrize("rows", [3, 9000])
def test_room_that_a_logger_keeps_at_the_end_is_no_row(rows, zeros):
    text = "t,y\n" + "1,2\n" * rows + "\0" * zeros
    reader = Reader(source_of(text), Columns("y"))
    assert sum(len(each.target) for each in reader) == rows
    assert not reader.remarks()


@pytest.mark.parametrize("rows", [3, 9000])
def test_zeros_that_a_logger_leaves_between_rows_end_the_run_there(rows):
    """Not before the first row, as if the file were none of text."""
    text = "t,y\n" + "1,2\n" * rows + "\0" * 99 + "\n" + "3,4\n" * 9
    reader = Reader(source_of(text), Columns("y"))
    with pytest.raises(InputError, match=rf"row {rows + 1}: must have 2 fields .* got 1 in '.x00"):
        list(reader)
    assert reader.read == rows
    assert source_of("t,y\n1,2\n\0\0\0003,4\n").names == ["t", "y"]
