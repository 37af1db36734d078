"""Numbers with a factor behind them, and durations: in every row, and in the next file."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.text_tables import numbers, source_of

from longlag.errors import InputError
from longlag.readers.factors import factors_of
from longlag.readers.form import Expected
from longlag.readers.sources import Columns, Reader


def values_of(texts, count=40, expected=None):
    """What the reader makes of a column of these texts again and again."""
    rows = "".join(f"{n};{texts[n % len(texts)]}\n" for n in range(count))
    source = source_of(f"a;y\n{rows}", expected=expected)
    found = [y for rows in Reader(source, Columns("y")) for y in rows.target.tolist()]
    return source, [None if math.isnan(y) else y for y in found[: len(texts)]]


@pytest.mark.parametrize(
    ("texts", "expected", "said"),
    [
        (["1.23K", "-", "0.7M", "4.35B"], [1230, None, 700_000, 4.35e9], "K, M, B in y"),
        (["12k", "55k", "0", "n/a"], [12_000, 55_000, 0, None], "K, M, B in y"),
        (["950", "1.2K", "-3.4 M"], [950, 1200, -3.4e6], "K, M, B in y"),
        (["3.3k", "29.0b", "475.8m"], [3300, 29e9, 475.8e6], "k, m, b in y"),
        (["$1.2M", "($0.7B)", "-$350"], [1.2e6, -0.7e9, -350], "K, M, B in y"),
        (["1,2 Mio. \u20ac", "0,7 Mrd. \u20ac", "350 Tsd. \u20ac"], [1.2e6, 7e8, 350e3], "in y"),
        (["5 k\u20ac", "900 \u20ac", "1 M\u20ac"], [5000, 900, 1e6], "K, M, B in y"),
        (["1.5 GiB", "512 MiB", "0B"], [1.5 * 2**30, 2**29, 0], "KiB, MiB, GiB in y"),
        (["131072Ki", "1Gi"], [2**27, 2**30], "KiB, MiB, GiB in y"),
        (["1.2\u4e07", "3.4\u4ebf", "560"], [12_000, 3.4e8, 560], "K, M, B in y"),
        (["3\u4e07", "5\u4e07"], [30_000, 50_000], "K, M, B in y"),
        (["1h 5m", "40m", "-2h"], [3900, 2400, -7200], "durations as seconds (y)"),
        (["PT1H5M", "PT0.5S", "P1D"], [3900, 0.5, 86_400], "durations as seconds (y)"),
        (["0 days 00:12:34", "-1 days +23:59:00"], [754, -60], "durations as seconds (y)"),
        (["1:02:03.5", "25:00:00", "-"], [3723.5, 90_000, None], "durations as seconds (y)"),
    ],
)
def test_factors_and_durations_are_read_and_said(texts, expected, said):
    source, found = values_of(texts)
    assert found == expected
    assert said in source.taken_for
    # One row of the next file is enough, and its numbers need no factor.
    next_file, found = values_of(["7", texts[0]], 2, expected=source.expected(["y"]))
    assert found == [7, expected[0]]
    assert next_file.form.factors == source.form.factors


@given(st.lists(st.integers(-(10**6), 10**6), min_size=2, max_size=20), st.sampled_from("KMBT"))
def test_a_factor_shifts_the_point_and_rounds_nothing(thousandths, factor):
    texts = [f"{each / 1000:.3f}{factor}" for each in thousandths]
    power = {"K": 1, "M": 1000, "B": 10**6, "T": 10**9}[factor]
    _, targets = numbers("a;y\n0;1.5K\n" + "".join(f"1;{text}\n" for text in texts))
    assert targets[1:] == [each * power for each in thousandths]


@pytest.mark.parametrize(
    "texts",
    [
        ["34M", "27M"],
        ["34M", "27F"],
        ["3G", "5G"],
        ["1.5T", "3T"],  # the field of a scanner
        ["475.8m", "3m"],  # metres
        ["12B", "3C"],
        ["1 K", "2 B"],  # rooms
        ["v1.2M", "v2.3M"],
        ["5 m", "3 m"],
        ["1w", "1d"],
        ["512 MB", "1.5 GB"],
    ],
)
def test_letters_that_may_be_something_else_make_no_numbers(texts):
    rows = "".join(f"{texts[n % 2]};{n}\n" for n in range(30))
    reader = Reader(source_of(f"a;y\n{rows}"), Columns("y"))
    assert (reader.features, reader.categories) == ((), ("a",))
    assert not reader.source.taken_for.partition("semicolons")[2]


@pytest.mark.parametrize("letter", ["M", " M", "B", "K", "k", " T"])
@pytest.mark.parametrize("marked", [1, 10, 20])
def test_letters_behind_numbers_of_the_same_size_are_flags(letter, marked):
    levels = [f"{3 + n % 7 / 10:.3f}" for n in range(40)]
    texts = [text + letter if n < marked else text for n, text in enumerate(levels)]
    assert factors_of(texts) == ""
    volumes = [f"{25.0 * n + 1.5:.2f}" for n in range(39)]  # up to nearly a thousand
    assert factors_of([*volumes, "1.25K"]) == "K, M, B"
    assert factors_of(["1.2K", "1.5", "2.0", "0.5", "3.4M", "1.0"]) == "K, M, B"


@pytest.mark.parametrize(
    "texts", [["512 MB", "1.5 GB"], ["35:20", "34:10"], ["1w", "1d"], ["45m", "30m"]]
)
def test_texts_that_may_be_numbers_are_said(texts):
    rows = "".join(f"{texts[n % 2]};{n}\n" for n in range(30))
    (line,) = Reader(source_of(f"a;y\n{rows}"), Columns("y")).remarks()
    assert line.startswith("'a' holds ")
    assert repr(texts[0]) in line
    assert not Reader(source_of(f"a;y\n{rows}"), Columns("y", categories=("a",))).remarks()


def test_thousands_of_euros_in_german_are_no_trillions():
    assert factors_of(["1,2 Mio. \u20ac", "350 T\u20ac"]) == ""
    with pytest.raises(InputError, match="got '350 T\u20ac'"):
        values_of(
            ["1,2 Mio. \u20ac", "0,3 Mio. \u20ac", "5 Mio. \u20ac"] * 50 + ["350 T\u20ac"], 151
        )


def test_a_number_with_decimals_and_a_factor_is_no_name():
    assert source_of("AAPL,1.2M\nMSFT,0.7B\nIBM,950\n").form.names == 0
    assert source_of("size,5K,10K\na,1.2M,0.7B\nb,950,3.4K\n").names == ["size", "5K", "10K"]


def test_clocks_are_times_and_a_line_says_what_durations_need():
    rows = "".join(f"00:12:{n};{n}\n" for n in range(10, 40))
    reader = Reader(source_of(f"a;y\n{rows}"), Columns("y"))
    assert reader.left_out == {"a": "times: see --time"}
    assert reader.remarks() == [
        "'a' holds clocks or durations, such as '00:12:10': write durations in seconds, to learn "
        "from them."
    ]


def test_a_later_text_without_a_known_factor_ends_the_run():
    rows = "".join(f"{n};{n}.5K\n" for n in range(200))
    with pytest.raises(InputError, match=r"row 201: column 'y' .* with K, M, B behind them, got"):
        numbers(f"a;y\n{rows}1;2G\n")
    with pytest.raises(InputError, match="factors must be one of"):
        Expected(("y",), ";", ".", "", factors={"y": "dozens"})
