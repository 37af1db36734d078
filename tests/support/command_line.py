"""The command in tests: run in a process of its own, refused, and a small experiment to run."""

import subprocess
import sys

#: The network of `studies.easy`, so that its driver is compiled once for all tests.
EXPERIMENT = """
[experiment]
title = "A small adding problem"
trials = 3
test = 20

[task]
type = "adding"

[learner]
type = "lstm"
output = "linear"
output_bias = 0.5
rule = {{ type = "adam", rate = 0.01 }}

[stop]
type = "recent"
window = 200
wrong_below = 100
average_below = {average_below}

[[rows]]
name = "T=24"
cap = {cap}
task.T = 24

[rows.published]
source = "hochreiter1997"
where = "nowhere"
sequences = 1000
"""


def in_subprocess(*arguments, **options):
    command = [sys.executable, "-m", "longlag.cli", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    return done.returncode, done.stdout, done.stderr


def assert_refused(result, message):
    """Exit status 2, and one line that says what was wrong."""
    status, out, err = result
    assert status == 2
    assert out == ""
    assert err.startswith("longlag: ")
    assert err.count("\n") == 1
    assert message in err
