"""The page: what stands on it, that it loads nothing, and how it is written."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from support.made_up_records import CAP, experiment, record, study, trace

from longlag.errors import InputError, LonglagError
from longlag.experiments.stop import TrainingSet
from longlag.experiments.trial import Status
from longlag.learners.guessing import Guessing
from longlag.report.provenance import Provenance
from longlag.report.study.page import Section, render, write_page
from longlag.report.study.pictures import section as section_of
from longlag.report.study.references import Reference

ORIGIN = Provenance(version="1.2.3", machine="a machine", date="1 May 2030", commit="abc")
REFERENCE = Reference("Somebody (1997). Something.", "10.1162/neco.1997.9.8.1735")


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
    section = Section(experiment(), study(), {"T=100, trial 0": trace()}, (REFERENCE,))
    return render([section, section], ORIGIN)


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
        "the default",
        "rule.rate = 0.5",
        "at most 200,000 training sequences, task.T = 100",
        "T=100, trial 0.",
        "Somebody (1997). Something.",
        "Seed 7; float32.",
        "longlag 1.2.3 (abc) · a machine · 1 May 2030",
    ):
        assert phrase in text, phrase
    # Per section three learning curves, and for desk and telephone distribution and mechanism.
    # The overview, for desk and telephone, is there once.
    assert walked.tags.count("svg") == 2 * (3 + 2 * 2) + 2


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
    section = Section(changed, records, {hostile: trace()}, (Reference(hostile, '"><script>'),))
    text = render([section], replace(ORIGIN, machine=hostile, commit=hostile))
    assert "<script" not in text
    assert "&lt;script&gt;" in text


def test_rows_may_learn_in_several_ways_and_have_tests_of_several_sizes():
    guessed = replace(record(0, 9, row="T=500"), tested=50, guesses=9)
    learner, stop = Guessing(2, 1), TrainingSet(9)
    conditions = replace(guessed.conditions, learner=learner, stop=stop)
    records = [record(0, 61_000), replace(guessed, conditions=conditions)]
    text = " ".join(render([Section(experiment(), records)], ORIGIN).split())
    assert "count the training sequences or guesses until" in text
    assert "of 50 or 2,560 fresh test sequences" in text
    assert "one network, trained from its own random start on its own sequences or trial" in text
    assert "at most 200,000 training sequences or guesses, task.T = 100" in text


def test_sources_of_a_users_own_are_shown_as_they_are():
    own = replace(experiment(), citation=("me2024", "hochreiter1996"))
    mine, known = section_of(own, [record(0, CAP, Status.CAP)]).references
    assert (mine.text, mine.doi) == ("me2024", None)
    assert known.text.startswith("Hochreiter")


def test_page_without_trace_readings_or_success():
    bare = experiment(description="")
    bare = replace(bare, readings=bare.readings[:1], reading="as-printed")
    records = [record(i, CAP, Status.CAP, reading="as-printed") for i in range(2)]
    text = render([Section(bare, records)], ORIGIN)
    assert "How it solves the task" not in text
    assert "What the paper leaves open" not in text
    assert "0 of 2 networks solved their task" in text


def test_write_page_replaces_the_file_whole(tmp_path):
    path = tmp_path / "deep" / "report.html"
    section = Section(experiment(), study())
    write_page(path, [section], ORIGIN)
    write_page(path, [section], replace(ORIGIN, version="2", commit=""))
    assert "longlag 2 ·" in path.read_text(encoding="utf-8")
    assert [each.name for each in path.parent.iterdir()] == ["report.html"]


def test_write_page_needs_trials(tmp_path):
    with pytest.raises(InputError, match="nothing to report"):
        write_page(tmp_path / "report.html", [], ORIGIN)
    with pytest.raises(InputError, match="no trials of 'adding'"):
        write_page(tmp_path / "report.html", [Section(experiment(), [])], ORIGIN)


@pytest.mark.parametrize("place", ["file/report.html", "folder"])
def test_a_path_that_cannot_be_written_is_one_line(tmp_path, place):
    (tmp_path / "file").write_text("in the way")
    (tmp_path / "folder").mkdir()
    with pytest.raises(LonglagError) as caught:
        write_page(tmp_path / place, [Section(experiment(), study()[:1])], ORIGIN)
    assert str(caught.value).startswith(f"cannot write {tmp_path / place}: ")
    assert "\n" not in str(caught.value)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["file", "folder"]
