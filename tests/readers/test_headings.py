"""Which lines of a table are its names, and which its first row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.text_tables import numbers, read, source_of

from longlag.errors import InputError
from longlag.readers.form import Wishes
from longlag.readers.sources import Columns, Reader

DATES = [f"2024-03-{day:02}" for day in range(1, 10)]


@pytest.mark.parametrize(
    ("heads", "names", "said"),
    [
        # as pandas writes columns of several levels, and as yfinance downloads prices
        (
            [",close,close,volume", ",A,B,A", "date,,,"],
            ["date", "close A", "close B", "volume A"],
            "names in lines 1 to 3",
        ),
        (
            ["Price,Close,High,Low", "Ticker,A,A,A", "Date,,,"],
            ["Date", "Close A", "High A", "Low A"],
            "names in lines 1 to 3",
        ),
        # merged cells of a workbook
        (
            [",North,,South", "time,temp,hum,temp"],
            ["time", "North temp", "hum", "South temp"],
            "names in lines 1 to 2",
        ),
        (
            ["Quelle: A,,,", ",Nord,,Süd", "time,temp,hum,temp", ",(C),(%),(C)"],
            ["time", "Nord temp", "hum", "Süd temp"],
            "names in lines 2 to 3, units in line 4",
        ),
        # years above the names, which look like values
        (
            [",2019,,2020", "time,temp,hum,temp"],
            ["time", "2019 temp", "hum", "2020 temp"],
            "names in lines 1 to 2",
        ),
        # a second line for the columns of numbers alone
        (
            ["Umsatz,,,", "Datum,Umsatz,Kunden,Zeit", ",EUR,Anzahl,Tage"],
            ["Datum", "Umsatz EUR", "Kunden Anzahl", "Zeit Tage"],
            "names in lines 2 to 3",
        ),
        # three lines, as of a weather service: the middle one has few names, or none
        (
            [",,North,North", "time,temp,wind,wind", ",,gusts,gusts", ",,,quality"],
            ["time", "temp", "wind gusts", "quality"],
            "names in lines 2 to 4",
        ),
        (
            ["time,temp,wind,wind", ",,,", ",quality,,quality"],
            ["time", "temp quality", "wind", "wind quality"],
            "names in lines 1 to 3",
        ),
        # a line of types below the names
        (
            ["H,Date,Price,Loss", "H,Date,$/MWh,$/MWh"],
            ["H", "Date", "Price", "Loss"],
            "units in line 2",
        ),
        # a title, and an empty line, as a workbook has them
        (["Report,,,2024", ",,,", "time,a,,c"], ["time", "a", "", "c"], "names in line 3"),
        ([",Report,,", "time,a,,c"], ["time", "a", "", "c"], "names in line 2"),
        # nothing to mend: a title, and names that are complete
        (["Report,,,", ",a,b,c"], ["time", "a", "b", "c"], "names in line 2"),
        (["x,y,z,w", "a,b,c,d"], ["a", "b", "c", "d"], "names in line 2"),
        # lines above that do not help
        (["x,y,z,z", "a,b,c,c"], ["a", "b", "c", "c"], "names in line 2"),
    ],
)
def test_names_in_several_lines_are_joined_where_one_is_not_enough(heads, names, said):
    rows = [f"{date},{n},{n + 1},{n * n % 7}" for n, date in enumerate(DATES)]
    source = source_of("\n".join([*heads, *rows, ""]))
    assert source.names == names
    assert source.taken_for == said
    (block,) = source.blocks()
    assert block.numbers([1, 2])[:, 0].tolist() == list(range(len(rows)))
    again = source_of("\n".join([*heads, *rows, ""]), expected=source.expected([names[1]]))
    assert again.names == names
    assert again.first_texts() == source.first_texts()


@pytest.mark.parametrize("rows", [3, 150])
@pytest.mark.parametrize(
    ("heads", "names"),
    [
        (
            [";STP 5;STP 5;SB 3", ";2130;2130;99", ";Yield;Power;Yield", "dd/MM/yyyy;kWh;kW;kWh"],
            ["time", "2130 Yield", "Power", "99 Yield"],
        ),
        ([";7;7;9", ";mean;max;mean", "time;m;l;m"], ["time", "7 mean m", "l", "9 mean m"]),
    ],
)
def test_numbers_of_instruments_above_the_names_are_no_row(heads, names, rows):
    """As an inverter writes them: the rows below have times, and these lines none."""
    lines = [f"01/03/2024 {n // 60:02}:{n % 60:02}:00;{n},5;2,{n};7" for n in range(rows)]
    source, *_, targets, _ = read("\n".join([*heads, *lines, ""]), names[1], time=names[0])
    assert source.names == names
    assert targets == [n + 0.5 for n in range(rows)]


@pytest.mark.parametrize("last", [",5,6", ",NA,", ",x,6"])
def test_first_rows_without_a_time_are_rows_above_others(last):
    rows = [",4,5", last, *(f"{date},1,2" for date in DATES), ""]
    source = source_of("\n".join(["time,a,b", *rows]))
    assert (source.names, source.form.rows) == (["time", "a", "b"], 2)


def test_a_name_in_adjoining_cells_of_a_line_stands_for_these_alone():
    """As of a weather service: the last cell has the quality of the speed, not of its direction."""
    heads = ["time,speed,speed,speed,speed", ",,direction,direction,", ",,,quality,quality"]
    rows = [f"{date},{n},2,8,1" for n, date in enumerate(DATES)]
    assert source_of("\n".join([*heads, *rows, ""])).names == [
        "time",
        "speed",
        "speed direction",
        "speed direction quality",
        "speed quality",
    ]


@pytest.mark.parametrize("first", ["4,2", "1,2,4,4", "2024-01-01,7", "5,2,3,left"])
def test_a_first_row_with_too_few_or_too_many_fields_is_no_line_of_names(first):
    text = "\n".join(["a,b,y", first, *(f"{n},{n + 1},{n * n}" for n in range(9)), ""])
    reader = Reader(source_of(text), Columns("y"))
    assert reader.source.names == ["a", "b", "y"]
    with pytest.raises(InputError, match=r"row 1: must have 3 fields as the first line has, got"):
        list(reader)


@pytest.mark.parametrize("period", ["2004-{:02}", "2004M{:02}", "20{:02}-Q1", "20{:02} Q3"])
@pytest.mark.parametrize("text", ["<1", "< 0.5", "ND", "n.b."])
@pytest.mark.parametrize("first", [1, 5])
def test_first_rows_without_a_number_are_rows_if_they_have_a_period(period, text, first):
    rows = [f"{period.format(n)},{text if n <= first else n}" for n in range(1, 13)]
    source = source_of("\n".join(["A title", "", "month,y", *rows, ""]))
    assert source.names == ["month", "y"]
    assert len(source.first_texts()[0]) == 12


@pytest.mark.parametrize("size", [" 1950        2023", "A hill\n  40.05  -88.37 230 m version 1"])
@pytest.mark.parametrize("end", ["", "  -99.9\n  An index\n"])
def test_years_or_a_place_above_rows_without_names_are_no_row(size, end):
    """As of climate indices and stations of radiation."""
    row = " 7.5" * 11
    rows = "".join(f" {year} {year % 7}.5{row}\n" for year in range(1950, 2020))
    source, *_, targets, _ = read(f"{size}\n{rows}{end}", "2")
    assert (source.form.names, len(targets)) == (0, 70)
    assert f"rows from line {size.count(chr(10)) + 2}" in source.taken_for


@pytest.mark.parametrize(
    "text",
    [
        "8,2,3\n" + "1,2,3,4\n" * 9,  # more than half of the fields
        "8,2\n" + "1,2,3,4\n" * 2,  # too few rows to tell
        "8,2\n8,2\n" + "1,2,3,4\n" * 9,  # more than one such line
        "8,2\n1,2,3,4\n5,6\n" + "1,2,3,4\n" * 9,
        "# a,b,c,d\n8,2\n" + "1,2,3,4\n" * 9,  # maybe a row below names
        "8,2,3,4,5,6\n" + "1,2\n" * 9,
    ],
)
def test_another_first_line_of_numbers_above_rows_without_names_is_a_bad_row(text):
    source = source_of(text)
    with pytest.raises(InputError, match=r"row 1: must have \d fields as the first line has, got"):
        list(Reader(source, Columns(source.names[1])))


@pytest.mark.parametrize(
    "head",
    [
        "date,<10,10-50,>50",
        "date,1*,2*,3*",
        "time,10 n,20 n,30 n",
        "sector,2023Q4,y,z",
        "geo,2019 p,2020 p,x",
    ],
)
def test_names_may_look_like_limits_footnotes_and_periods(head):
    first = [f"2024-01-{n:02}" if head[0] in "dt" else f"a{n}" for n in range(1, 20)]
    rows = [f"{text},{n},{n * n}.5,3" for n, text in enumerate(first)]
    assert source_of("\n".join([head, *rows, ""])).names == head.split(",")


numbers_or_none = st.one_of(st.integers(0, 3000).map(str), st.sampled_from(["", "0.5", "NA"]))


@given(
    st.sampled_from(["a,b,y", "2019,2020,y", "Land,1990,1991", "a,b,", "a,b,y,"]),
    st.lists(
        st.lists(numbers_or_none, min_size=1, max_size=6).filter(
            lambda row: len(row) != 3 and any(row)
        ),
        min_size=1,
        max_size=3,
    ),
)
def test_first_rows_of_numbers_with_too_few_or_too_many_fields_hide_no_names(heads, ragged):
    """Also where they count as years do, or hold a single number."""
    rows = [*map(",".join, ragged), *(f"{n + 7},{n},{n * n}.5" for n in range(9))]
    source = source_of("\n".join([heads, *rows, ""]))
    assert source.names[:3] == heads.split(",")[:3]
    with pytest.raises(InputError, match=r"row 1: must have \d fields as the first line has, got"):
        list(Reader(source, Columns("b" if "b" in source.names else source.names[1])))


@pytest.mark.parametrize("title", ["Population, by country, thousands", "Population"])
def test_years_below_a_title_are_names_above_rows_that_begin_with_a_text(title):
    source = source_of("\n".join([title, "1990,1991", *(f"r{n},{n}.5,1" for n in range(9)), ""]))
    assert (source.names, source.form.row_names) == (["1990", "1991"], True)


@pytest.mark.parametrize("heads", ["1990,1991", "Land,1990,1991,1992"])
def test_years_may_be_names_behind_the_names_of_rows(heads):
    width = heads.count(",") + 1
    text = "\n".join([heads, *(f"r{n}" + f",{n}.5" * width for n in range(9)), ""])
    source = source_of(text)
    assert (source.names, source.form.row_names) == (heads.split(","), True)


@pytest.mark.parametrize(
    "text",
    [
        "| t | y |\n|---|---:|\n| 1 | 2 |\n| 3 | 4 |\n",
        " t | y \n---+---\n 1 | 2\n 3 | 4\n",
        "t    y\n---- -----\n1    2\n3    4\n",
        "+---+---+\n| t | y |\n+---+---+\n| 1 | 2 |\n| 3 | 4 |\n",
        "t;y\n===;===\n1;2\n3;4\n",
    ],
)
def test_a_line_drawn_below_the_names_is_no_row(text):
    assert numbers(text) == ([[1.0], [3.0]], [2.0, 4.0])


def test_names_that_come_again_below_the_first_row_do_not_hide_it():
    assert numbers("t,y\n1,2\nt,y\n3,4\n5,6\n") == ([[1.0], [3.0], [5.0]], [2.0, 4.0, 6.0])


def test_a_row_of_dashes_among_rows_is_one_of_missing_values():
    *_, targets, _ = read("t,y\n1,2\n---,---\n3,4\n", "y")
    assert len(targets) == 3


@pytest.mark.parametrize(
    "times", [["0:00", "1:00"], ["1/22/20", "1/23/20"], ["2024-01-01", "2024-01-02", "2024-01-03"]]
)
@pytest.mark.parametrize("first", ["Date", "Country,Lat"])
def test_times_among_the_names_are_names_above_rows_without_times(times, first):
    names = [*first.split(","), *times]
    rows = [",".join([f"c{n}", *[f"{n}.5"] * (len(names) - 1)]) for n in range(9)]
    assert source_of("\n".join([",".join(names), *rows, ""])).names == names
    rows = [",".join(["c", *first.split(",")[1:], *times])] * 9  # of rows alone
    assert source_of("\n".join([*rows, ""])).form.names == 0


@pytest.mark.parametrize("above", ["", "C,WORLD,2024/03/01,00:05:04,5\n"])
def test_a_number_that_all_rows_repeat_may_stand_among_the_names(above):
    """As in files of a market of power, where it is the version of the kind of rows."""
    rows = [f"D,PRICE,4,{date},{n}.5,NSW1" for n, date in enumerate(DATES)]
    text = "\n".join([above + "I,PRICE,4,date,price,region", *rows, ""])
    source, *_, targets, times = read(text, "price", time="date")
    assert source.names == ["I", "PRICE", "4", "date", "price", "region"]
    assert (targets, times) == ([n + 0.5 for n in range(9)], DATES)
    again = source_of(text, expected=source.expected(["price"]))
    assert sum(len(each.target) for each in Reader(again, Columns("price"))) == 9


@pytest.mark.parametrize("first", ["4,bad,2", "4,NA,NA", "5,bad,worse", "4,bad,bad"])
def test_a_first_row_with_texts_is_a_row_if_no_line_names_the_columns(first):
    source = source_of("\n".join([first, *(f"4,{n},{n * n}" for n in range(9)), ""]))
    assert (source.names, source.form.rows) == (["1", "2", "3"], 1)


@pytest.mark.parametrize("note", ["all values in kW", "a\nb c d"])
@pytest.mark.parametrize("names", ["t,y", "t,x,y"])
def test_a_note_between_names_and_rows_hides_no_names(note, names):
    width = names.count(",") + 1
    text = "\n".join([names, note, *(",".join([f"{n}.5"] * width) for n in range(9)), ""])
    expected = source_of(text).expected(["t"])
    for source in (source_of(text), source_of(text, expected=expected)):
        assert source.names == names.split(",")
        assert sum(len(rows.target) for rows in Reader(source, Columns("y"))) == 9


@pytest.mark.parametrize("rows", [20, 28, 200])
@pytest.mark.parametrize("notes", [["Quelle: A, B", "Stand: 2024"], ["a b", "c d"], ["x, y"]])
def test_notes_below_a_short_table_do_not_say_how_it_is_cut(rows, notes):
    lines = ["d;y", *(f"0{n % 9 + 1}.01.2024;{n},5" for n in range(rows)), *notes, ""]
    source = source_of("\n".join(lines))
    assert (source.names, source.form.separator) == (["d", "y"], ";")
    lines = ["y", *(f"{n}.5" for n in range(rows)), *notes, ""]  # a row that cannot be used
    with pytest.raises(InputError, match=rf"row {rows + 1}: (column 'y' must|must have 1 field)"):
        list(Reader(source_of("\n".join(lines)), Columns("y")))


CAMPBELL = """"TOA5","CR1000","CR1000","12345","CR1000.Std.28","CPU:a.CR1","1234","Hourly"
"TIMESTAMP","RECORD","T_Avg"
"TS","RN","Deg C"
"","","Avg"
"2024-01-05 00:00:00",0,1.5
"2024-01-05 01:00:00",1,"NAN"
"""


@pytest.mark.parametrize("kind", ["TOA5", "TOACI1"])
def test_campbell_loggers_say_where_their_names_are(kind):
    text = CAMPBELL.replace("TOA5", kind)
    if kind == "TOACI1":
        text = text.replace('"TS","RN","Deg C"\n"","","Avg"\n', "")
    expected = source_of(text).expected(["T_Avg"])
    for source in (source_of(text), source_of(text, expected=expected)):
        (rows,) = Reader(source, Columns("RECORD", time="TIMESTAMP"))
        assert source.names == ["TIMESTAMP", "RECORD", "T_Avg"]
        assert rows.target.tolist() == [0.0, 1.0]
    with pytest.raises(InputError, match="--names"):
        source_of(text, Wishes(names=1))


@pytest.mark.parametrize("kept", [0, 1, 2])
def test_no_row_of_a_campbell_logger_is_lost_where_its_units_were_taken_out(kept):
    lines = CAMPBELL.splitlines(keepends=True)
    source = source_of("".join([*lines[: 2 + kept], *lines[4:]]))
    (rows,) = Reader(source, Columns("RECORD", time="TIMESTAMP"))
    assert source.names == ["TIMESTAMP", "RECORD", "T_Avg"]
    assert rows.target.tolist() == [0.0, 1.0]


@pytest.mark.parametrize("form", ["# name {} = {}", "# {}: {}", "%({}) {}", "#col{}={}"])
@pytest.mark.parametrize("start", [0, 1])
@pytest.mark.parametrize("end", ["", "*END*\n"])
def test_comments_that_number_the_columns_name_them(form, start, end):
    """As of instruments at sea, and in many files of science."""
    names = ["depth", "T90: temperature, in [C]", "flag"]
    heads = [form.format(n, name) for n, name in enumerate(names, start)]
    rows = "".join(f"  {n}.5   {n % 7}.25  0\n" for n in range(150))
    text = "\n".join(["# 3 columns", *heads, "# 0.5 m = a bin", end + rows])
    source, *_, targets, _ = read(text, names[1])
    assert (source.names, source.taken_for[:27]) == (names, "blanks, names in lines 2 to")
    assert targets == [n % 7 + 0.25 for n in range(150)]
    again = source_of(text, expected=source.expected(["depth"]))
    assert (again.names, len(again.first_texts()[0])) == (names, len(source.first_texts()[0]))
    less = "\n".join(["# 3 columns", *heads[:2], end + rows])
    assert source_of(less).names == ["1", "2", "3"]


def test_units_in_a_comment_below_the_names_in_a_comment_are_no_names():
    source = source_of("# of 2024\n# time x y\n# s m m\n1 2 3\n4 5 6\n")
    (rows,) = Reader(source, Columns("y"))
    assert source.names == ["time", "x", "y"]
    assert rows.target.tolist() == [3.0, 6.0]


def test_a_comment_that_repeats_units_below_names_in_a_comment_is_no_line_of_names():
    """As in tables of buoys."""
    heads = "#YY  MM DD WSPD GST  WVHT\n#yr  mo dy m/s  m/s     m\n"
    source = source_of(
        heads + "".join(f"2024 01 {n:02} {n}.5 {n}.75 0.{n}\n" for n in range(1, 30))
    )
    assert source.names == ["YY", "MM", "DD", "WSPD", "GST", "WVHT"]
    assert source.form.units == 2
    (rows,) = Reader(source, Columns("GST"))
    assert rows.target.tolist() == [n + 0.75 for n in range(1, 30)]


def test_two_lines_of_names_behind_tabs_are_joined():
    """As a weather station writes them: the columns of times have no name in the first line."""
    heads = "\t\tTemp\tHi\tLow\nDate\tTime\tOut\tTemp\tTemp\n"
    rows = "".join(f"01/02/24\t{n}:00a\t{n}.5\t{n}.7\t{n}.3\n" for n in range(1, 12))
    source = source_of(heads + rows)
    assert source.names == ["Date", "Time", "Out", "Hi Temp", "Low Temp"]
    assert source.form.separator == "\t"


@pytest.mark.parametrize("title", ["Level of the lake", "Level, daily", "Lake; level", "a\tb"])
@pytest.mark.parametrize("rows", [["1.5", "2", "3.5"], ["2024-01-01", "2024-01-02", "NA"]])
def test_a_title_does_not_cut_the_single_column_below_it(title, rows):
    source = source_of("\n".join([title, "level", *rows, ""]))
    assert source.names == ["level"]
    (found,) = Reader(source, Columns("level", features=(), classes=True))
    assert found.target == rows


def test_the_line_of_the_first_row_is_that_of_later_tables_too():
    text, wishes = "t,y\nseconds,celsius\n1,2\n3,4\n", Wishes(names=1, rows=3)
    source = source_of(text, wishes)
    (rows,) = Reader(source_of(text, wishes, source.expected(["t", "y"])), Columns("y"))
    assert rows.target.tolist() == [2.0, 4.0]


@pytest.mark.parametrize("row", ["off,off", "off,broken", "NA,NA", "bad,3"])
@pytest.mark.parametrize("first", ["1,2", "NA,2"])
def test_texts_among_rows_are_no_names(first, row):
    text = "\n".join(["t,y", first, row, *(f"{n},{n * n % 7}" for n in range(9)), ""])
    source = source_of(text)
    assert (source.names, source.form.rows) == (["t", "y"], 2)


def test_formats_and_units_of_some_columns_below_the_names_are_no_names():
    usgs = (
        "# of the USGS\nsite\tdatetime\tflow\n15s\t20d\t14n\n7\t2024-01-01\t5\n7\t2024-01-02\t6\n"
    )
    assert numbers(usgs, "flow")[1] == [5.0, 6.0]
    office = (
        "  yyyy  mm  tmax  rain\n            degC  mm\n  2024   1   7.5   3\n  2024   2   8.5   4\n"
    )
    assert numbers(office, "tmax")[1] == [7.5, 8.5]


def test_names_in_a_comment_may_have_an_empty_comment_below_them():
    source = source_of(
        "# of the KNMI\n#\n# STN,DATE,   TG\n#\n  260,20240101,  5\n  260,20240102,  6\n"
    )
    assert source.names == ["STN", "DATE", "TG"]


@pytest.mark.parametrize(
    ("wishes", "said"),
    [
        (Wishes(names=3), "has nothing in line 3"),
        (Wishes(names=4), "has nothing in line 4"),
        (Wishes(names=500), "has 4 lines, too few for --names 500"),
        (Wishes(rows=500), "has 4 lines, too few for --rows 500"),
        (Wishes(names=1, rows=6), "has 4 lines, too few for --rows 6"),
    ],
)
def test_a_line_that_a_person_names_must_be_there(wishes, said):
    with pytest.raises(InputError, match=said):
        source_of("t,y\n1,2\n\n\n", wishes)


def test_rows_may_begin_below_the_end_of_a_table_that_grows():
    assert source_of("t,y\n", Wishes(names=1, rows=2)).names == ["t", "y"]


def test_much_text_above_the_names_is_passed_over():
    above = f"{'a note, and more. ' * 1000}\n" * 9  # more than the text to judge a table by
    source = source_of(f"{above}t,y\n1,2\n3,4\n", Wishes(names=10))
    assert (source.names, source.taken_for) == (["t", "y"], "names in line 10")
