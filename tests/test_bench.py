"""The measurement of speed: what it reports, not how fast anything is."""

import importlib.util
import io
import json

import pytest
from rich.console import Console

from longlag import bench, cli


@pytest.fixture
def clock(monkeypatch):
    """Contenders that take 10, 20, 30 ... ns, and more by 1 ns every time."""
    made = iter(range(10, 1000, 10))

    def contender(*arguments):
        times = iter(range(next(made), 1000))
        return lambda: float(next(times))

    monkeypatch.setattr(bench, "_ours", contender)
    monkeypatch.setattr(bench, "_torch", contender)


def test_medians_spread_and_ratio(clock):
    first, second, *_ = bench.measure(repeats=3)
    assert {name: first[name] for name in ("median", "lowest", "highest", "times_slower")} == {
        "median": 11,
        "lowest": 10,
        "highest": 12,
        "times_slower": 1,
    }
    assert (second["median"], second["times_slower"]) == (21, 21 / 11)


@pytest.mark.parametrize("installed", [True, False])
def test_torch_is_measured_where_it_is_installed(installed, clock, monkeypatch):
    spec = importlib.util.find_spec("longlag") if installed else None
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    rows = bench.measure(repeats=1)
    assert any("torch" in row["what"] for row in rows) == installed
    assert "longlag" in rows[0]["what"]


def test_what_the_command_prints(clock, capsys):
    with pytest.raises(SystemExit) as end:
        cli.main(["bench", "--quick", "--json"])
    assert end.value.code == 0
    rows = json.loads(capsys.readouterr().out)
    assert rows[0] == {
        "what": rows[0]["what"],
        "median": 11.0,
        "lowest": 10.0,
        "highest": 12.0,
        "times_slower": 1.0,
    }
    out = Console(file=io.StringIO(), width=120)
    out.print(bench.table(rows))
    text = out.file.getvalue()
    for row in rows:
        assert row["what"] in text
    assert "11.0" in text


def test_a_step_takes_some_time(monkeypatch):
    """Nanoseconds, not seconds, and per network: wide limits, for a machine of any load."""
    monkeypatch.setattr(bench, "SECONDS", 0.02)
    # The driver that test_online.py compiles for plain gradient descent.
    assert 0.5 < bench._ours(100, 4, "float32")() < 5_000
    torch = pytest.importorskip("torch")
    threads = torch.get_num_threads()
    try:
        assert 100 < bench._torch(1)() < 1_000_000
    finally:
        torch.set_num_threads(threads)


@pytest.mark.slow
def test_every_contender_runs(monkeypatch):
    monkeypatch.setattr(bench, "SECONDS", 0.05)
    rows = bench.measure(repeats=1)
    assert len(rows) >= 4
    assert all(row["median"] > 0 for row in rows)
