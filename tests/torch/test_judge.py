"""Models of users on the ladder of lags: what is asked of a file, and what is measured."""

import json
import multiprocessing
import os
import subprocess
import sys
import time
from dataclasses import replace
from io import StringIO
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import torch
from rich.console import Console
from torch import nn

import longlag.torch
from longlag.errors import InputError
from longlag.experiments.conditions import build, to_tables
from longlag.experiments.judged import judgements_in
from longlag.experiments.ladder import Ladder, families
from longlag.experiments.module import Module
from longlag.experiments.population import Job
from longlag.experiments.store import Store
from longlag.experiments.study import Study
from longlag.experiments.trial import Status, TrialKey
from longlag.learners import learners
from longlag.report.study.judge import judge_table, rung_table
from longlag.simd.random import Purpose, stream_state
from longlag.tasks.adding import Adding
from longlag.torch import judge, workers
from longlag.torch.contender import Contender
from longlag.torch.judging import Judging
from longlag.torch.training import Training, check
from longlag.torch.workers import Here, Processes

EXAMPLES = sorted(Path(longlag.torch.__file__).parent.glob("examples/[a-z]*.py"))

SUM = """
import torch
from torch import nn

class Sum(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.output = nn.Linear(inputs, outputs)
        self.dropout = nn.Dropout(0.01)

    def forward(self, x):
        return self.output(self.dropout(x.cumsum(1)))

def model(inputs, outputs):
    return Sum(inputs, outputs)

def optimiser(parameters):
    return torch.optim.Adam(parameters, lr=0.02)
"""


@pytest.fixture
def summing(tmp_path):
    """A file of a model that solves the latch in a moment, as the class stands on its own lines."""
    path = tmp_path / "sum.py"
    path.write_text(SUM)
    return path


def module(forward):
    """The text of a file whose module computes `forward` of x."""
    return f"""
import torch
from torch import nn
class Model(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.output = nn.Linear(inputs, outputs)
    def forward(self, x):
        return {forward}
model = Model
"""


BROKEN = {
    "nothing": ("", "must define a function model(inputs, outputs)"),
    "syntax": ("def model(:\n", "line 1: when it is read: SyntaxError"),
    "an import": ("\nimport no_such_module", "line 2: when it is read: ModuleNotFoundError"),
    "an exit": ("import sys\nsys.exit(3)", "line 2: when it is read: SystemExit: 3"),
    "no module": ("def model(i, o):\n    return 5", "must return a torch.nn.Module, got 5"),
    "a parameter": ("def model(i):\n    pass", "in model(2, 1): TypeError"),
    "in the model": ("def model(i, o):\n    return o / 0", "line 2: in model(2, 1): ZeroDivision"),
    "a tuple": (module("self.output(x), None"), "got a tuple: return the answers alone"),
    "a shape": (
        module("self.output(x)[:, -1]"),
        "must return a tensor of shape (2, 5, 1) for x of shape (2, 5, 2), got shape (2, 1)",
    ),
    "in forward": (module("self.output(x[0, 0, 7])"), "line 9: in forward for x of shape (2, 5, "),
    "not finite": (module("self.output(x) / 0"), "must be finite, got "),
    "no gradient": (module("self.output(x).detach()"), "weights that require a gradient"),
    "a batch": ("batch = 0\n" + SUM, "batch of FILE must be from 1 to 1000000, got 0"),
    "a clip": ("clip = -1\n" + SUM, "clip of FILE must be"),
    "a name": ("name = 'lstm'\n" + SUM, "must not be a learner of the library, got lstm"),
    "an optimiser": (SUM + "optimiser = 3", "optimiser of FILE must be a function that makes"),
    "its result": (SUM + "    pass\n    return 7\ndef optimiser(p): return 3", "got 3"),
    "its rate": (
        SUM.replace("lr=0.02", "lr=-1"),
        "line 18: in optimiser(parameters): ValueError: Invalid learning rate",
    ),
    "a checkpoint": (
        SUM.replace("return torch", "made = torch")
        + "    made.param_groups[0]['schedule'] = lambda: 0\n    return made\n",
        "must hold tensors and plain values of Python, so that training can resume",
    ),
    "one for all": (
        "import functools\n" + SUM + "\nmodel = functools.cache(model)",
        "model(2, 1) must make new weights at each call",
    ),
    "a message": (
        "class Odd(Exception):\n    def __str__(self): return 1 / 0\nraise Odd",
        "line 3: when it is read: Odd",
    ),
    "a step": (SUM.replace("Adam(", "LBFGS("), "when the weights change: TypeError"),
    "time first": (
        module("self.output(x.cumsum(0))"),
        "depend on the sequences beside it: give the recurrent layer batch_first=True",
    ),
    "a state that is kept": (
        module("self.output(self.__dict__.setdefault('first', x) + x)"),
        "line 9: in forward for x of shape (3, 4, 2): RuntimeError: The size of tensor",
    ),
    "a lazy layer without use": (
        SUM.replace("self.dropout = ", "self.unused = nn.LazyLinear(3)\n        self.dropout = "),
        "forward must use every lazy layer",
    ),
    "parameters of others": (
        SUM.replace("parameters, lr", "[nn.Parameter(torch.zeros(1))], lr"),
        "must change the parameters that it is given, got an optimiser of others",
    ),
    "no numbers": (SUM.replace("Sum(inputs, outputs)", "Sum(inputs, outputs).to('meta')"), "meta"),
    "a long name": ("name = 'x' * 41\n" + SUM, 'give it one, such as name = "my model"'),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_with_a_file_is_one_line_with_the_place(name, tmp_path):
    text, message = BROKEN[name]
    path = tmp_path / "model.py"
    path.write_text(text)
    with pytest.raises(InputError) as refusal:
        check(Contender.of_file(path), 2, 1)
    said = str(refusal.value).replace(str(path), "FILE")
    assert message in said
    assert "FILE" in said
    assert "\n" not in said


def test_a_file_that_is_not_there_says_how_one_begins(tmp_path):
    with pytest.raises(InputError, match=r"there is no file .*longlag judge --example lstm > m.py"):
        Contender.of_file(tmp_path / "m.py")
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        Contender.of_file(tmp_path)


def test_lazy_layers_draw_their_weights_from_the_seed(summing):
    def made(layer, seed):
        summing.write_text(SUM.replace("nn.Linear(inputs, ", layer))
        module = Contender.of_file(summing).build(2, 1, seed)
        return torch.cat([each.detach().flatten() for each in module.parameters()])

    assert torch.equal(made("nn.LazyLinear(", 1), made("nn.Linear(inputs, ", 1))
    assert not torch.equal(made("nn.LazyLinear(", 1), made("nn.LazyLinear(", 2))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_are_models(path):
    contender = Contender.of_file(path)
    check(contender, 3, 2)
    assert contender.name not in learners()


def test_a_model_is_another_one_if_its_code_changes_but_not_its_comments(summing):
    first = Contender.of_file(summing).source
    summing.write_text(SUM + "# a comment\n")
    assert Contender.of_file(summing).source == first
    summing.write_text(SUM.replace("0.02", "0.03"))
    assert Contender.of_file(summing).source != first
    summing.write_text("batch = 5\n" + SUM)
    assert Contender.of_file(summing).source != first


def test_without_an_optimiser_three_rates_of_adam_are_tried(tmp_path):
    path = tmp_path / "m.py"
    path.write_text(module("self.output(x)"))
    assert list(Contender.of_file(path).optimisers) == ["Adam 0.003", "Adam 0.01", "Adam 0.001"]
    path.write_text(SUM.replace("optimiser", "optimizer"))
    assert list(Contender.of_file(path).optimisers) == ["own"]


def test_an_exam_does_not_depend_on_what_was_seen_of_those_before():
    task = Adding(T=22)
    first, second = islice(task.exams(3, 1), 2)
    words = np.random.SFC64(0)
    words.state = words.state | {
        "state": {"state": stream_state(3, 1, Purpose.EXAM)},
    }
    state = np.array([*words.random_raw(3), 1], np.uint64)
    words.state = words.state | {"state": {"state": state}}
    words.random_raw(12)  # as NumPy does when it seeds a stream
    drawn = np.random.Generator(words)
    length = 22 + int(drawn.random() * 3)
    x, _ = next(second)
    assert len(x) == length
    assert next(first)[0].tobytes() == next(task.sequences(3, 1, Purpose.EXAM))[0].tobytes()


def training(path, checkpoint=None, cap=3000, trial=0):
    contender = Contender.of_file(path)
    conditions = contender.conditions(families()["trainable-latch"], 5, cap=cap, seed=1)["own"]
    return Training(
        contender, TrialKey("judge", "latch, lag 5", "x", trial), conditions, checkpoint
    )


def test_training_counts_and_tests(summing):
    summing.write_text(SUM.replace("0.02", "0.003"))
    record = training(summing).run(lambda: False)
    assert record is not None
    assert record.status is Status.SOLVED
    assert record.sequences % 500 == 0
    assert (record.tested, record.wrong) == (256, 0)
    assert record.steps > 6 * record.sequences
    assert record.curve[-1, 0] == record.sequences
    assert record.curve[-1, 1] < record.curve[0, 1]
    assert record.column.shape == (record.conditions.learner.weights,)
    assert record.memory is None or record.memory > 2**20


def test_an_interrupted_training_ends_in_the_same_bits(summing):
    summing.write_text(SUM.replace("0.02", "0.0001"))
    whole = training(summing, cap=1010).run(lambda: False)
    checkpoint = None
    for batches in (0, 3, 30):
        part = training(summing, checkpoint, cap=1010)
        count = iter(range(batches, -1, -1))
        assert part.run(lambda count=count: not next(count)) is None
        checkpoint = part.save()
    resumed = training(summing, checkpoint, cap=1010).run(lambda: False)
    assert whole is not None
    assert resumed is not None
    assert whole.sequences == resumed.sequences
    assert whole.status is resumed.status
    assert whole.column.tobytes() == resumed.column.tobytes()
    assert whole.curve.tobytes() == resumed.curve.tobytes()


def test_the_cap_ends_a_training_and_an_exam_that_is_due_comes_first(summing):
    summing.write_text(SUM.replace("0.02", "0.0"))
    record = training(summing, cap=510).run(lambda: False)
    assert record is not None
    assert (record.status, record.sequences, record.wrong) == (Status.CAP, 510, None)


def test_weights_that_run_away_are_an_outcome_and_not_an_error(summing):
    summing.write_text(
        "clip = None\n" + SUM.replace("Adam(parameters, lr=0.02)", "SGD(parameters, lr=1e30)")
    )
    record = training(summing).run(lambda: False)
    assert record is not None
    assert record.status is Status.DIVERGED


def test_conditions_are_stored_as_those_of_a_learner(summing):
    conditions = training(summing).conditions
    assert build(json.loads(json.dumps(to_tables(conditions)))) == conditions
    assert isinstance(conditions.learner, Module)
    with pytest.raises(InputError, match="longlag judge trains it"):
        Study([(TrialKey("x", "", "", 0), conditions)]).run()


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
