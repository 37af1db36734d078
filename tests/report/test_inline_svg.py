"""Figures as elements of a page: shorter than Matplotlib's files, with the same to see."""

import re
import xml.etree.ElementTree as ElementTree

import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.text import Text
from support.made_up_records import PUBLISHED, experiment, record, several, study, trace

from longlag.experiments.trial import Status
from longlag.report.study.comparison import comparisons
from longlag.report.study.figures import distribution, learning_curves
from longlag.report.study.mechanism import mechanism
from longlag.report.study.overview import overview
from longlag.report.study.summary import summaries
from longlag.report.style.inline_svg import element
from longlag.report.style.plots import NARROW, WIDTH

SVG = "{http://www.w3.org/2000/svg}"
FILE = """<?xml version="1.0"?>
<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="9pt">
 <defs><style type="text/css">*{stroke-linecap: butt}</style></defs>
 <g id="unnamed">
  <defs><path id="mark" d="M 0 1.26
L 1 2
L -3 1e-7
z
" style="fill: red"/></defs>
  <g clip-path="url(#box)">
   <use xlink:href="#mark" x="1.2345" y="100.04" style="fill: red; stroke: blue"/>
   <use xlink:href="#mark" x="2" y="3" style="fill: red; stroke: blue"/>
  </g>
  <text x="1.55" transform="rotate(-0 1.55 2)">two  <tspan>words</tspan> here</text>
  <text transform="rotate(-90 1.55 2)">up</text>
  <path d="M 1 2 C 3 4 5 6 7 8 L 9 9 M 0 0 L 1 1 L 2 2"/>
 </g>
 <clipPath id="box"><rect x="0" y="0" width="3.14159" height="1"/></clipPath>
</svg>"""


@pytest.fixture(scope="module")
def small():
    return element(FILE, 'a "label" & more')


def test_what_is_shortened(small):
    root = ElementTree.fromstring(small)
    assert (root.get("width"), root.get("aria-label")) == (None, 'a "label" & more')
    mark, curve = root.iter(f"{SVG}path")
    assert mark.get("d") == "M0 1.3 1 2 -3 0z"
    assert curve.get("d") == "M1 2C3 4 5 6 7 8L9 9M0 0 1 1 2 2"
    first, second = root.iter(f"{SVG}use")
    assert (first.get("x"), first.get("y")) == ("1.2", "100")
    assert first.get("href") == second.get("href") == f"#{mark.get('id')}"
    assert "xlink" not in small
    assert [each.get("transform") for each in root.iter(f"{SVG}text")] == [
        None,
        "rotate(-90 1.55 2)",
    ]
    (group,) = root.iter(f"{SVG}g")  # the other one had only an identifier that nothing names
    (box,) = root.iter(f"{SVG}clipPath")
    assert group.get("clip-path") == f"url(#{box.get('id')})"


def test_blanks_are_kept_in_text_alone(small):
    root = ElementTree.fromstring(small)
    assert "".join(next(root.iter(f"{SVG}text")).itertext()) == "two  words here"
    assert not re.search(r">\s+<", small)


def test_equal_styles_are_one_class_of_this_figure(small):
    root = ElementTree.fromstring(small)
    first, second = root.iter(f"{SVG}use")
    assert first.get("class") == second.get("class")
    rule = f"#{root.get('id')} .{first.get('class')}{{fill:red;stroke:blue}}"
    assert next(root.iter(f"{SVG}style")).text == f"*{{stroke-linecap: butt}}{rule}"
    # No selector reaches from the element that copies a definition into the copy.
    assert next(root.iter(f"{SVG}path")).get("style") == "fill:red"


def drawn(width):
    trials = [*study(), record(9, 40_000, Status.INTERRUPTED)]
    compared = [each for one, of in several() for each in comparisons(one, summaries(one, of))]
    return {
        "curves": learning_curves(trials, PUBLISHED, width=width),
        "distribution": distribution(summaries(experiment(), study()), study(), width=width),
        "mechanism": mechanism(trace(), title="a title", width=width),
        "overview": overview(compared, width=width),
    }


@pytest.mark.parametrize("width", [WIDTH, NARROW])
def test_all_that_is_written_is_inside_the_figure_and_apart(width):
    """Axes are placed by sums of lines and widths, not by looking at what was drawn."""
    for name, figure in drawn(width).items():
        renderer = FigureCanvasAgg(figure).get_renderer()
        figure.draw(renderer)
        whole = figure.bbox.padded(1)
        last = figure.axes[-1]
        boxes = {"x": last.xaxis.label.get_window_extent(renderer)}
        for number, each in enumerate([*figure.legends, *figure.texts]):  # a text is the title
            boxes[f"figure {number}"] = each.get_window_extent(renderer)
        boxes |= {
            f"tick {i}": each.get_window_extent(renderer)
            for i, each in enumerate(last.get_xticklabels())
            if last.get_xlim()[0] <= each.get_position()[0] <= last.get_xlim()[1]
        }
        if figure.axes[0].get_ylabel():
            boxes["y"] = figure.axes[0].yaxis.label.get_window_extent(renderer)
        for number, panel in enumerate(figure.axes):
            names = {panel.get_title("left"), panel.get_title("right")} - {""}
            for each in panel.findobj(Text):
                if each.get_text() in names:
                    boxes[f"name {number} {each.get_text()}"] = each.get_window_extent(renderer)
        for key, box in boxes.items():
            inside = whole.x0 <= box.x0 and whole.y0 <= box.y0 and box.y1 <= whole.y1
            assert inside, (name, key)
            for other, beside in boxes.items():
                both = "tick" in key and "tick" in other
                assert both or key >= other or not box.overlaps(beside), (name, key, other)
            for panel in figure.axes:
                touches = "name" in key  # a name stands on its panel
                assert touches or not panel.bbox.overlaps(box), (name, key)
