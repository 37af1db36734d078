"""What `longlag errorflow` compares, shows and refuses."""

import io
import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from rich.console import Console

from longlag import LSTM, Adding, cli, load_experiment
from longlag.errorflow.comparison import (
    Curve,
    conventional_curves,
    module_curves,
    trained_curves,
)
from longlag.errorflow.networks import network_flow
from longlag.errorflow.sequences import sample, spread
from longlag.errors import InputError
from longlag.experiments.plan import plan
from longlag.experiments.stop import Recent
from longlag.experiments.store import Store
from longlag.experiments.trial import Conditions, Status, TrialKey, TrialRecord
from longlag.learners import learners
from longlag.learners.base import GradientLearner
from longlag.learners.recurrent import RTRL, Elman
from longlag.report.errorflow import flow_figure, flow_table
from longlag.report.style.plots import svg
from longlag.simd.random import Purpose, numpy_stream
from longlag.tasks.copy_memory import CopyMemory

TASK = Adding(T=24)


@pytest.fixture(scope="module")
def sequences():
    return sample(TASK, seed=1)


def record(learner, task=TASK, factor=2.0):
    """A trial whose network ends with `factor` times the weights that it began with."""
    conditions = Conditions(task, learner, Recent(average_below=0.1), 1, 1, "float64", 1)
    column = learner.start(numpy_stream(1, 3, Purpose.WEIGHTS))[: learner.layout.kept]
    learner.layout.view(column, "weights")[:] *= factor
    return TrialRecord(
        *(TrialKey("made-up", "T=24", "as-given", 3), conditions, Status.SOLVED, 5, 100, 0.1),
        *(None, 0, None, np.zeros((0, 3)), column),
    )


def test_lags_are_spread_evenly_over_the_orders_of_magnitude():
    assert spread(1).tolist() == [1]
    assert spread(8).tolist() == list(range(1, 9))
    lags = spread(1046)
    assert {1, 10, 100, 1000, 1046} <= set(lags.tolist())
    assert len(lags) < 40


def test_sequences_are_long_enough(sequences):
    """Lengths are 24 to 26, of which the median of ten is kept and what is longer."""
    assert all(len(x) > sequences.lags[-1] for x in sequences.x)
    assert len(sequences.x) >= 5
    assert sequences.lags[-1] in (23, 24, 25)
    assert all(len(x) == 26 for x in sample(TASK, seed=1, q=25).x)


@pytest.mark.parametrize(
    ("q", "message"),
    [
        (26, "none of 1000 sequences of the task adding has more"),
        (0, "q must be from 1 to 100000, got 0"),
        (10**6, "q must be from 1 to 100000, got 1000000"),
    ],
)
def test_lags_that_no_sequence_has(q, message):
    with pytest.raises(InputError, match=message):
        sample(TASK, seed=1, q=q)


def test_symbols_become_vectors():
    shown = sample(CopyMemory(T=10), seed=1)
    assert shown.x[0].shape == (len(shown.given[0]), CopyMemory(T=10).inputs)
    np.testing.assert_array_equal(shown.x[0].argmax(axis=1), shown.given[0][:, 0])


def test_curves_are_medians_and_ranges_over_the_sequences(sequences):
    lstm = record(LSTM(2, 1, weight_range=1.0))
    inside, before, _, after, _ = trained_curves(lstm, sequences)
    assert [each.name for each in (inside, before, after)] == [
        "inside the cell",
        "truncated, untrained",
        "truncated, trained",
    ]
    assert inside.median.tolist() == inside.highest.tolist() == [0.0] * len(sequences.lags)
    flows = np.array(
        [
            network_flow(lstm.conditions.learner, lstm.column, x, sequences.lags)[
                "truncated"
            ].largest
            for x in sequences.given
        ]
    )
    np.testing.assert_array_equal(after.lowest, flows.min(axis=0))
    np.testing.assert_array_equal(after.highest, flows.max(axis=0))
    assert (before.median != after.median).all()
    # The marks that lie within the lags, with the flow to just these steps.
    first = [len(sequences.x[0]) - 1 - step for step in sequences.relevant[0]]
    for q in set(first) & set(sequences.lags.tolist()):
        found = after.relevant[after.relevant[:, 0] == q][:, 1]
        assert flows[0][sequences.lags == q] in found


@pytest.mark.parametrize("learner", [RTRL, Elman])
def test_rivals_before_and_after(sequences, learner):
    before, after = trained_curves(record(learner(2, 1, hidden=3)), sequences)
    assert (before.system, before.name, after.name) == (learner.name, "untrained", "trained")
    assert (after.median > before.median).all()  # twice the weights, far from saturation
    assert (after.highest <= after.norm_bound).all()


FOLLOW_A_GRADIENT = [
    name for name, learner in learners().items() if issubclass(learner, GradientLearner)
]


@pytest.mark.parametrize("name", FOLLOW_A_GRADIENT)
def test_every_learner_that_follows_a_gradient_is_measured(name, sequences):
    curves = trained_curves(record(learners()[name](inputs=2, outputs=1)), sequences)
    assert curves
    for curve in curves:
        assert curve.system == name
        assert not np.isnan(curve.median).any()  # an error that is gone altogether is -inf


def test_conventional_nets_differ_in_their_weights_only(sequences):
    small, large = conventional_curves(sequences, (0.1, 0.2))
    # Twice the weights, at slopes near 1/4: a factor of nearly 2 per step.
    ratio = (large.median - small.median) / sequences.lags
    np.testing.assert_allclose(ratio, np.log10(2), rtol=0.01)  # slopes are within 1% of 1/4
    assert small.weight_bound is not None
    assert large.weight_bound is None  # tau = 32 * 0.2 / 4 is above 1


def test_modules_leave_the_random_numbers_of_others_alone(sequences):
    torch = pytest.importorskip("torch")
    before, threads = torch.random.get_rng_state(), torch.get_num_threads()
    (curve,) = module_curves(["GRU"], sequences)
    assert torch.equal(before, torch.random.get_rng_state())
    assert threads == torch.get_num_threads()
    assert curve.median[-1] < -2


CURVES = [
    Curve(
        *("conventional", "weights in ±1", np.array([1, 10, 30])),
        *(np.array([-1.0, -30.5, -np.inf]),) * 3,
        norm_bound=np.array([1.0, 2.0, 3.0]),
    ),
    Curve(
        *("lstm", "truncated, trained", np.array([1, 10, 30]), *(np.array([-1.0, -0.5, 0.0]),) * 3),
        relevant=np.array([[7.0, -0.3]]),
    ),
]


def test_json_has_null_where_nothing_arrives():
    plain = json.loads(json.dumps([curve.as_json() for curve in CURVES], allow_nan=False))
    assert plain[0]["median"] == [-1.0, -30.5, None]
    assert plain[0]["lags"] == [1, 10, 30]
    assert "weight_bound" not in plain[0]
    assert plain[1]["relevant"] == [[7.0, -0.3]]


def test_the_table_says_what_is_left():
    out = Console(width=80, file=io.StringIO())
    out.print(flow_table(CURVES))
    text = out.file.getvalue()
    for part in ("q=10", "q=30", "-30.5", "-inf", "bound n (f'max ||W||)^q", "it needs: -0.3"):
        assert part in text


@pytest.mark.parametrize(("last", "shown"), [(10, False), (11, False), (12, True), (15, True)])
def test_the_table_ends_at_the_largest_lag(last, shown):
    lags = np.unique([1, 10, last])
    curve = Curve("lstm", "trained", lags, *(-1.0 * lags,) * 3)
    assert (f"q={last}" in [each.header for each in flow_table([curve]).columns[3:]]) == shown


def test_the_figure_says_what_is_left():
    figure = flow_figure(CURVES)
    text = svg(figure)
    for part in ("weights in ±1: nothing", "truncated, trained: 1", "left after 30"):
        assert part in text
    assert text == svg(flow_figure(CURVES))
    step = Curve("conventional", "weights in ±1", np.array([1]), *(np.array([-1.0]),) * 3)
    assert "left after 1 step<" in svg(flow_figure([step]))  # no warning of an axis without width
    with pytest.raises(InputError, match="empty list"):
        flow_figure([])


EXPERIMENT = """
[experiment]
title = "Hardly trained"
trials = 1
test = 1
[task]
type = "adding"
T = 24
[learner]
type = "{learner}"
{fields}
[stop]
type = "recent"
average_below = 1e-9
[[rows]]
name = "T=24"
cap = 20
"""


def experiment(folder, learner="lstm", fields=""):
    file = folder / "small.toml"
    file.write_text(EXPERIMENT.format(learner=learner, fields=fields))
    return file


def run(file, folder, *arguments):
    """`longlag errorflow` in a process of its own: what it prints as JSON, and the figure."""
    command = [*(sys.executable, "-m", "longlag.cli", "errorflow", file, "--json", *arguments)]
    command += ["--store", folder / "store", "-o", folder / "flow.svg"]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    for suffix in (".svg", ".png"):
        assert (folder / f"flow{suffix}").stat().st_size > 1000
    return json.loads(done.stdout)


def test_the_command_with_a_network_of_the_store(tmp_path):
    file = experiment(tmp_path)
    file.write_text(file.read_text() + '[[rows]]\nname = "kept T=24"\ncap = 20\n')
    ((key, conditions),) = plan(load_experiment(file), rows=["kept"])
    made = record(conditions.learner)
    with Store(tmp_path / "store") as store:
        store.save(replace(made, key=key, conditions=conditions))
    found = run(file, tmp_path, "--row", "kept", "--q", 20, "--weights", 0.5, "--torch", "RNN")
    assert (found["row"], found["status"], found["sequences"]) == ("kept T=24", "solved", 5)
    shown = [(curve["system"], curve["lags"][-1]) for curve in found["curves"]]
    assert shown == [("conventional", 20), *[("lstm", 20)] * 5, ("PyTorch", 20)]
    (inside, *_) = (curve for curve in found["curves"] if curve["system"] == "lstm")
    assert set(inside["median"]) == {0.0}


@pytest.mark.slow  # compiles a driver
def test_the_command_trains_where_the_store_has_nothing(tmp_path):
    file = experiment(tmp_path, "elman", "hidden = 2")
    for _ in range(2):  # then from the store
        found = run(file, tmp_path, "--weights", 1)
        assert (found["status"], found["sequences"]) == ("cap", 20)
        assert [curve["system"] for curve in found["curves"]] == ["conventional", "elman", "elman"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nothing"], "nothing"),
        (["adding", "--T", "7"], "no row with T=7"),
        (["adding", "--row", "none"], "'none'"),
        (["adding", "--q", "0"], "q must be from 1"),
        (["adding", "--T", "100", "--q", "111"], "none of 1000 sequences"),
        (["adding", "--weights", "-1"], "each weight range must be"),
        (["adding", "--torch", "Elman"], "RNN"),
        (["adding", "-o", "flow.pdf"], "must end in .svg or .png"),
        (["PEEPHOLES"], "networks of lstm with peepholes"),
    ],
    ids=lambda each: " ".join(each) if isinstance(each, list) else "",
)
def test_bad_input_gets_one_line(arguments, message, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LONGLAG_STORE", str(tmp_path / "store"))
    if arguments == ["PEEPHOLES"]:
        arguments = [str(experiment(tmp_path, fields="peepholes = true"))]
    with pytest.raises(SystemExit) as end:
        cli.main(["errorflow", *arguments])
    out, err = capsys.readouterr()
    assert (end.value.code, out) == (2, "")
    assert err.startswith("longlag: ")
    assert err.count("\n") == 1
    assert message in err
