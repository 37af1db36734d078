"""What `longlag learn --resume` and `predict` say of rows that do not follow the learned ones."""

import pytest
from support.learned_table import SMALL, lines, with_dates

UNTIMED = ("--target", "price", "--features", "x", "--cells", 2)


pytestmark = pytest.mark.usefixtures("default_kernels", "own_folder")


@pytest.fixture
def data(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("\n".join([*lines(), ""]))
    return path


def test_rows_that_were_learned_before_are_remarked_on(longlag, data, tmp_path):
    assert longlag("learn", data, *SMALL, "--save", "m")[0] == 0
    said = "begin at '7', at or before the last row that the model has learned"
    text = list(lines())
    (tmp_path / "old.csv").write_text("\n".join([text[0], *text[8:30]]) + "\n")
    assert said in longlag("predict", "m", "old.csv")[2]
    assert said in longlag("learn", "old.csv", "--resume", "m")[2]
    status, _, err = longlag("predict", "m", "old.csv", "--time-format", "%Y")
    assert (status, "fits none of the first times of ts" in err) == (2, True)
    status, _, err = longlag("learn", data, "--target", "price", "--time", "")
    assert (status, "--time must name a column, got ''" in err) == (2, True)
    # The file that the model has learned goes on: nothing to say.
    assert "begin at" not in longlag("learn", data, "--resume", "m")[2]


def test_rows_without_times_are_known_by_their_numbers(longlag, data, tmp_path):
    assert longlag("learn", data, *UNTIMED, "--save", "m")[0] == 0
    text = list(lines())
    parts = {"first": text[1:31], "next": text[31:61], "one": text[1:2]}
    for name, rows in parts.items():
        (tmp_path / f"{name}.csv").write_text("\n".join([text[0], *rows, ""]))
    known = "first.csv begins with rows that the model has learned"
    assert known in longlag("predict", "m", "first.csv")[2]
    assert longlag("predict", "m", "next.csv")[2] == ""
    assert longlag("predict", "m", "one.csv")[2] == ""  # perhaps by chance
    another = "next.csv begins otherwise than the data that the model has learned"
    assert another in longlag("learn", "next.csv", "--resume", "m")[2]
    assert "begins otherwise" not in longlag("learn", data, "--resume", "m")[2]
    status, _, err = longlag("predict", "m", "next.csv", "--sort")
    assert (status, "the model has learned none: leave it out, or learn with --time" in err) == (
        2,
        True,
    )


def test_each_group_has_a_last_row(longlag, tmp_path):
    rows = [f"{t},{store},{t % 7}" for t in range(30) for store in ("north", "south")]
    (tmp_path / "all.csv").write_text("\n".join(["t,store,y", *rows, ""]))
    options = ("--target", "y", "--time", "t", "--group", "store", "--cells", 2)
    assert longlag("learn", "all.csv", *options, "--save", "m")[0] == 0
    (tmp_path / "more.csv").write_text("t,store,y\n30,north,1\n29,south,1\n")
    said = "new rows of 'south' of more.csv begin at '29', at or before"
    assert said in longlag("predict", "m", "more.csv")[2]
    assert said in longlag("learn", "more.csv", "--resume", "m")[2]


def test_a_model_reads_times_as_it_has_learned_them(longlag, tmp_path):
    """Also where the next file alone would not tell day from month."""
    text = list(with_dates(list(lines())))
    rows = [f"{line[5:7]}/{line[8:10]}/{line[:4]} {line[11:]}" for line in text[1:]]
    rows = ["10/31/2026 23:00,1,Rome,0,flat", *rows]
    (tmp_path / "data.csv").write_text("\n".join([text[0], *rows[:91], ""]))
    (tmp_path / "more.csv").write_text("\n".join([text[0], *rows[91:], ""]))
    dated = ("--target", "price", "--time", "ts", "--exclude", "city,kind", "--cells", 2)
    assert longlag("learn", "data.csv", *dated, "--save", "m")[0] == 0
    assert "read as" not in longlag("learn", "more.csv", "--resume", "m")[2]
    given = ("--time-format", "%m/%d/%Y %H:%M")
    status, _, err = longlag("predict", "m", "more.csv", *given)
    assert (status, "can only be" in err) == (0, False)
    (tmp_path / "turned.csv").write_text("\n".join([text[0], "30/11/2026 05:00,1,Rome,0,flat", ""]))
    said = "'30/11/2026 05:00' in row 1 can only be %d/%m/%Y %H:%M: write all times as the model"
    assert said in longlag("predict", "m", "turned.csv")[2]
    for command in (("predict", "m", "more.csv"), ("learn", "more.csv", "--resume", "m")):
        status, _, err = longlag(*command, "--time-format", "%d/%m/%Y %H:%M")
        assert status == 2
        assert "not the form in which the model has learned times, '%m/%d/%Y %H:%M'" in err


def test_predict_says_where_times_are_unknown(longlag, tmp_path):
    path, model, more = tmp_path / "a.csv", tmp_path / "m", tmp_path / "b.csv"
    hours = [f"2024-03-{1 + n // 24:02} {n % 24:02}:00" for n in range(60)]
    path.write_text("".join(["t,y\n", *(f"{t},{n * n % 7}\n" for n, t in enumerate(hours))]))
    command = ["learn", path, "--target", "y", "--time", "t", "--cells", 2, "--save", model]
    assert longlag(*command)[0] == 0
    more.write_text("t,y\n05.03.2024 00:00,1\n05.03.2024 01:00,2\n")
    status, _, err = longlag("predict", model, more)
    assert status == 0
    assert "2 of 2 times cannot be read so, first '05.03.2024 00:00' in row 1" in err
    more.write_text("y\n1\n2\n")
    status, _, err = longlag("predict", model, more)
    assert status == 0
    assert "has no column 't': the model has learned from times, too" in err


def test_predict_says_which_categories_it_has_never_seen(longlag, tmp_path):
    path, model, more = tmp_path / "a.csv", tmp_path / "m", tmp_path / "b.csv"
    path.write_text("wind,y\n" + "".join(f"{'NS'[n % 2]},{n % 5}\n" for n in range(40)))
    assert longlag("learn", path, "--target", "y", "--cells", 2, "--save", model)[0] == 0
    more.write_text("wind,y\nN,1\n7,2\n,2\n7,3\n")
    status, _, err = longlag("predict", model, more)
    assert status == 0
    assert "2 rows of" in err
    assert "values of 'wind' that the model has never seen, such as '7'" in err
    more.write_text("wind,y\nN,1\nS,2\n")
    assert "never seen" not in longlag("predict", model, more)[2]
