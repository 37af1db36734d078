"""Rows of streams from CSV and Parquet: what is read, what is passed over, what is refused."""

import io
import math
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longlag.errors import InputError
from longlag.readers import csv_blocks
from longlag.readers.csv_blocks import SIZE, CsvSource
from longlag.readers.lists import group_name
from longlag.readers.open_source import open_source
from longlag.readers.sources import Columns, Reader
from longlag.readers.time_order import Order
from longlag.readers.times import Times


class Pipe(io.BytesIO):
    """Gives at most `most` bytes at a time, as a slow pipe does."""

    def __init__(self, data, most=SIZE):
        super().__init__(data)
        self.most = most

    def read1(self, size=-1):
        return super().read1(self.most)


def read(text, columns, most=SIZE):
    """All rows of a CSV: features, targets, times; the reader; and what ended it."""
    data = text if isinstance(text, bytes) else text.encode()
    reader = Reader(CsvSource(Pipe(data, most), "a.csv"), columns)
    blocks, problem = [], None
    try:
        blocks.extend(reader)
    except InputError as error:
        problem = str(error)
    features = [row for block in blocks for row in block.features.tolist()]
    targets = [each for block in blocks for each in list(block.target)]
    times = [each for block in blocks for each in block.times or []]
    return features, targets, times, reader, problem


@pytest.mark.parametrize("most", [1, 7, SIZE])
@pytest.mark.parametrize("end", ["", "\n", "\r\n"])
def test_a_table_is_read_however_it_comes(most, end):
    text = 'when,a,"b, c",y\r\nMon,1,2.5,3\n"Tue\nnoon",-1e3,+4,0\n\nWed, 7 ,8,9' + end
    features, targets, times, reader, problem = read(text, Columns("y", time="when"), most)
    assert problem is None
    assert reader.features == ("a", "b, c")
    assert features == [[1, 2.5], [-1000, 4], [7, 8]]
    assert targets == [3, 0, 9]
    assert times == ["Mon", "Tue\nnoon", "Wed"]
    assert reader.read == 3
    assert not reader.source.cut


def test_missing_values_are_nan_however_they_are_written():
    text = "a,y\n,1\nNA, ?\nn/a,null\nNaN,None\n nan ,2\n"
    features, targets, *_, problem = read(text, Columns("y"))
    assert problem is None
    assert np.isnan(features).all()
    assert np.isnan(targets).tolist() == [False, True, True, True, False]


def test_classes_are_texts_and_only_nothing_is_no_class():
    text = 'y\n1\n1.0\n\n""\nNone\n?\nup\n'
    _, targets, *_, problem = read(text, Columns("y", (), classes=True))
    assert problem is None
    assert targets == ["1", "1.0", "", "None", "?", "up"]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_other_separators(separator):
    text = "a,y\n1,2\n3,4\n".replace(",", separator)
    assert read(text, Columns("y"))[:2] == ([[1], [3]], [2, 4])


def test_text_that_comes_again_is_a_category_and_other_columns_are_left_out():
    rows = [f"{t},Rome,note {t},2026-01-{t % 28 + 1:02},{t},1\n" for t in range(30)]
    text = ",city,remark,day,a,y\n" + "".join(rows)
    *_, reader, problem = read(text, Columns("y"))
    assert problem is None
    assert (reader.features, reader.categories) == (("a",), ("city",))
    assert reader.left_out == {
        "": "no name",
        "remark": "texts that hardly come again",
        "day": "times: see --time",
    }


def test_remarks_in_a_few_rows_are_no_category():
    rows = [f"{f'pump {t}' if t % 30 == 0 else ''},{'up' if t % 2 else ''},1\n" for t in range(90)]
    *_, reader, problem = read("remark,way,y\n" + "".join(rows), Columns("y"))
    assert problem is None
    assert (reader.categories, list(reader.left_out)) == (("way",), ["remark"])


@pytest.mark.parametrize("most", [1, SIZE])
@pytest.mark.parametrize(
    ("text", "rows", "message"),
    [
        ("a,y\n1,2\n3,4\nx,5\n6,7\n", 2, "row 3: column 'a' must hold finite numbers"),
        ("a,y\n1,2\n3,bad\nbad,5\n", 1, "row 2: column 'y' must hold finite numbers"),
        ("a,y\n1,2\n3,inf\n", 1, "row 2: column 'y' must hold finite numbers"),
        ("a,y\n1,2\n1e200,4\n", 1, "row 2: column 'a' must hold finite numbers up to 1e+100"),
        ("a,y\n1,2\n1_0,4\n", 1, "row 2: column 'a' must hold finite numbers"),
        ("a,y\n1,2\n3\n5,6\n", 1, "row 2: must have 2 fields as the first line has, got 1"),
        ("a,y\n1,2\n3,4,5\n", 1, "row 2: must have 2 fields as the first line has, got 3"),
        ("a,y,é\n1,2,0\n".encode() + b"\xe9,4,0\n", 1, "row 2: byte 0xe9 is not UTF-8 text"),
        ('a,y\n1,2\n"3,4\n5,6\n', 1, "row 2: a quotation mark is not closed"),
    ],
)
def test_a_bad_row_ends_the_stream_after_all_rows_above_it(text, rows, message, most):
    features, *_, problem = read(text, Columns("y", ("a",)), most)
    assert len(features) == rows
    assert problem.startswith(f"a.csv, {message}")
    assert "\n" not in problem


def test_quarters_that_say_so_are_times_beside_a_year():
    _, _, times, _, problem = read("year,quarter,y\n2001,Q3,1\n", Columns("y", time="year,quarter"))
    assert (times, problem) == (["2001 Q3"], None)


def test_a_row_without_end_is_refused(monkeypatch):
    monkeypatch.setattr(csv_blocks, "LONGEST", 1 << 20)
    text = "a,y\n1,2\n" + '"' + "x" * (1 << 20)
    features, *_, problem = read(text, Columns("y"))
    assert len(features) == 1
    assert "row 2: no end in 1,048,576 characters: close a quotation mark" in problem
    *_, problem = read("a,y\n1,2\n" + "x" * ((1 << 20) + 1), Columns("y"))
    assert "row 2: a line is longer than 1,048,576 characters" in problem
    features, *_, problem = read(f'a,y\n1,2\n"{"x" * 200_000}",4\n', Columns("y"))
    assert len(features) == 1
    assert "row 2: field larger than field limit" in problem


@pytest.mark.parametrize("end", ["3", "", '"3', '3,"4'])
def test_a_last_row_that_is_cut_off_is_left_out(end):
    features, *_, reader, problem = read(f"a,b,y\n1,2,3\n{end}", Columns("y"))
    assert problem is None
    assert features == [[1, 2]]
    assert reader.source.cut is bool(end)


@pytest.mark.parametrize(
    ("text", "columns", "message"),
    [
        ("", Columns("y"), "a.csv is empty: its first line must name the columns"),
        ("\n\n", Columns("y"), "a.csv is empty"),
        ("1,2\n3,4\n", Columns("y"), "a.csv has no column 'y': known are 1, 2"),
        ('a,"y\n', Columns("y"), "has a quotation mark in line 1 that is not closed"),
        (b"\xff\xfea\0", Columns("y"), "a.csv has no column 'y': known are a"),
        (b"a\0\0\0y", Columns("y"), "a.csv holds bytes that are not text"),
        ("price,x\n", Columns("prise"), "a.csv has no column 'prise': did you mean price?"),
        ("y,a\n", Columns("y", ("b",)), "a.csv has no column 'b'"),
        ("y,a\n", Columns("y", time="ts"), "a.csv has no column 'ts'"),
        ("y,a,y\n", Columns("y"), "a.csv has two columns 'y': rename one of them"),
        ("y,a,a\n1,2,3\n", Columns("y"), "a.csv has two columns 'a': rename one"),
        ("day,week,y\n1,9,1\n", Columns("y", time="day,week"), "--time 'week': numbers of weeks"),
        ("y,week,d\n1,9,1\n", Columns("d", time="y,week,d"), "--time 'week': numbers of weeks"),
        ("a~y\n1~2\n", Columns("y"), "no column 'y': its only column is 'a~y': say what separates"),
        ('"a,y"\n"1,2"\n', Columns("y"), "take out quotation marks around whole lines"),
        ("t,y\n2024-01-02,1,5\n", Columns("y"), "2 names above rows of 3 fields, some of them"),
    ],
)
def test_first_lines_that_are_refused(text, columns, message):
    data = text if isinstance(text, bytes) else text.encode()
    with pytest.raises(InputError) as refused:
        list(Reader(CsvSource(Pipe(data), "a.csv"), columns))
    assert message in str(refused.value)


cells = st.one_of(
    st.floats(-1e100, 1e100, allow_nan=False).map(repr), st.sampled_from(["", "NA", "0", " 5 "])
)


@given(
    st.lists(st.tuples(cells, cells), min_size=1, max_size=20), st.integers(1, 40), st.booleans()
)
def test_numbers_are_those_of_python(rows, most, quoted):
    lines = [",".join(f'"{each}"' if quoted else each for each in row) for row in rows]
    text = "a,y\n" + "\n".join(lines) + "\n"
    features, targets, *_, problem = read(text, Columns("y"), most)
    expected = [
        [float(each) if each.strip() not in ("", "NA") else np.nan for each in row] for row in rows
    ]
    assert problem is None
    np.testing.assert_array_equal(np.column_stack([np.ravel(features), targets]), expected)


def test_files_that_cannot_be_opened(tmp_path):
    for path in (tmp_path, tmp_path / "nothing.csv"):
        with pytest.raises(InputError, match="cannot be read"), open_source(str(path)):
            pass


def whole(path, columns):
    """Reader, all rows of a file, and what ended them."""
    rows, problem = [], None
    with open_source(str(path)) as source:
        reader = Reader(source, columns)
        try:
            rows.extend(reader)
        except InputError as error:
            problem = str(error)
    return reader, rows, problem


def test_a_parquet_file(tmp_path):
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    table = arrow.table(
        {
            "when": arrow.array([0, None, 1], arrow.timestamp("s")),
            "a": arrow.array([1, None, 3], arrow.int32()),
            "on": [True, False, None],
            "city": ["Rome", None, "Oslo"],
            "y": [0.5, np.inf, 2.5],
        }
    )
    path = tmp_path / "a.parquet"
    parquet.write_table(table, path)
    _, (rows,), _ = whole(path, Columns("city", ("a", "on"), "when", classes=True))
    np.testing.assert_array_equal(rows.features, [[1, 1], [np.nan, 0], [3, np.nan]])
    assert rows.target == ["Rome", "", "Oslo"]
    assert rows.times == ["1970-01-01 00:00:00", "", "1970-01-01 00:00:01"]

    reader, _, problem = whole(path, Columns("y", time="when"))
    assert "row 2: column 'y' must hold finite numbers" in problem
    assert (reader.features, reader.categories, reader.read) == (("a", "on"), ("city",), 1)
    *_, problem = whole(path, Columns("city", ()))
    assert "row 1: column 'city' must hold numbers, got 'Rome'" in problem
    *_, problem = whole(path, Columns("when", ()))
    assert "row 1: column 'when' must hold numbers, got the type" in problem
    path.write_bytes(b"PAR1 and no more")
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        whole(path, Columns("y"))


def test_columns_of_parquet_that_hold_numbers_as_texts_or_nothing(tmp_path):
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    columns = {
        "text": ["1.5", "NA", None, "4"],
        "coded": pa.array(["7", "8", "7", None]).dictionary_encode(),
        "codes": pa.array([7, 8, 7, None]).dictionary_encode(),
        "nothing": pa.nulls(4),
        "y": [1, 2, 3, 4],
    }
    path = tmp_path / "a.parquet"
    parquet.write_table(pa.table(columns), path)
    reader, (rows,), _ = whole(path, Columns("y"))
    nan = math.nan
    expected = {
        "text": [1.5, nan, nan, 4],
        "coded": [7, 8, 7, nan],
        "codes": [7, 8, 7, nan],
        "nothing": [nan, nan, nan, nan],
    }
    assert list(reader.features) == list(expected)
    np.testing.assert_array_equal(rows.features.T, list(expected.values()))
    assert rows.target.tolist() == [1.0, 2.0, 3.0, 4.0]
    parquet.write_table(pa.table({"x": ["1", "2", "3", "4", "x"], "y": [1, 2, 3, 4, 5]}), path)
    assert "row 5: column 'x' must hold numbers, got 'x'" in whole(path, Columns("y"))[2]


def test_parquet_needs_its_extra(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "a.parquet").touch()
    with pytest.raises(InputError, match=r'python -m pip install "longlag\[parquet\]"'):
        whole(tmp_path / "a.parquet", Columns("y"))


def test_order_of_times():
    order = Order(Times([]))
    order.add(range(1, 5), ["2026-01-01", "2026-01-02T00:00:00+00:00", "", "2026-01-01 12:00"])
    order.add(range(5, 9), ["2026-01-03", "today", "2026-01-04", "2025-12-31"])
    assert (order.backward, order.first) == (2, 4)
    order = Order(Times([]))
    order.add(range(1, 5), ["9", "10", "10", "8.5"])
    assert (order.backward, order.first) == (1, 4)


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2024-02-28 24:00", "2024-02-29 00:00"),
        ("2024-12-31T24:00:00", "2025-01-01T00:00:00"),
        ("31.12.2024 24:00", "01.01.2025 00:00"),
        ("2024-12-31 24:00+02:00", "2025-01-01 00:00+02:00"),
        ("2024-12-31 24:01", None),
        ("2024-12-31 24:00:30", None),
        ("9999-12-31 24:00", None),
        ("2024-02-30 24:00", None),
    ],
)
def test_the_end_of_a_day_is_the_beginning_of_the_next(text, same):
    times = Times([same or text])
    assert times.instant(text) == (times.instant(same) if same else None)
    assert (times.clock(text) is None) == (same is None)


def test_times_that_cannot_be_read_and_times_that_stand_still_are_remarked_on():
    order = Order(Times([]))
    order.add(range(1, 5), ["2026-01-01", "2026-01-02", "", "2026-01-03"])
    assert order.remark("'day'") == (
        "1 row has no time in 'day', first row 3: is it a row like the others, and no subtotal?"
    )
    order = Order(Times([]))
    order.add(range(1, 4), ["2026-01-01", "2026-01-02", "2026-01-03"])
    assert order.remark("'day'") is None
    order.add([5, 6], ["Total", "Mean"])
    assert "2 of 5 times in 'day' cannot be read, first 'Total' in row 5" in order.remark("'day'")
    order = Order(Times([]))
    order.add(range(1, 7), ["1", "1", "1", "2", "2", "2"])
    assert "4 rows have the time of the row above" in order.remark("'day'")
    assert "--group" in order.remark("'day'")


def test_days_as_spreadsheets_count_them_are_asked_for_where_the_name_says_date():
    order = Order(Times(["45294", "45295"]))
    order.add([1, 2], ["45294", "45295"])
    assert "learn anew with --time-format excel" in order.remark("'Date'")
    assert order.remark("'row'") is None


def test_clocks_without_dates_have_no_order():
    clocks = [f"{hour % 24:02}:00" for hour in range(48)]
    order = Order(Times(clocks))
    order.add(range(1, 49), clocks)
    remark = order.remark("'clock'")
    assert "clocks without dates" in remark
    assert "--sort" not in remark


def test_columns_of_one_name_are_left_out_where_that_is_said():
    text = "a,a,b,y\n1,2,3,4\n5,6,7,8\n"
    with pytest.raises(InputError, match="two columns 'a': rename one, --exclude both"):
        read(text, Columns("y"))
    features, targets, _, reader, _ = read(text, Columns("y", exclude=("a",)))
    assert (features, targets, reader.features) == ([[3.0], [7.0]], [4.0, 8.0], ("b",))


def test_a_time_that_tells_day_from_month():
    day_first = [f"{day:02}/05/2024" for day in range(1, 13)]
    doubted = Order(Times(day_first))
    doubted.add(range(1, 13), day_first)
    assert "read as %d/%m/%Y: --time-format, if they are not" in doubted.remark("'when'")
    doubted.add([13, 14], ["13/05/2024", "14/05/2024"])
    assert doubted.remark("'when'") is None
    turned = Order(Times(day_first))
    turned.add([1, 2, 3], ["01/05/2024", "05/13/2024", "05/14/2024"])
    assert "'05/13/2024' in row 2 can only be %m/%d/%Y" in turned.remark("'when'")
    assert Times([*day_first * 10, "05/13/2024"]).form == "%m/%d/%Y"


def test_how_much_has_been_read(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("a,y\n" + "1,2\n" * 200_000)
    with open_source(str(path)) as source:
        reader = Reader(source, Columns("y"))
        shares = [reader.share(reader.read) for _ in reader]
    assert len(shares) > 2
    assert shares == sorted(shares)
    assert 0.0 < shares[0] < 0.5
    assert shares[-1] == 1.0
    assert read("a,y\n1,2\n", Columns("y"))[-2].share(1) is None  # a pipe


@given(st.lists(st.lists(st.text('ab ",', max_size=3), min_size=2, max_size=2), unique_by=tuple))
def test_groups_of_several_columns_have_names_of_their_own(groups):
    several = [group for group in groups if any(group)]
    assert len({group_name(group) for group in several}) == len(several)
    assert "" not in map(group_name, several)
