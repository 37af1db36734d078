"""Models of users on the ladder of lags, by `longlag.torch.judge` and by the command."""

import json
import multiprocessing
import os
import subprocess
import sys
import time
from contextlib import nullcontext
from dataclasses import replace
from io import StringIO

import pytest
import torch
from rich.console import Console
from support.user_model import SUM
from torch import nn

from longlag.errors import InputError, LonglagError
from longlag.experiments.judged import judgements_in
from longlag.experiments.ladder import Ladder, families
from longlag.experiments.names_in_store import JUDGE
from longlag.experiments.population import Job
from longlag.experiments.store import Store
from longlag.experiments.trial import TrialKey
from longlag.report.study.judge import judge_table, rung_table
from longlag.torch import judge, workers
from longlag.torch.contender import Contender
from longlag.torch.judging import Judging
from longlag.torch.workers import Here, Processes


class Sum(nn.Module):
    """The model of the file, for Python."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.output = nn.Linear(inputs, outputs)

    def forward(self, x):
        return self.output(x.cumsum(1))


def test_judge_climbs_and_falls(tmp_path):
    def adam(parameters):
        return torch.optim.Adam(parameters, lr=0.02)

    arguments = {
        "optimiser": adam,
        "families": ["trainable-latch", "temporal-order"],
        "lags": [5, 10],
    }
    store = tmp_path / "store"
    threads, drawn = torch.get_num_threads(), torch.get_rng_state()
    found = judge(Sum, networks=2, budget=3000, store=store, **arguments)
    assert torch.get_num_threads() == threads
    assert torch.equal(torch.get_rng_state(), drawn)
    assert found.finished
    assert found.reached == {"trainable-latch": 10, "temporal-order": 0}
    assert found.climbs[1].rungs[-1].records == ()  # of three networks none solved the task
    with Store(store, read_only=True) as opened:
        records = opened.records()
    assert len(records) == len(found.records) == 3 + 2 + 3 + 2 + 3
    (known,) = judgements_in(records)
    assert known.name == "Sum"
    assert known.reached == found.reached
    assert known.climbs[0].ahead == 20  # which nobody asked for, so it may climb on
    again = judge(Sum, networks=2, budget=3000, store=store, seconds=0, **arguments)
    assert again.reached == found.reached


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"store": 5}, "a store is a file, got 5"),
        ({"store": []}, r"a store is a file, got \[\]"),
        ({"store": b"x"}, "a store is a file, got b'x'"),
        ({"store": ""}, ". is a folder"),
        ({"lags": [5.0]}, "each lag must be a whole number .*, got 5.0"),
    ],
)
def test_arguments_of_other_kinds_are_one_line(arguments, message):
    with pytest.raises(LonglagError, match=message):
        judge(Sum, **{"families": ["trainable-latch"], "lags": [5], "seconds": 0} | arguments)


def test_without_time_nothing_is_run_and_nothing_has_failed(summing, tmp_path):
    with Store(tmp_path / "store") as store:
        judging = Judging(
            [Contender.of_file(summing)], store, Ladder(1000, families=["trainable-latch"]), 10
        )
        found = judging.run(Here(lambda: True), lambda: True)
    assert not found[0].finished
    text = shown(judge_table(found, ()))
    assert "not run" in text.splitlines()[1]
    assert "No network has come to its end yet" in shown(rung_table(found[0]))


def test_a_rung_that_was_left_half_way_is_not_over_in_the_store(summing, tmp_path):
    with Store(tmp_path / "store") as store:
        contender = Contender.of_file(summing)
        ladder = Ladder(3000, families=["trainable-latch"], lags=[5])

        def stopping():
            return bool(store.records(JUDGE))

        Judging([contender], store, ladder, 3).run(Here(stopping), stopping)
        (left,) = judgements_in(store.records(), store.begun(JUDGE))
        assert not left.finished
        assert left.climbs[0].rungs == ()
        assert len(left.climbs[0].pending) == 2
        (found,) = Judging([contender], store, ladder, 3).run(Here(lambda: False), lambda: False)
        assert not store.begun(JUDGE)
        (known,) = judgements_in(store.records())
    assert found.finished
    assert known.reached == found.reached == {"trainable-latch": 5}
    assert len(known.climbs[0].rungs[0].records) == 3


def judged(path, families, processes):
    """What becomes of the model of a file on two short lags."""
    ladder = Ladder(2000, families=families, lags=[5, 50])
    crew = Processes(2) if processes else nullcontext(Here(lambda: False))
    with Store(path.with_suffix(".longlag")) as store, crew as workers_:
        judging = Judging([Contender.of_file(path)], store, ladder, 2)
        return judging.run(workers_, lambda: False)[0]


def failing(path, condition):
    """Make the model of a file fail on such batches."""
    line = f'        if {condition}:\n            raise ValueError("too many")\n'
    last = "        return self.output"
    path.write_text(SUM.replace(last, line + last))


@pytest.mark.parametrize("processes", [False, True])
def test_a_model_that_fails_on_long_sequences_ends_its_climbs_there(summing, processes):
    failing(summing, "x.shape[1] > 30")
    found = judged(summing, ["trainable-latch", "adding"], processes)
    assert found.finished
    latch, adding = found.climbs
    assert (latch.reached, [rung.lag for rung in latch.rungs], adding.rungs) == (5, [5], ())
    for climb in (latch, adding):  # the shortest lag of adding is 50
        assert climb.reason.startswith(f"fails at lag 50: {summing}, line ")
        assert climb.reason.endswith("ValueError: too many")
    table = " ".join(shown(judge_table([found], ())).split())
    assert "trainable-latch: fails at lag 50: " in table
    assert "adding n/a" in table


@pytest.mark.parametrize("processes", [False, True])
def test_a_model_that_fails_on_the_shortest_lag_ends_the_run_in_one_line(summing, processes):
    failing(summing, "len(x) > 3")
    with pytest.raises(InputError, match=r"line \d+: .*: ValueError: too many$"):
        judged(summing, ["trainable-latch"], processes)


def test_a_process_that_dies_between_two_looks_is_one_line(summing):
    contender = Contender.of_file(summing)
    conditions = contender.conditions(families()["trainable-latch"], 5, cap=100, seed=1)["own"]
    with Processes(1) as processes:
        endless = processes._pool.submit(time.sleep, 1e6)
        for process in multiprocessing.active_children():
            process.terminate()
        assert endless.exception()
        processes.begin(contender, Job(TrialKey("judge", "latch", "own", 0), conditions, None))
        assert [result for _, result in processes.ended()] == [None]
    assert "was ended from outside" in str(processes.failure)


def test_a_process_that_does_not_stop_is_ended_and_its_trial_is_named(summing, monkeypatch):
    monkeypatch.setattr(workers, "GRACE", 0.0)
    contender = Contender.of_file(summing)
    conditions = contender.conditions(families()["trainable-latch"], 5, cap=100, seed=1)["own"]
    job = Job(TrialKey("judge", "latch, lag 5", "own", 0), conditions, None)
    summing.write_text("while True: pass")
    with Processes(1) as processes:
        processes.begin(contender, job)
        assert processes.ended() == []
        processes.stop()
        ended = []
        while not ended:
            ended = processes.ended()
    assert ended == [(job, None)]
    assert processes.lost == [job]
    assert processes.failure is None


@pytest.mark.parametrize(
    "line", ["        while True: pass", "        import time; time.sleep(1e6)"]
)
def test_code_that_does_not_return_ends_the_command_after_its_budget(summing, line):
    summing.write_text(SUM.replace("        return self.output", f"{line}\n        return self.o"))
    code = (
        "import sys, longlag.torch.workers as workers; workers.GRACE = 0.0\n"
        "from longlag.cli import main; main()"
    )
    arguments = ["judge", summing, "--budget", "1s", "--store", summing.with_suffix(".longlag")]
    own = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=own)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith("was over. Does forward return?\n")
    assert done.stderr.count("\n") == 1


def test_a_second_ctrl_c_ends_code_that_does_not_end():
    with Processes(1) as processes:
        endless = processes._pool.submit(time.sleep, 1e6)
        processes.__exit__(KeyboardInterrupt)
    assert endless.exception()


def test_a_trial_counts_for_the_model_of_its_name_alone(summing, tmp_path):
    """Also where the name of another model goes on after a comma, as names of settings do."""
    short = Contender.of_file(summing)
    models = [short, replace(short, name=f"{short.name}, twice")]
    with Store(tmp_path / "store") as store:
        judging = Judging(models, store, Ladder(3000, families=["trainable-latch"], lags=[5]), 1)
        short_one, long_one = judging.run(Here(lambda: False), lambda: False)
    assert len(short_one.records) == len(long_one.records) == 3 + 1  # for choosing, and shown


def test_two_models_need_two_names(summing, tmp_path):
    both = [Contender.of_file(summing)] * 2
    with Store(tmp_path / "store") as store, pytest.raises(InputError, match="a name of its own"):
        Judging(both, store, Ladder(1000, families=["trainable-latch"]), 10)


def shown(table):
    written = StringIO()
    Console(width=120, file=written).print(table)
    return written.getvalue()


def test_the_command_shows_stores_and_resumes(summing, tmp_path, longlag, own_folder):
    arguments = ["judge", summing, "--families", "trainable-latch", "--lags", 5, "--networks", 2]
    arguments += ["--budget", "3e3", "--workers", 1]
    status, out, err = longlag(*arguments, "-o", tmp_path / "ladder")
    assert status == 0, err
    lines = [line.split() for line in out.splitlines()]
    assert lines[0][:4] == ["longest", "lag", "sum.py", "lstm"]
    assert "Not shown, as there is no room: " in out
    assert lines[1][:3] == ["trainable-latch", "5", "1,000+"]
    assert next(line for line in lines[2:] if line[:1] == ["trainable-latch"])[:2] == [
        "trainable-latch",
        "2/2",
    ]
    assert (tmp_path / "ladder.svg").stat().st_size > 0
    status, out, _ = longlag(*arguments, "--json")
    (model,) = json.loads(out)
    assert (model["model"], model["networks"], model["finished"]) == ("sum.py", 5, True)
    assert model["climbs"][0]["reached"] == 5
    # Those that the table shows beside it, as far as it has room.
    beside = {each["learner"]: each for each in model["beside"]}
    assert (beside["lstm"]["reached"], beside["lstm"]["finished"]) == (1000, False)
    assert {each["family"] for each in model["beside"]} == {"trainable-latch"}
    assert longlag("report", "-o", tmp_path / "page.html")[0] == 0
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "The ladder of lags" in page
    assert "sum.py" in page
    assert "sum.py" in longlag("results")[1]
    status, _, err = longlag("verify")
    assert status == 2
    assert "5 trials of longlag judge left out" in err


def test_the_command_prints_an_example_and_refuses_what_is_none(longlag, own_folder):
    assert longlag("judge", "--example", "gru")[1].startswith('"""torch.nn.GRU')
    for arguments, message in (
        (["--example", "gur"], "unknown example 'gur': did you mean gru"),
        (["--example", "gru", "--json"], "--example and --json exclude each other"),
        ([], "name the file of a model"),
        (["none.py"], "there is no file none.py"),
        (["x.py", "--budget", "soon"], "--budget must be"),
        (["x.py", "--lags", 7], "each lag must be one of"),
        (["x.py", "--beside", "lsmt"], "did you mean lstm"),
        (["x.py", "-o", "x.py"], "--output must end in"),
    ):
        status, out, err = longlag("judge", *arguments)
        assert (status, out) == (2, "")
        assert message in err
        assert err.count("\n") == 1
