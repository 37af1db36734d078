"""Standard streams that are closed, full, ASCII or given up: one line at most, and a status."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import pytest
from support import made_up_records
from support.command_line import EXPERIMENT

from longlag.experiments.ladder import Ladder
from longlag.experiments.matrix import cells
from longlag.experiments.store import Store

COMMAND = f"{sys.executable} -m longlag.cli"


def run(script, tmp_path, **environment):
    """Exit statuses of a shell's pipeline, standard output and standard error."""
    status = tmp_path / "status"
    command = script.replace("longlag", COMMAND, 1)
    done = subprocess.run(
        ["bash", "-c", f'{command}; echo "${{PIPESTATUS[@]}}" > status'],
        capture_output=True,
        env=os.environ | environment,
        cwd=tmp_path,
        check=False,
        encoding="utf-8",
        errors="replace",
    )
    return [int(each) for each in status.read_text().split()], done.stdout, done.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full and bash")
@pytest.mark.parametrize(
    ("script", "status", "lines"),
    [
        ("longlag list > /dev/full", [2], 1),
        ("longlag --help > /dev/full", [2], 1),
        ("longlag list >&-", [2], 1),
        ("longlag list 2>&-", [0], 0),
        ("longlag list <&- 2>&- | head -1", [0, 0], 0),
        ("longlag nonsense 2> /dev/full", [2], 0),
        ("longlag nonsense 2>&-", [2], 0),
        ("longlag learn - --target y <&-", [2], 1),
        ("longlag show adding | head -1", [0, 0], 0),
        ("longlag --help | head -1", [0, 0], 0),
        ("longlag results --store nowhere | true", [2, 0], 1),
    ],
)
def test_streams(script, status, lines, tmp_path):
    found, _, err = run(script, tmp_path)
    assert (found, err.count("\n")) == (status, lines)
    assert "Traceback" not in err


@pytest.fixture
def store(tmp_path):
    """A store with a trial of the matrix and one of the ladder, which nobody has trained."""
    place = tmp_path / "store"
    (cell,) = cells(budget=10**6, tasks_=["adding"], learners_=["elman"])
    (climb,) = Ladder(1000, families=["adding"], learners=["elman"]).climbs(lambda *_: None)
    with Store(place) as opened:
        for each in (cell.selection(1).standing(lambda *_: None), climb):
            key, conditions = each.pending[0]
            record = made_up_records.record(0, 500)
            opened.save(replace(record, key=key, conditions=conditions))
    return place


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full and bash")
@pytest.mark.parametrize("command", ["ladder --families adding --learners elman", "matrix"])
def test_a_picture_is_drawn_before_anybody_reads_the_table(command, store, tmp_path):
    script = f"longlag {command} --stored --store {store} -o drawn.svg > /dev/full"
    found, _, err = run(script, tmp_path)
    assert found == [2]
    assert err.splitlines()[-1].startswith("longlag: cannot go on with standard output")
    assert (tmp_path / "drawn.svg").exists()


@pytest.mark.parametrize("columns", ["0", "1", "20", "40", "many", ""])
def test_a_terminal_that_has_hardly_any_columns_or_does_not_say(columns, store, tmp_path):
    script = f"longlag results --store {store}"
    found, out, err = run(script, tmp_path, COLUMNS=columns)
    assert (found, err) == ([0], "")
    if columns in ("0", "many", ""):
        assert [line.split()[0] for line in out.splitlines()[2:]] == [
            "matrix-tuning",
            "ladder-tuning",
        ]
    assert len(out.splitlines()[0]) >= 40


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_a_terminal_that_lacks_letters(encoding, tmp_path):
    text = EXPERIMENT.format(average_below=0.1, cap=100).replace("A small", "Prä中😀")
    path = tmp_path / "präis.toml"
    path.write_text(text, "utf-8")
    found, out, err = run(f"longlag show '{path}'", tmp_path, PYTHONIOENCODING=encoding)
    assert (found, err) == ([0], "")
    assert {"ascii": r"Pr\xe4\u4e2d", "latin-1": r"\u4e2d", "utf-8": "Prä中😀"}[encoding] in out


@pytest.mark.parametrize("after", [0.0, 0.03, 0.05, 0.1])  # 0.05 s once was within msgspec
def test_ctrl_c_while_the_package_is_imported(after):
    # Ready once the command listens: Python itself would end by the signal.
    code = """
import signal, longlag_command
listen = signal.signal

def ready(*given):
    listen(*given)
    print("ready", flush=True)

signal.signal = ready
longlag_command.main()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code, "list"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    ) as child:
        assert child.stdout
        assert child.stderr
        assert child.stdout.readline() == "ready\n"
        time.sleep(after)
        child.send_signal(signal.SIGINT)
        assert child.wait(120) in (0, 130)  # 0 where the machine was faster than the signal
        assert child.stderr.read() in ("longlag: interrupted\n", "")
