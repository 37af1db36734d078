"""Lines of metadata between names and rows, as offices and banks write them, and unnamed times."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.text_tables import read, source_of

from longlag.readers.sources import Columns, Reader

DAYS = [f"2024-03-{day:02}" for day in range(1, 31)]
QUARTERS = [f"{year} Q{quarter}" for year in range(1988, 1998) for quarter in range(1, 5)]
MONTHS = [f"{year} {month}" for year in range(1988, 2000) for month in ("JAN", "JUN", "DEC")]
#: The British ONS, the Bundesbank twice, the Australian ABS: the lines above the rows, and names.
TABLES = {
    "ONS": (
        '"Title","CPIH: 2015=100"\n"CDID","L55O"\n"Source dataset ID","MM23"\n"PreUnit",""\n'
        '"Unit","%"\n"Release date","18-12-2024"\n"Next release","15 January 2025"\n'
        '"Important Notes",\n',
        ["Title", "CPIH: 2015=100"],
    ),
    "Bundesbank": (
        '"",BBEX3.D.USD,BBEX3.D.USD_FLAGS\n"",1 EUR = ... USD,\nEinheit,USD,\nDimension,Eins,\n'
        "Stand vom,29.11.2024 15:59:08,\n",
        ["time", "BBEX3.D.USD", "BBEX3.D.USD_FLAGS"],
    ),
    "Bundesbank, in German": (
        "Datum;BBK01.WT1010;BBK01.WT1011\n;Einheit;%\nStand vom;29.11.2024;29.11.2024\n",
        ["Datum", "BBK01.WT1010", "BBK01.WT1011"],
    ),
    "ABS": (
        ',"Index ; Sydney ;","Index ; Perth ;"\nUnit,Index Numbers,Index Numbers\n'
        "Collection Month,3,3\nSeries Start,Sep-1948,Sep-1948\nNo. Obs.,305,305\n"
        "Series ID,A2325846C,A2325806K\n",
        ["Series ID", "A2325846C", "A2325806K"],
    ),
}


@pytest.mark.parametrize("times", [DAYS, QUARTERS, MONTHS, list(map(str, range(1950, 2000)))])
@pytest.mark.parametrize("office", TABLES)
def test_lines_of_metadata_below_the_names_are_no_rows(office, times):
    above, names = TABLES[office]
    mark = ";" if ";B" in above else ","
    rows = [mark.join([time, *[f"{n}.5"] * (len(names) - 1)]) for n, time in enumerate(times)]
    text = "\n".join([above + rows[0], *rows[1:], ""])
    source, *_, targets, _ = read(text, names[1])
    assert source.names[1:] == names[1:]
    assert source.names[0] == names[0] or (names[0] == "time" and times[0] == "1950")
    assert targets == [n + 0.5 for n in range(len(times))]
    assert source.form.rows == above.count("\n") + 1
    again = source_of(text, expected=source.expected([names[1]]))  # the next file of the stream
    assert sum(len(rows.target) for rows in Reader(again, Columns(names[1]))) == len(times)


GROUPS = [
    "file,timestamp,2024-01-05T10:00:00",
    "station,id,39001",
    "station,name,Thames at Kingston",
    "type,id,gdf",
    "type,units,m3/s",
    "data,last,2022-09-30",
]


@pytest.mark.parametrize("head", ["", "date,flow,flag"])
@pytest.mark.parametrize("flag", ["", "E"])
def test_lines_of_metadata_in_groups_are_no_rows(head, flag):
    """As the British archive of rivers writes them: its rows have no names."""
    rows = [f"{day},{n}.5,{flag}" for n, day in enumerate(DAYS)]
    text = "\n".join([*GROUPS, *filter(None, [head]), *rows, ""])
    names = head.split(",") if head else ["1", "2", "3"]
    source, *_, targets, times = read(text, names[1], time=names[0])
    assert (source.names, times) == (names, DAYS)
    assert targets == [n + 0.5 for n in range(len(DAYS))]


@pytest.mark.parametrize("first", ["total,north,5", "total,1.5,", "total,,5"])
def test_rows_without_a_time_above_others_are_no_groups_of_metadata(first):
    rows = [f"{day},north,{n}" for n, day in enumerate(DAYS)]
    text = "\n".join(["date,place,flow", first, first.replace("5", "6"), *rows, ""])
    source, *_, targets, _ = read(text, "flow")
    assert (source.names, len(targets)) == (["date", "place", "flow"], len(DAYS) + 2)


@given(st.lists(st.sampled_from(["x", "mean", "", "n/a", "7"]), min_size=1, max_size=3))
def test_first_rows_with_a_doubtful_time_are_rows(first):
    """A single one, or several that say the same, such as a mean of all."""
    first = first if len(set(first) - {"", "n/a", "7"}) < 2 or len(first) < 2 else first[:1]
    rows = [f"{text},{n}.5" for n, text in enumerate([*first, *DAYS])]
    *_, targets, _ = read("\n".join(["d,y", *rows, ""]), "y")
    assert targets == [n + 0.5 for n in range(len(rows))]


def test_times_in_a_first_column_without_a_name_can_be_named(longlag, tmp_path):
    """As pandas writes an index."""
    rows = [f"{day},{n % 7}.5" for n, day in enumerate(DAYS)]
    path, model = tmp_path / "a.csv", tmp_path / "m"
    path.write_text("\n".join([",y", *rows, ""]))
    assert longlag("learn", path, "--target", "y", "--time", "time", "--save", model)[0] == 0
    assert longlag("predict", model)[1].endswith(",31,2024-03-31\n")
    assert longlag("predict", model, path)[1].count("2024-03-30") > 1
    for times in (map(str, range(1989, 2019)), map(str, range(30))):  # an index of numbers
        rows = [f"{time},{n}.5" for n, time in enumerate(times)]
        assert source_of("\n".join([",y", *rows, ""])).names == ["", "y"]
    assert source_of("\n".join([",time", *rows, ""])).names == ["", "time"]
