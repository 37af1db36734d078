"""Times as people write them."""

import math
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.text_tables import source_of

from longlag.forecasting.target_times import TargetTimes
from longlag.readers.sources import Columns, Reader
from longlag.readers.times import Times, are_times

HOURS = [datetime(2024, 2, 28, 20) + timedelta(hours=n) for n in range(40)]


def seconds(moment):
    return (moment - datetime(1970, 1, 1)).total_seconds()


@pytest.mark.parametrize(
    "form",
    [
        *("%Y%m%d%H", "%Y%m%d%H%M", "%Y%m%d%H%M%S", "%Y%m%d %H", "%Y%m%d %H%M"),
        *("%d.%m.%Y %H", "%d.%m.%Y %H%M", "%Y-%m-%d %H", "%m/%d/%Y %H", "%Y %m %d %H"),
        *("%Y %m %d %H %M", "%Y %m %d %H %M %S", "%d%b%Y:%H:%M:%S", "%m/%d/%Y %I:%M:%S %p"),
        "%d.%m.%Y %H:%M - 01.01.2024 00:00",
        *("%Y%m%dT%H%M%S", "%Y%m%dT%H%M", "%Y%m%dT%H", "%Y%m%dT%H%M%SZ", "%Y%m%dT%H%M%S+0000"),
        *("%Y%m%d %H:%M", "%Y%m%dT%H:%M:%S", "%Y%m%d %H%M%S", "%Y%m%dT%H%M%S.250"),
    ],
)
@pytest.mark.parametrize("zeros", [True, False], ids=["zeros", "no zeros"])
def test_hours_are_read_whatever_their_form(form, zeros):
    texts = [hour.strftime(form) for hour in HOURS]
    if not zeros and " " in form and ":" not in form:
        texts = [" ".join(part.lstrip("0") or "0" for part in text.split(" ")) for text in texts]
    times = Times(texts)
    expected = [seconds(hour) + 0.25 * form.endswith(".250") for hour in HOURS]
    assert [times.clock(text) for text in texts] == expected
    assert times.clocks(texts).tolist() == expected
    following = TargetTimes(times, texts).after(3)
    assert times.clock(following) == expected[-1] + 3 * 3600
    if zeros and form[-1] not in "Z0":  # of these, the next time is written otherwise
        assert following == (HOURS[-1] + timedelta(hours=3)).strftime(form)


def test_halves_of_the_day_may_have_one_letter():
    texts = [f"{hour:%m/%d/%y %I:%M}{'a' if hour.hour < 12 else 'p'}" for hour in HOURS]
    times = Times(texts)
    assert [times.clock(text) for text in texts] == [seconds(hour) for hour in HOURS]


def test_hours_that_end_at_24_are_those_of_the_day_before():
    for form in ("%Y-%m-%d {}", "%d.%m.%Y {}00", "%Y%m%d{:02}"):
        texts = [datetime(2024, 2, 29).strftime(form).format(hour) for hour in range(1, 25)]
        times = Times(texts)
        assert times.clock(texts[-1]) == seconds(datetime(2024, 3, 1))
        assert times.clock(texts[9]) == seconds(datetime(2024, 2, 29, 10))


@pytest.mark.parametrize(
    ("texts", "following"),
    [
        (["20240226", "20240227", "20240228"], "20240229"),
        (["202410", "202411", "202412"], "202501"),
        (["1950-Q2", "1950-Q3", "1950-Q4"], "1951-Q1"),
        (["1950Q2", "1950Q3", "1950Q4"], "1951Q1"),
        (["1950 Q2", "1950 Q3", "1950 Q4"], "1951 Q1"),
        (["Q2 1950", "Q3 1950", "Q4 1950"], "Q1 1951"),
        (["2Q1950", "3Q1950", "4Q1950"], "1Q1951"),
        (["2000M10", "2000M11", "2000M12"], "2001M01"),
        (["2000-S1", "2000-S2", "2001-S1"], "2001-S2"),
        (["01JAN2024", "01FEB2024", "01MAR2024"], "01Apr2024"),
        (["2024 JAN", "2024 FEB", "2024 MAR"], "2024 Apr"),
        (["10/2023", "11/2023", "12/2023"], "01/2024"),
        (["Jan-24", "Feb-24", "Mar-24"], "Apr-24"),
        (["Jan'24", "Feb'24", "Mar'24"], "Apr'24"),
        (["2023-W51", "2023-W52", "2024-W01"], "2024-W02"),
        (["2020W52", "2020W53", "2021W01"], "2021W02"),
        (["KW 50/2023", "KW 51/2023", "KW 52/2023"], "KW 01/2024"),
        (["Week 7, 2024", "Week 8, 2024", "Week 9, 2024"], "Week 10, 2024"),
        (["2. Quartal 2023", "3. Quartal 2023", "4. Quartal 2023"], "1. Quartal 2024"),
        (["Q2 '23", "Q3 '23", "Q4 '23"], "Q1 '24"),
        (["2023-363", "2023-364", "2023-365"], "2024-001"),
        (["2023363", "2023364", "2023365"], "2024001"),
    ],
)
def test_days_months_and_quarters_go_on(texts, following):
    assert are_times(texts) or texts[0].isdigit()
    assert TargetTimes(Times(texts), texts).after(1) == following


@given(st.integers(1900, 2100), st.integers(1, 4), st.integers(-40, 40))
def test_quarters_are_counted_in_months(year, quarter, steps):
    text = f"{year}-Q{quarter}"
    last = 4 * year + quarter - 1 + steps
    assert Times([text]).months_later(text, 3 * steps) == f"{last // 4}-Q{last % 4 + 1}"


@pytest.mark.parametrize("text", ["1950-Q5", "2000M13", "Q0 2000", "9999-Q1", "AB12Q3", "2000Q"])
def test_what_looks_like_a_period_is_none(text):
    assert Times([text]).instant(text) is None


@pytest.mark.parametrize(
    "texts", [["20240301", "20241301"], ["20240230"], ["12345678"], ["1709251200"], ["2024"]]
)
def test_numbers_that_are_no_dates_count_what_they_count(texts):
    times = Times(texts)
    assert times.form is None
    assert [times.instant(text) for text in texts] == [*map(float, texts)]


def test_numbers_of_times_may_have_decimal_commas():
    texts = ["0,25", "5,000E-01", "0,75", "1,0"]
    times = Times(texts)
    assert [*map(times.instant, texts)] == [0.25, 0.5, 0.75, 1.0]
    assert TargetTimes(times, texts).after(1) == "1,25"


def test_a_number_among_dates_in_numbers_is_no_time():
    times = Times(["20240301", "20240302"])
    assert times.instant("20240399") is None
    assert times.instant("3") is None


@pytest.mark.parametrize("unit", [1, 1e3, 1e6, 1e9])
def test_numbers_since_1970_are_dates(unit):
    text = f"{int(seconds(HOURS[0]) * unit)}"
    assert math.isclose(Times([text]).clock(text), seconds(HOURS[0]))


def test_day_and_month_are_those_that_make_even_steps():
    hours = [datetime(2024, 3, 1) + timedelta(hours=n) for n in range(60)]
    times = Times([f"{hour:%m/%d/%Y %I:%M:%S %p}" for hour in hours])
    assert times.form == "%m/%d/%Y %I:%M:%S %p"


@pytest.mark.parametrize("form", ["%d/%m/%Y", "%m/%d/%Y"])
@pytest.mark.parametrize("months", [1, 3])
def test_months_over_several_years_are_no_days_of_january(form, months):
    begins = [datetime(2000 + n // 12, n % 12 + 1, 1) for n in range(0, 12 * 9, months)]
    assert Times([f"{day:{form}}" for day in begins]).form == form


@pytest.mark.parametrize("total", ["Total", "Mean 1991-2020", "Total 31.01.2024"])
def test_the_name_of_a_total_does_not_hide_the_form(total):
    assert Times(["31.01.2024", total, "01.02.2024"]).form == "%d.%m.%Y"


@pytest.mark.parametrize(
    "form",
    [
        *("%m/%d/%Y %I:%M%p", "[%d/%b/%Y:%H:%M:%S +0000]", "%a %b %d %H:%M:%S UTC %Y"),
        *("%y-%m-%d %H:%M", "%y/%m/%d %H:%M", "%Y%m%d_%H%M%S", "%Y-%m-%d %H:%M CET"),
        *("%Y%m%d-%H%M%S", "%Y%m%d-%H%M", "%Y-%m-%d-%H.%M.%S", "%Y-%m-%d-%H.%M.%S.%f"),
        *("%d.%m.%Y %H:%M MESZ", "%Y-%m-%d %H:%M:%S/2024-12-31 00:00:00", "%b %d %Y %I:%M%p"),
    ],
)
def test_hours_of_logs_and_databases(form):
    texts = [hour.strftime(form) for hour in HOURS]
    times = Times(texts)
    assert [times.clock(text) for text in texts] == [*map(seconds, HOURS)]


def test_days_of_years_with_two_digits():
    days = [datetime(2024, 3, 1) + timedelta(days=n) for n in range(40)]
    for form in ("%y-%m-%d", "%d-%m-%y", "%d.%m.%y", "%m/%d/%y"):
        assert Times([day.strftime(form) for day in days]).form == form


@pytest.mark.parametrize(
    "form",
    [
        *(
            "%Y %j %H%M",
            "%m/%d/%Y %H:%M:%S:%f",
            "%d-%b-%y %I.%M.%S.%f %p",
            "%b %d, %Y, %I:%M:%S %p",
        ),
        *("%Y-%m-%dT%H:%M:%S[Europe/Berlin]", "%Y-%m-%d %H:%M:%S America/New_York"),
        "%Y-%m-%d %H:%M:%S/2024-12-31 00:00:00",
    ],
)
def test_hours_of_instruments_and_programs(form):
    texts = [hour.strftime(form) for hour in HOURS]
    assert [*map(Times(texts).clock, texts)] == [*map(seconds, HOURS)]


@pytest.mark.parametrize("first", ["2023-Q1", "2023M01", "2023-01-01", "2023-01-01T12:00"])
def test_a_year_among_dates_is_no_number_of_seconds(first):
    times = Times([first, "2023", first.replace("3", "4", 1)])
    assert times.instant("2023") is None
    assert times.instant(first) == pytest.approx(1672531200, abs=12 * 3600)


@pytest.mark.parametrize(
    ("texts", "form"),
    [
        ([f"2024-{month:02}" for month in range(1, 13)], "%Y-%m"),
        ([f"{year}-{month:02}" for year in range(2000, 2020) for month in (6, 7, 8)], "%Y-%m"),
        ([f"2024 {month}" for month in range(1, 13)], "%Y %m"),
        ([f"2024-{week}" for week in range(1, 53)], None),
        ([f"2024 {month}" for month in range(1, 14)], None),  # the last is a sum of them
        ([f"2024-{day:03}" for day in range(1, 31)], "%Y-%j"),
    ],
)
def test_days_of_years_have_three_digits(texts, form):
    assert Times(texts).form == form
    if form is None:
        assert Times(texts).instant(texts[-1]) is None


MONTHS = {
    "German": "Januar Februar M\u00e4rz April Mai Juni Juli August September Oktober November "
    "Dezember",
    "German, short": "Jan. Feb. M\u00e4r. Apr. Mai Jun. Jul. Aug. Sept. Okt. Nov. Dez.",
    "French": "janvier f\u00e9vrier mars avril mai juin juillet ao\u00fbt septembre octobre "
    "novembre d\u00e9cembre",
    "French, short": "janv. f\u00e9vr. mars avr. mai juin juil. ao\u00fbt sept. oct. nov. "
    "d\u00e9c.",
    "Spanish": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre "
    "diciembre",
    "Spanish, short": "ene feb mar abr may jun jul ago sep oct nov dic",
    "Italian, short": "gen feb mar apr mag giu lug ago set ott nov dic",
    "Portuguese": "janeiro fevereiro mar\u00e7o abril maio junho julho agosto setembro outubro "
    "novembro dezembro",
    "Dutch, short": "jan feb mrt apr mei jun jul aug sep okt nov dec",
    "Polish": "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października "
    "listopada grudnia",
    "Polish, short": "sty lut mar kwi maj cze lip sie wrz paź lis gru",
    "Czech": "ledna února března dubna května června července srpna září října listopadu prosince",
    "Czech, short": "led úno bře dub kvě čvn čvc srp zář říj lis pro",
    "Russian": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "Russian, short": "янв. февр. март апр. май июнь июль авг. сент. окт. нояб. дек.",
}


@pytest.mark.parametrize("language", MONTHS)
@pytest.mark.parametrize(
    "form",
    [
        *("{d} {m} {y}", "{d}. {m} {y}", "{d}-{m}-{y}", "{d} de {m} de {y}", "Mi, {d}. {m} {y}"),
        *("{d} {m} {y} \u0433.", "{d} {m} {y} r.", "пн, {d} {m} {y}", "pon., {d} {m} {y}"),
    ],
)
def test_months_in_other_languages(language, form):
    months = MONTHS[language].split()
    days = [datetime(2024, 1, 1) + timedelta(days=5 * n) for n in range(70)]
    texts = [form.format(d=each.day, m=months[each.month - 1], y=each.year) for each in days]
    times = Times(texts)
    assert [*map(times.clock, texts)] == [*map(seconds, days)]
    assert are_times(texts)
    late = TargetTimes(times, texts).after(1)  # in English
    assert times.clock(late) == seconds(days[-1] + timedelta(days=5))


def test_english_names_of_months_stay_as_long_as_they_are():
    texts = ["April 29, 2024", "April 30, 2024", "May 1, 2024"]
    assert TargetTimes(Times(texts), texts).after(1) == "May 02, 2024"
    assert Times(["January 5, 2024"]).form == "%B %d, %Y"


@pytest.mark.parametrize("form", ["%d/%m/%Y %H:%M", "%m/%d/%Y %I:%M:%S %p", "%d.%m.%Y %H.%M"])
def test_a_date_alone_among_times_is_its_midnight(form):
    for first in (0, 4):  # also as the first time
        texts = [h.strftime(form) if h.hour else h.strftime(form.split()[0]) for h in HOURS[first:]]
        times = Times(texts)
        assert times.form == form
        assert [*map(times.clock, texts)] == [*map(seconds, HOURS[first:])]


@pytest.mark.parametrize("mark", ["Z", "+01:00", ""])
@pytest.mark.parametrize("clock", ["T%H:%M", "T%H:%M:%S", ""])
@pytest.mark.parametrize("end", ["PT30M", "P1DT12H", "P1M", "same"])
def test_an_interval_of_iso_8601_is_the_moment_at_which_it_begins(mark, clock, end):
    form = f"%Y-%m-%d{clock}{mark if clock else ''}"
    moments = [datetime(2024, 1, 30) + timedelta(days=n) for n in range(40)]
    ends = [f"{each + timedelta(days=1):{form}}" if end == "same" else end for each in moments]
    texts = [f"{each:{form}}/{after}" for each, after in zip(moments, ends, strict=True)]
    times = Times(texts)
    assert [*map(times.clock, texts)] == [*map(seconds, moments)]


@pytest.mark.parametrize("form", ["%d.%m.%Y %H:%M:%S,%f", "%d-%b-%y %I.%M.%S.%f %p"])
@pytest.mark.parametrize("finer", ["7", "789"])
def test_seconds_may_be_finer_than_microseconds(form, finer):
    moments = [hour + timedelta(microseconds=123456) for hour in HOURS]
    texts = [each.strftime(form.replace("%f", f"%f{finer}")) for each in moments]
    assert [*map(Times(texts).clock, texts)] == [*map(seconds, moments)]


def test_a_clock_without_seconds_has_none():
    """`strptime` would take 1405 for 14:00:05 where seconds are asked for."""
    for mark in "_-":
        times = Times([f"20240103{mark}{hour}05" for hour in (12, 13, 14)])
        assert times.moment(f"20240103{mark}1405") == datetime(2024, 1, 3, 14, 5)


@pytest.mark.parametrize("between", [" - ", "/", "-", " to ", " bis ", " \u2013 "])
def test_an_interval_is_the_moment_at_which_it_begins(between):
    days = [datetime(2024, 1, 30) + timedelta(days=n) for n in range(40)]
    texts = [f"{day:%d.%m.%Y}{between}{day + timedelta(days=6):%d.%m.%Y}" for day in days]
    times = Times(texts)
    assert [*map(times.clock, texts)] == [*map(seconds, days)]


@pytest.mark.parametrize(
    "form",
    [
        # words between date and clock
        *("%d.%m.%Y um %H:%M Uhr", "%d.%m.%Y, %H:%M Uhr", "%b %d, %Y at %I:%M %p"),
        *("%d.%m.%Y klo %H.%M", "%d. %B %Y kl. %H.%M", "%d/%m/%Y à %Hh%M"),
        # points behind each number of a date
        *("%d. %m. %Y %H:%M", "%Y.%m.%d. %H:%M:%S", "%Y. %m. %d. %H:%M"),
        # signs of Japan, China and Korea
        *("%Y年%m月%d日 %H時%M分", "%Y年%m月%d日%H時", "%Y년 %m월 %d일 %H시 %M분"),
        # zones
        *("%a %b %d %H:%M:%S GMT+01:00 %Y", "%a %b %d %H:%M:%S CET %Y", "%Y-%m-%d %H:%M UTC+1"),
        *(
            "%a %b %d %Y %H:%M:%S GMT+0100 (Central European Standard Time)",
            "%a %d %b %Y %I:%M:%S %p CET",
        ),
        *("%m/%d/%Y %H:%M:%S -05:00", "%Y/%m/%d %H:%M:%S+01:00", "%Y-%m-%d %H:%M:%S.000 +0100"),
        # of satellites, of programmable controllers, and between marks
        *("%Y%m%d:%H%M", "%d.%m.%Y %H:%M:%S,000", "(%Y-%m-%d %H:%M)", "'%Y-%m-%d %H:%M'"),
    ],
)
def test_words_signs_and_zones_between_the_numbers_of_times(form):
    texts = [hour.strftime(form) for hour in HOURS]
    times = Times(texts)
    assert [times.clock(text) for text in texts] == [seconds(hour) for hour in HOURS]
    assert times.clock(TargetTimes(times, texts).after(3)) == seconds(HOURS[-1]) + 3 * 3600


@pytest.mark.parametrize(
    ("morning", "evening"), [("오전", "오후"), ("上午", "下午"), ("午前", "午後")]
)
def test_halves_of_the_day_may_stand_before_the_clock(morning, evening):
    halves = [morning if hour.hour < 12 else evening for hour in HOURS]
    texts = [
        f"{hour:%Y-%m-%d} {half} {hour:%I:%M}" for hour, half in zip(HOURS, halves, strict=True)
    ]
    times = Times(texts)
    assert [times.clock(text) for text in texts] == [seconds(hour) for hour in HOURS]


@pytest.mark.parametrize("text", ["1. 2. 3", "v. 1.2.3", "10.0.0.1", "chapter 3. 4", "3 - 5 at 7"])
def test_numbers_with_points_are_no_times(text):
    assert not are_times([text] * 20)


def test_words_that_are_no_months_make_no_times():
    for texts in (["3 Dez Dez", "4 Dez Dez"], ["3 line 2024", "4 line 2024"], ["Mai", "Juni"]):
        assert not are_times(texts)


@pytest.mark.parametrize("form", ["excel", "julian", "mjd"])
def test_days_that_are_counted_from_an_origin(form):
    origin = {"excel": 45292.0, "julian": 2460310.5, "mjd": 60310.0}[form]  # the first of 2024
    texts = [f"{origin + n / 24:.8f}".rstrip("0").rstrip(".") for n in range(60)]
    times = Times(texts, form)
    hours = [seconds(datetime(2024, 1, 1) + timedelta(hours=n)) for n in range(61)]
    assert [*map(times.clock, texts)] == hours[:60]
    assert times.clock(TargetTimes(times, texts).after(1)) == hours[60]
    assert times.dated
    assert times.clock("x") is times.clock("1e300") is None
    assert Times(texts).clock(texts[0]) is None  # nobody said that these are days


@given(st.integers(0, 52 * 40))
def test_weeks_are_those_of_the_calendar(weeks):
    day = datetime(2000, 1, 3) + timedelta(weeks=weeks)
    year, week, _ = day.isocalendar()
    for text in (f"{year}W{week:02}", f"KW {week}/{year}", f"W{week} {year}"):
        times = Times([text])
        assert times.moment(text) == day
        assert times.moment(times.later(text, 7 * 86400)) == day + timedelta(weeks=1)


def test_an_hour_that_comes_twice_in_autumn_is_two_hours_where_zones_are_named():
    texts = ["2024-10-27 02:00 CEST", "2024-10-27 02:00 CET", "2024-10-27 03:00 CET"]
    times = Times(texts)
    a, b, c = map(times.instant, texts)
    assert b - a == c - b == 3600


@pytest.mark.parametrize(
    ("names", "first", "second"),
    [("year,week", "2024,5", "2024,6"), ("Week,Year", "5,2024", "6,2024")],
)
def test_years_and_weeks_in_two_columns_are_times(names, first, second):
    reader = Reader(source_of(f"{names},y\n{first},1\n{second},2\n"), Columns("y", time=names))
    (rows,) = reader
    a, b = map(reader.times().moment, rows.times)
    assert (a, b) == (datetime(2024, 1, 29), datetime(2024, 2, 5))
