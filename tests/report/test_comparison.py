"""The tally of published means, and the document of all results."""

import re
from dataclasses import replace

import pytest
from support.made_up_records import CAP, experiment, record, several, study

from longlag.experiments.trial import Status
from longlag.report.provenance import Provenance, provenance
from longlag.report.study.comparison import comparisons, services, tally
from longlag.report.study.markdown import document
from longlag.report.study.summary import summaries

ORIGIN = Provenance(version="1.2.3", machine="a | machine", date="2030-05-01", commit="abc")


def compare(one, records):
    return comparisons(one, summaries(one, records))


def table(text, title):
    """The cells of the first table after a heading."""
    lines = text[text.index(f"## {title}\n") :].splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("|"))
    rows = []
    for line in lines[start:]:
        if not line.startswith("|"):
            break
        rows.append([cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]])
    return rows[0], rows[2:]


def test_rows_with_a_published_mean_are_compared_under_their_chosen_reading():
    (only,) = compare(experiment(), study())
    assert only.row.name == "T=100"
    assert only.ours is not None
    assert (only.ours.reading, only.ours.chosen) == ("linear-output", True)
    assert only.modern is None
    (not_run,) = compare(experiment(), [])
    assert not_run.ours is None


def test_a_row_that_is_modern_by_choice_is_not_counted():
    mine = experiment()
    modern = tuple(replace(reading, modern=True) for reading in mine.readings)
    assert compare(replace(mine, readings=modern), study()) == []


def test_the_tally_counts_figures_and_lines():
    """Seven trials of known means: one line of two figures of which one is close."""
    mine, _ = several()[0]  # two figures of one line, and one of another
    close, far = (27_000, 28_000), (300_000, 310_000)

    def trials(row, sequences):
        made = [record(i, n, row=row, reading="unconnected") for i, n in enumerate(sequences)]
        return [replace(each, key=replace(each.key, experiment=mine.name)) for each in made]

    one = compare(mine, trials("N=3 ST1", close) + trials("N=3 ST2", far))
    assert tally(one) == (
        "3 published means in 2 lines of the tables, of which 2 (1 line) were run. Under its "
        "chosen reading, our mean lies within a factor of 1.5 of the published one for 1 "
        "(0 lines); the published mean lies inside the range of our trials for 1 (0 lines)."
    )
    capped = [record(9, CAP, Status.CAP, row="N=1", reading="unconnected")]
    capped = [replace(each, key=replace(each.key, experiment=mine.name)) for each in capped]
    biased = compare(mine, trials("N=1", (58_000, 59_000)) + capped)
    assert "for 1 (1 line), 1 of these over the solved trials only" in tally(biased)


def test_a_tally_without_shared_lines_speaks_of_means_only():
    assert "line" not in tally(compare(experiment(), study()))


def test_readings_serve_the_rows_that_they_are_chosen_for():
    found = services([each for one in several() for each in compare(*one)])
    assert [(each.reading.name, each.experiment.name, each.chosen, each.run) for each in found] == [
        ("unconnected", "noise", 3, 3),
        ("unconnected", "order", 1, 1),
        ("as-printed", "noise", 0, 3),
        ("as-printed", "order", 0, 1),
    ]
    assert all(each.chosen_close <= each.chosen for each in found)
    assert all(each.chosen_close <= each.close <= each.run for each in found)


@pytest.fixture(scope="module")
def text():
    return document([*several(), (experiment(), study())], ORIGIN)


def test_the_document_says_where_it_comes_from(text):
    line = text.splitlines()[2]
    for part in ("longlag 1.2.3", "commit abc", "a \\| machine", "seed 7", "float32", "2030-05-01"):
        assert part in line
    assert "commit" not in document(several(), replace(ORIGIN, commit=""))


def test_the_document_has_a_line_for_every_row_and_reading(text):
    headings, rows = table(text, "The adding problem")
    assert "`adam`" not in headings
    first = dict(zip(headings[:8], rows[0], strict=False))
    assert first == {
        "row": "T=100",
        "reading": "`linear-output`",
        "solved": "3 of 4",
        "mean": "62,111\\*",
        "median": "62,111",
        "range": "61,000\N{EN DASH}63,222",
        "95% interval": first["95% interval"],
        "wrong": "1 of 2,560",
    }
    low, high = (int(n.replace(",", "")) for n in first["95% interval"].split("\N{EN DASH}"))
    assert 61_000 <= low < 62_111 < high <= 63_222
    assert rows[0][8:] == [
        "74,000 (37,000\N{EN DASH}202,000)",
        "-",
        "1 of 2,560",
        "0.84",
        "open: 3 of 4 solved, those with 1.2 times fewer",
    ]
    assert [row[:2] for row in rows] == [
        ["T=100", "`linear-output`"],
        ["T=100", "`as-printed`"],
        ["T=500", "`linear-output`"],
    ]
    assert rows[2][8:] == ["-", "-", "-", "-", "not published"]


def test_a_modern_reading_is_a_further_column_of_its_row(text):
    headings, rows = table(text, "Noise and signal")
    assert headings[-1] == "`adam`"
    assert [row[1] for row in rows] == ["`unconnected`", "`as-printed`"] * 3
    for chosen, beside in zip(rows[::2], rows[1::2], strict=True):
        assert re.fullmatch(r"[\d,]+, [\d.]+ times fewer; 4 of 4 solved", chosen[-1])
        assert beside[-1] == ""
        assert len(chosen) == len(beside) == len(headings)


def test_figures_of_the_published_test(text):
    mine = experiment()
    first = mine.rows[0]
    assert first.published is not None
    shares = replace(
        first.published, wrong=None, misclassified=0.005, test_error=0.014, solved=0.97
    )
    changed = replace(mine, rows=(replace(first, published=shares), *mine.rows[1:]))
    headings, rows = table(document([(changed, study())], ORIGIN), "The adding problem")
    cells = rows[0]
    assert cells[headings.index("wrong")] == "1 of 2,560 (mean error 0.006)"
    assert cells[9:11] == ["97%", "12.8 of 2,560 (mean error 0.014)"]


def test_the_document_adds_up_a_reading_of_several_experiments(text):
    headings, rows = table(text, "Beside the published figures")
    assert headings[0] == "reading"
    in_all = next(row for row in rows if row[0] == "**`unconnected`**")
    assert in_all[1:4] == ["2 experiments", "in all", "4"]


def test_what_was_not_run_is_counted_as_such():
    one, records = several()[0]
    other, _ = several()[1]
    text = document([(one, records), (other, [])], ORIGIN)
    assert "4 published means in 3 lines of the tables, of which 3 (2 lines) were run" in text
    assert "## Temporal order" not in text


def test_provenance_of_this_tree():
    origin = provenance()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", origin.date)
    assert re.fullmatch(r"([0-9a-f]{12}(-dirty)?)?", origin.commit)
    assert "cores" in origin.machine
    assert "\n" not in origin.machine
