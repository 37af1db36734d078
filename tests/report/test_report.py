import io
import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import matplotlib
import numpy as np
import pytest
from rich.console import Console
from support.made_up_records import PUBLISHED, experiment, record, several, study, trace

from longlag.errors import InputError
from longlag.experiments.experiment import Reading
from longlag.experiments.stop import Exam
from longlag.experiments.trial import Status
from longlag.report.study.comparison import comparisons
from longlag.report.study.figures import PER_DECADE, distribution, learning_curves
from longlag.report.study.mechanism import mechanism
from longlag.report.study.overview import overview
from longlag.report.study.panels import MANY
from longlag.report.study.summary import summaries
from longlag.report.study.tables import result_table, results_table
from longlag.report.style.plots import NARROW, save, svg

SVG = "{http://www.w3.org/2000/svg}"


def printed(table, width):
    console = Console(width=width, file=io.StringIO(), color_system=None)
    console.print(table)
    return console.file.getvalue()


def compared():
    return [
        each for one, records in several() for each in comparisons(one, summaries(one, records))
    ]


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
    changed = replace(experiment(), readings=(Reading("[red]x[/red]", ""),))
    return summaries(changed, [odd])


# Figures


@pytest.mark.parametrize("width", [6.6, NARROW])
@pytest.mark.parametrize("name", ["curves", "distribution", "mechanism", "overview"])
def test_figures_are_well_formed_and_repeatable(name, width):
    def draw():
        if name == "curves":
            return learning_curves(study(), PUBLISHED, width=width)
        if name == "distribution":
            return distribution(summaries(experiment(), study()), study(), width=width)
        if name == "overview":
            return overview(compared(), width=width)
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


def test_a_learning_curve_is_thinned_to_the_means_of_neighbours():
    points = np.arange(1.0, 100_001.0)
    errors = np.where(points % 2 == 0, 0.2, 0.4)
    long = replace(record(0, 100_000), curve=np.stack([points, errors, errors], axis=1))
    line = learning_curves([long]).axes[0].lines[0]
    sequences, means = line.get_data()
    assert len(sequences) <= 5 * PER_DECADE + 1  # five decades
    assert sequences[-1] == 100_000
    # All but the very last join thousands, even and odd ones alike: one more of either at most.
    assert means[-5:-1] == pytest.approx(0.3, abs=0.001)


def test_a_stop_rule_without_a_mean_error_has_no_line():
    exam = Exam(sequences=256)
    trial = record(0, 5_000)
    trial = replace(trial, conditions=replace(trial.conditions, stop=exam))
    assert not any("below" in text for text in texts(drawn(learning_curves([trial]))))
    level = replace(trial.conditions, stop=replace(exam, average_below=0.04))
    assert "exam: below 0.04" in texts(drawn(learning_curves([replace(trial, conditions=level)])))


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


def symbolic(symbols, steps=100, outputs=4, targets=(-1,), **changed):
    """A trace of symbols, whose targets name one of several outputs."""
    rng = np.random.default_rng(2)
    target = np.full((steps, outputs), np.nan)
    for step in targets:
        target[step] = np.eye(outputs)[rng.integers(outputs)]
    return trace(
        steps,
        x=rng.integers(0, len(symbols) or 1000, (steps, 1)).astype(float),
        target=target,
        outputs=rng.random((steps, outputs)),
        symbols=symbols,
        marked=(3, 7),
        **changed,
    )


def test_a_short_sequence_of_symbols_is_written_in_letters():
    trace = symbolic(tuple("BTPSXVE"), steps=12, outputs=7, targets=range(12))
    figure = mechanism(trace)
    written = [text.get_text() for text in figure.axes[0].texts]
    assert written == ["BTPSXVE"[int(symbol)] for symbol in trace.x[:, 0]]
    bold = [text.get_text() for text in figure.axes[0].texts if text.get_fontweight() == "bold"]
    assert f"marked: {', '.join(bold)}" in texts(drawn(figure))
    # As many outputs as symbols: they predict the next one.
    assert [text.get_text() for text in figure.axes[-1].get_yticklabels()] == list("BTPSXVE")


def test_a_long_sequence_of_few_symbols_has_a_named_row_for_each():
    figure = mechanism(symbolic(tuple("EBabcdXY")), width=NARROW)
    axes = figure.axes[0]
    assert [text.get_text() for text in axes.get_yticklabels()] == list("EBabcdXY")
    assert not axes.texts


def test_many_symbols_are_numbered():
    trace = symbolic((), steps=1020, outputs=2, output_gates=None)
    found = texts(drawn(mechanism(trace)))
    x = trace.x[:, 0].astype(int)
    assert f"marked: symbol {x[3]}, symbol {x[7]}" in found
    assert "output gates" not in found


@pytest.mark.parametrize(("targets", "outputs"), [((-1,), 4), (range(100), 7), (range(100), 101)])
def test_several_outputs_are_shades_with_a_ring_at_every_target(targets, outputs):
    trace = symbolic((), outputs=outputs, targets=targets)
    axes = mechanism(trace).axes[-1]
    (shades,) = axes.images
    assert shades.get_array().shape == (outputs, 100)
    (rings,) = axes.lines[2:]  # after those of the marked steps
    assert list(zip(*np.nonzero(trace.target == 1), strict=True)) == list(
        zip(rings.get_xdata(), rings.get_ydata(), strict=True)
    )


def test_the_overview_has_a_line_for_every_published_mean():
    found = texts(drawn(overview(compared())))
    for text in ("Noise and signal", "Temporal order", "N=3 ST1", "N=1", "6a", "modern setting"):
        assert text in found
    assert "none solved" not in found
    first, *others = compared()
    none = replace(first.ours, solved=0, mean=None, lowest=None, highest=None)
    failed = replace(first, summaries=(none,))
    found = texts(drawn(overview([failed, replace(others[0], summaries=())])))
    assert {"none solved", "not run"} <= set(found)
    with pytest.raises(InputError, match="no published means"):
        overview([])


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
    figure = learning_curves(study(), PUBLISHED)
    save(figure, tmp_path / "new" / "curves.T=100")
    root = ElementTree.parse(tmp_path / "new" / "curves.T=100.svg").getroot()
    assert any("paper" in text for text in texts(root))
    png = (tmp_path / "new" / "curves.T=100.png").read_bytes()
    assert png.startswith(b"\x89PNG")
    save(learning_curves(study(), PUBLISHED), tmp_path / "again")
    assert (tmp_path / "again.png").read_bytes() == png
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.png", "again.svg", "new"]


def test_svg_label_is_escaped():
    root = ElementTree.fromstring(svg(mechanism(trace(30, marked=())), 'a<b "c" & d>'))
    assert root.get("aria-label") == 'a<b "c" & d>'
