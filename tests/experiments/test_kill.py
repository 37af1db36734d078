"""A study that is killed again and again ends with the bits of one that is left alone."""

import json
import os
import subprocess
import sys

import pytest

KILLS = 25


@pytest.mark.skipif(not hasattr(os, "fork"), reason="children share the compiled driver by fork")
def test_killed_studies_end_with_the_bits_of_an_undisturbed_one(tmp_path):
    one_thread = {f"{name}_NUM_THREADS": "1" for name in ("OPENBLAS", "OMP", "MKL")}
    done = subprocess.run(
        [sys.executable, "-m", "support.kill_children", tmp_path, str(KILLS)],
        env=os.environ | one_thread | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    counts = json.loads(done.stdout)
    assert counts["killed"] == KILLS, counts
    assert counts["failed"] == 0, f"{counts}\n{done.stderr}"
    # A child has 0.125 s on average for a study of seconds: most kills find it unfinished, and most
    # children find checkpoints. On a machine so fast that it were otherwise, make the study longer.
    assert counts["midway"] >= 20, counts
    assert counts["resumed"] >= 10, counts
    assert counts["studies"] == counts["equal"] >= 1, counts
