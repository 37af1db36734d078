"""`longlag learn` and `longlag predict` on a pipe: an answer for each line, and Ctrl-C."""

import json
import signal
import subprocess
import sys
import threading

import pytest
from support.learned_table import SMALL, lines

from longlag.estimators import saving
from longlag.report.style import console


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")


#: The command with progress after every step; it hears Ctrl-C whatever its parent ignores.
TALKATIVE = f"""
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
import {console.__name__} as console
console.FIRST_LINE = 0.0
from longlag.cli import main
main(sys.argv[1:])
"""


#: The same as a shell begins it.
FROM_A_SHELL = TALKATIVE.replace("longlag.cli import main", "longlag_command import main").replace(
    "main(sys.argv[1:])", "main()"
)


def process(*arguments, program=TALKATIVE):
    """The command in a process of its own."""
    command = [sys.executable, "-c", program, *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def test_a_pipe_is_answered_line_by_line_and_ctrl_c_saves(longlag, tmp_path):
    text, data = list(lines()), tmp_path / "data.csv"
    data.write_text("\n".join([*text, ""]))
    assert longlag("learn", data, *SMALL, "--features", "x", "--save", "m")[0] == 0
    with process("predict", "m", "-") as pipe:
        watch = threading.Timer(120, pipe.kill)  # rather than wait for ever
        watch.start()
        pipe.stdin.write(f"{text[0]}\n{text[1]}\n")
        pipe.stdin.flush()
        assert pipe.stdout.readline() == "row,ts,prediction,target_row,target_time\n"
        assert pipe.stdout.readline().startswith("1,0,")
        pipe.stdin.write(f"{text[2]}\n")
        pipe.stdin.flush()
        assert pipe.stdout.readline().startswith("2,1,")
        pipe.send_signal(signal.SIGINT)
        assert pipe.wait() == 130
        watch.cancel()
        said = pipe.stderr.read()
        assert (said.count("\n"), "at or before the last row" in said) == (1, True)

    head = tmp_path / "head.csv"
    head.write_text("\n".join(text[:21]) + "\n")
    assert longlag("learn", head, *SMALL, "--features", "x", "--save", "m")[0] == 0
    with process("learn", "-", "--resume", "m", "--save", "live") as pipe:
        watch = threading.Timer(120, pipe.kill)
        watch.start()
        pipe.stdin.write("\n".join([text[0], *text[21:41]]) + "\n")
        pipe.stdin.flush()
        assert pipe.stderr.readline() == "m has learned 20 rows.\n"
        while not (line := pipe.stderr.readline()).startswith("20 rows"):
            assert pipe.poll() is None
        assert line.endswith("(last season)\n")  # more than the 80 columns of a terminal
        pipe.send_signal(signal.SIGINT)
        out, err = pipe.communicate()
        watch.cancel()
    assert pipe.returncode == 130
    assert "LSTM" in out
    assert "Traceback" not in err
    assert "to go on: --resume live --skip 20" in err
    head.write_text("\n".join(text[:41]) + "\n")
    assert longlag("learn", head, *SMALL, "--features", "x", "--save", "whole")[0] == 0
    assert learned("live") == learned("whole")


@pytest.mark.skipif(sys.platform == "win32", reason="a signal of POSIX")
def test_the_signal_that_ends_jobs_is_heard_as_ctrl_c():
    options = (*SMALL, "--features", "x", "--save", "m", "--json")
    with process("learn", "-", *options, program=FROM_A_SHELL) as pipe:
        watch = threading.Timer(120, pipe.kill)
        watch.start()
        pipe.stdin.write("\n".join([*lines(), ""]))
        pipe.stdin.flush()
        while " rows, " not in pipe.stderr.readline():
            assert pipe.poll() is None
        pipe.terminate()
        out, err = pipe.communicate()
        watch.cancel()
    assert pipe.returncode == 130
    found = json.loads(out, parse_constant=pytest.fail)
    assert (found["finished"], found["interrupted"]) == (False, True)
    assert found["rows"] > 0
    assert f"to go on: --resume m --skip {found['rows']}" in err


def learned(path):
    """All that a model knows, but for which rows of which file it has learned."""
    saved = saving.read(path)
    tensors = {name: array.tobytes() for name, array in saved.state.tensors.items()}
    return tensors, saved.notes | {"passed": None}
