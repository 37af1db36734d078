import io
import re
import xml.etree.ElementTree as ElementTree
from dataclasses import replace
from html.parser import HTMLParser

import matplotlib
import numpy as np
import pytest
from made_up_records import CAP, PUBLISHED, experiment, record, study
from rich.console import Console

from longlag.errors import InputError, LonglagError
from longlag.experiments.trial import Status
from longlag.report.figures import NARROW, distribution, learning_curves
from longlag.report.mechanism import MANY, Trace, mechanism
from longlag.report.page import Meta, Reference, Section, render, write_page
from longlag.report.style import save, svg
from longlag.report.summary import summaries
from longlag.report.tables import result_table, results_table

META = Meta(version="1.2.3", machine="a machine", date="1 May 2030")
REFERENCE = Reference("Somebody (1997). Something.", "10.1162/neco.1997.9.8.1735")
SVG = "{http://www.w3.org/2000/svg}"


def trace(steps=100, **changed):
    rng = np.random.default_rng(1)
    target = np.full((steps, 1), np.nan)
    target[-1] = 0.6
    arrays = {
        "x": rng.uniform(-1, 1, (steps, 2)),
        "target": target,
        "input_gates": rng.random((steps, 2)),
        "output_gates": rng.random((steps, 2)),
        "states": rng.normal(size=(steps, 4)),
        "cell_outputs": rng.normal(size=(steps, 4)),
        "outputs": rng.random((steps, 1)),
        "marked": (3, 40),
    }
    return Trace(**{**arrays, **changed})


def printed(table, width):
    console = Console(width=width, file=io.StringIO(), color_system=None)
    console.print(table)
    return console.file.getvalue()


def texts(element):
    return ["".join(text.itertext()) for text in element.iter(f"{SVG}text")]


def drawn(figure):
    return ElementTree.fromstring(svg(figure))


# Tables


@pytest.mark.parametrize("width", [80, 120])
def test_result_table_shows_ours_beside_the_papers(width):
    ours = summaries(experiment(), study())
    text = printed(result_table(ours, "The adding problem", width), width)
    assert all(len(line) <= width for line in text.splitlines())
    first = next(line for line in text.splitlines() if line.startswith("T=100"))
    figures = ["3/4", "62,111*", "74,000"]
    if width == 120:
        figures += ["61,000", "0.84"]
    assert all(figure in first.split() for figure in figures)
    assert "* Mean over the solved trials only, so too low." in text
    for phrase in ("linear-output", "as-printed", "not published"):
        assert phrase in text
    assert "missed: none solved within" in " ".join(text.split())
    assert ("wrong of" in text) == (width == 120)


def test_long_names_wrap_and_do_not_push_the_figures_out():
    ours = [replace(one, reading="a-reading-" * 6) for one in summaries(experiment(), study())]
    text = printed(result_table(ours, "", 80), 80)
    assert "62,111*" in text
    assert "74,000" in text
    assert "…" not in text


def test_results_table_has_a_line_for_each_seed():
    other = record(0, 50_000)
    other = replace(other, conditions=replace(other.conditions, seed=8))
    text = printed(results_table([*study(), other], 80), 80)
    lines = [line.split() for line in text.splitlines() if line.startswith("adding")]
    assert lines == [
        ["adding", "T=100", "as-printed", "7", "0/2", "-"],
        ["adding", "T=500", "linear-output", "7", "3/4", "50,000*"],
        ["adding", "T=100", "linear-output", "7", "3/4", "62,111*"],
        ["adding", "T=100", "linear-output", "8", "1/1", "50,000"],
    ]
    assert "70,000" in printed(results_table(study(), 120), 120)


def test_brackets_in_names_are_no_markup():
    odd = record(0, 5_000)
    odd = replace(odd, key=replace(odd.key, reading="[red]x[/red]"))
    assert "[red]x[/red]" in printed(results_table([odd], 80), 80)
    assert "[red]x[/red]" in printed(result_table([*summaries_of(odd)], "[b]t[/b]", 80), 80)


def summaries_of(odd):
    changed = replace(experiment(), reading="[red]x[/red]")
    return summaries(changed, [odd])


# Figures


@pytest.mark.parametrize("width", [6.6, NARROW])
@pytest.mark.parametrize("name", ["curves", "distribution", "mechanism"])
def test_figures_are_well_formed_and_repeatable(name, width):
    def draw():
        if name == "curves":
            return learning_curves(study(), PUBLISHED, width=width)
        if name == "distribution":
            return distribution(summaries(experiment(), study()), study(), width=width)
        return mechanism(trace(), width=width)

    once, again = svg(draw(), "label"), svg(draw(), "label")
    assert once == again
    root = ElementTree.fromstring(once)
    assert root.tag == f"{SVG}svg"
    assert root.get("width") is None
    assert root.get("viewBox")
    assert not root.findall(f".//{SVG}metadata")


def test_learning_curves_mark_the_published_mean_and_every_outcome():
    trials = [*study(), record(9, 40_000, Status.INTERRUPTED)]
    found = texts(drawn(learning_curves(trials, PUBLISHED)))
    for text in ("paper: 74,000", "6 solved", "3 at the cap", "1 diverged", "1 not over"):
        assert text in found
    assert "stop rule: below 0.01" in found
    assert "training sequences" in found
    assert not any("paper" in text for text in texts(drawn(learning_curves(trials))))


def test_learning_curves_keep_a_far_published_mean_in_sight():
    axes = learning_curves([record(0, 5_000)], PUBLISHED).axes[0]
    assert axes.get_xlim()[1] > 74_000


@pytest.mark.parametrize(
    "curve", [np.zeros((0, 3)), np.full((2, 3), np.nan), np.array([[1000.0, 0.1, 0.0]])]
)
def test_learning_curves_of_trials_with_little_to_draw(curve):
    drawn(learning_curves([replace(record(0, 1_500, Status.DIVERGED), curve=curve)]))


def test_distribution_names_its_strips_and_marks():
    found = texts(drawn(distribution(summaries(experiment(), study()), study())))
    for text in (
        "T=100, linear-output: 3 of 4 solved",
        "T=100, as-printed: 0 of 2 solved",
        "2 \N{MULTIPLICATION SIGN}",
        "median",
        "mean, 95% interval",
        "paper's mean",
        "paper's range",
        "at the cap",
        "diverged",
    ):
        assert text in found
    alone = texts(drawn(distribution(summaries(experiment(), study()[1:4]), study()[1:4])))
    assert "at the cap" not in alone
    assert "paper's mean" not in alone


@pytest.mark.parametrize(
    ("changed", "panels"), [({}, 6), ({"output_gates": None}, 5), ({"marked": ()}, 6)]
)
def test_mechanism_has_its_panels(changed, panels):
    figure = mechanism(trace(**changed))
    assert len(figure.axes) == panels
    assert len({axes.get_xlim() for axes in figure.axes}) == 1
    found = texts(drawn(figure))
    assert {"input values", "input gates", "cell states", "time step"} <= set(found)
    assert ("output gates" in found) == ("output_gates" not in changed)
    assert any(text.startswith("marked: ") for text in found) == ("marked" not in changed)


def test_mechanism_of_a_long_sequence_stays_small():
    # Curves of white noise, the worst case: 14 of them and the stems, about 20 bytes a point.
    assert len(svg(mechanism(trace(1000)))) < 400_000
    # Pixels: their number, and so the size, does not grow with the steps. Noise packs worst.
    long = svg(mechanism(trace(2 * MANY)))
    assert "data:image/png;base64" in long
    assert len(long) < 800_000


def test_trace_refuses_wrong_shapes_and_marks():
    with pytest.raises(InputError, match=r"states of a trace must have shape \(100, n\), got \(9"):
        trace(states=np.zeros((9, 4)))
    with pytest.raises(InputError, match=r"marked steps must be from 0 to 99, got \(100,\)"):
        trace(marked=(100,))


def test_figures_need_trials():
    with pytest.raises(InputError, match="no trials to draw"):
        learning_curves([])
    with pytest.raises(InputError, match="no trials to draw"):
        distribution([], [])


def test_drawing_leaves_the_callers_settings_alone(tmp_path):
    before = dict(matplotlib.rcParams)
    save(learning_curves(study()), tmp_path / "curves")
    assert dict(matplotlib.rcParams) == before


def test_save_writes_svg_and_png(tmp_path):
    figure = learning_curves(study(), PUBLISHED, title="T=100")
    save(figure, tmp_path / "new" / "curves.T=100")
    root = ElementTree.parse(tmp_path / "new" / "curves.T=100.svg").getroot()
    assert "T=100" in texts(root)
    png = (tmp_path / "new" / "curves.T=100.png").read_bytes()
    assert png.startswith(b"\x89PNG")
    save(learning_curves(study(), PUBLISHED, title="T=100"), tmp_path / "again")
    assert (tmp_path / "again.png").read_bytes() == png
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.png", "again.svg", "new"]


def test_svg_label_is_escaped():
    root = ElementTree.fromstring(svg(mechanism(trace(30, marked=())), 'a<b "c" & d>'))
    assert root.get("aria-label") == 'a<b "c" & d>'


# The page


class Walk(HTMLParser):
    """Collects what the tests look at, and checks that elements close in order."""

    EMPTY = {"meta", "br", "hr", "img", "link"}  # noqa: RUF012

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.attributes, self.words = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data)


@pytest.fixture(scope="module")
def page():
    section = Section(experiment(), study(), trace(), "T=100, trial 0", (REFERENCE,))
    return render([section, section], META)


@pytest.fixture(scope="module")
def walked(page):
    walk = Walk()
    walk.feed(page)
    walk.close()
    assert walk.open == []
    return walk


def test_page_has_everything(walked):
    text = " ".join(" ".join(walked.words).split())
    for phrase in (
        "The adding problem",
        "62,111*",
        "74,000",
        "37,000\N{EN DASH}202,000",
        "missed: none solved within the cap of 200,000",
        "not published",
        "To the letter.",
        "learner.output = linear",
        "the one run unless told otherwise",
        "rule.rate = 0.5",
        "at most 200,000 training sequences, task.T = 100",
        "T=100, trial 0.",
        "Somebody (1997). Something.",
        "Seed 7; float32.",
        "longlag 1.2.3 · a machine · 1 May 2030",
    ):
        assert phrase in text, phrase
    # Per section, each for desk and telephone: three learning curves, distribution, mechanism.
    assert walked.tags.count("svg") == 2 * 2 * 5


def test_page_loads_nothing(page, walked):
    for tag, name, value in walked.attributes:
        if name in ("src", "srcset", "data", "poster", "action"):
            pytest.fail(f"{tag} {name}={value}")
        if name in ("href", "xlink:href"):
            inside = value.startswith(("#", "data:"))
            assert inside or (tag == "a" and value.startswith("https://doi.org/")), value
    assert not {"link", "script", "iframe", "img"} & set(walked.tags)
    assert "@import" not in page
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", page))


def test_identifiers_of_figures_are_their_own(page):
    once = page[: page.index('id="experiment-2"')]
    identifiers = re.findall(r'\bid="([^"]+)"', once)
    assert len(identifiers) == len(set(identifiers))
    used = re.findall(r'(?:href="|url\()#([^")]+)', once)
    assert used
    assert set(used) <= {*identifiers, "experiment-2"}


def test_hostile_names_are_escaped():
    hostile = '<script>alert("x")</script>&'
    changed = experiment(title=hostile, description=hostile)
    reading = replace(changed.readings[1], summary=hostile)
    changed = replace(changed, readings=(changed.readings[0], reading))
    changed = replace(changed, rows=(replace(changed.rows[0], name=hostile),))
    records = [replace(r, key=replace(r.key, row=hostile)) for r in study()[1:4]]
    section = Section(changed, records, trace(), hostile, (Reference(hostile, '"><script>'),))
    text = render([section], replace(META, machine=hostile, title=hostile))
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_page_without_trace_readings_or_success():
    bare = replace(experiment(description=""), readings=(), reading="as-printed")
    records = [record(i, CAP, Status.CAP, reading="as-printed") for i in range(2)]
    text = render([Section(bare, records)], META)
    assert "How it solves the task" not in text
    assert "What the paper leaves open" not in text
    assert "0 of 2 networks solved their task" in text


def test_write_page_replaces_the_file_whole(tmp_path):
    path = tmp_path / "deep" / "report.html"
    section = Section(experiment(), study())
    write_page(path, [section], META)
    write_page(path, [section], replace(META, version="2"))
    assert "longlag 2 ·" in path.read_text(encoding="utf-8")
    assert [each.name for each in path.parent.iterdir()] == ["report.html"]


def test_write_page_needs_trials(tmp_path):
    with pytest.raises(InputError, match="nothing to report"):
        write_page(tmp_path / "report.html", [], META)
    with pytest.raises(InputError, match="no trials of 'adding'"):
        write_page(tmp_path / "report.html", [Section(experiment(), [])], META)


@pytest.mark.parametrize("place", ["file/report.html", "folder"])
def test_a_path_that_cannot_be_written_is_one_line(tmp_path, place):
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder").mkdir()
    with pytest.raises(LonglagError) as caught:
        write_page(tmp_path / place, [Section(experiment(), study()[:1])], META)
    assert str(caught.value).startswith(f"cannot write {tmp_path / place}: ")
    assert "\n" not in str(caught.value)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "folder"]
