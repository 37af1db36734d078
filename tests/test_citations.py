"""Everything that cites cites entries that exist."""

import re
from importlib import resources

import pytest

from longlag import Fleet, LSTMForecaster, PartitionedFleet
from longlag.citations import citation, entries
from longlag.errors import InputError
from longlag.experiments.files import catalogue
from longlag.learners import learners
from longlag.learners.lstm import LSTM
from longlag.rules import Clip, rules
from longlag.tasks import tasks


@pytest.mark.parametrize(
    "thing",
    [*tasks().values(), *learners().values(), *rules().values(), Clip, *catalogue().values()],
)
def test_every_task_learner_rule_and_experiment_cites_known_entries(thing):
    assert thing.citation
    assert set(thing.citation) <= set(entries())


def test_published_figures_name_known_sources():
    rows = [row for experiment in catalogue().values() for row in experiment.rows]
    assert {row.published.source for row in rows if row.published} <= set(entries())


def test_every_entry_of_the_file_is_found():
    text = resources.files("longlag").joinpath("citations.bib").read_text(encoding="utf-8")
    keys = re.findall(r"@\w+\{(\w+),", text)
    assert list(entries()) == keys
    assert len(set(keys)) == len(keys)


@pytest.mark.parametrize("key", entries())
def test_entries_are_whole(key):
    entry = entries()[key]
    fields = dict(re.findall(r"^  (\w+) *= \{(.*)\},?$", entry, re.MULTILINE))
    assert {"author", "title", "year"} <= set(fields)
    assert entry.count("{") == entry.count("}")
    # Every line but the first, the last and the one before it ends with a comma.
    assert all(line.endswith(",") for line in entry.splitlines()[:-2])


def test_names_keys_and_things_give_each_entry_once():
    lstm = entries()["hochreiter1997"] + "\n\n" + entries()["hochreiter1996"]
    assert citation("lstm") == lstm
    assert citation("adding", learners()["lstm"], "hochreiter1997") == lstm
    assert citation("adam") == entries()["kingma2015"]
    assert citation(catalogue()["adding"]) == lstm
    assert citation() == ""
    for stream in (LSTMForecaster, PartitionedFleet, Fleet, LSTMForecaster()):
        assert entries()["gers2000"] in citation(stream)


def test_unknown_names_and_things_without_a_source():
    with pytest.raises(InputError, match=r"^unknown citation 'lstn': did you mean lstm\?$"):
        citation("lstn")
    with pytest.raises(InputError, match=r"^citation needs a name, a task, .*, got int$"):
        citation(3)


def test_a_learner_cites_what_its_options_come_from():
    later = citation(LSTM(2, 1, forget_gates=True, peepholes=True))
    assert all(f"{{{key}," in later for key in ("gers2000", "gers2000peepholes", "hochreiter1997"))
    assert "gers2000" not in citation(LSTM(2, 1))
