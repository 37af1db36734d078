"""The places of the pictures of a report, and what it makes of trials with the names of others."""

from dataclasses import replace

from support.made_up_records import experiment, record, trace

from longlag.experiments.experiment import Row
from longlag.experiments.judged import judgements_in
from longlag.experiments.names_in_store import JUDGE
from longlag.report.study.page import Section
from longlag.report.study.pictures import drawings


def section(name, *rows):
    """An experiment with a trial of each row, one of whose networks is looked into."""
    named = replace(experiment(), name=name, rows=tuple(Row(row, 1000) for row in rows))
    trials = [record(0, 500, row=row) for row in rows]
    return Section(named, trials, {f"{rows[0]}, trial 0": trace()})


def test_no_picture_replaces_another(tmp_path):
    sections = [
        section("foo", "x a", "x=a", "X a"),
        section("foo-x", "a"),
        section("Foo", "x a"),  # the same file as one of foo on some disks
    ]
    places = [place.relative_to(tmp_path).as_posix() for place, _ in drawings(tmp_path, sections)]
    assert len({place.lower() for place in places}) == len(places) == 3 + 3 + 5
    assert "foo-x-a-linear-output-curves-4" in places


def test_trials_of_a_file_that_was_called_judge_are_no_judgements():
    trial = record(0, 500)
    ours = replace(trial, key=replace(trial.key, experiment=JUDGE))
    assert judgements_in([ours]) == []
