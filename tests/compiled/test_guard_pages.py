"""No driver touches memory beyond its arrays.

`test_many_processes` runs all kinds of drivers in this way; here are the guard itself, and drivers
that other tests of a default run compile too.
"""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.compiled_runs import digests
from support.guard_pages import guarded

pytestmark = pytest.mark.skipif(os.name != "posix", reason="mprotect is a call of POSIX")

BEYOND = """
import sys
sys.path.insert(0, {tests!r})
import numpy as np
from support import guard_pages
from longlag.compiled.driver import Driver

def touch(x, at):
    x[at] = 1.0

guard_pages.install({side!r})
x = np.zeros(5)
driver = Driver(touch, None)
for at in range(5):
    driver(x, at)
print(x.sum(), flush=True)
driver(x, {at})
print("went on")
"""


@pytest.mark.parametrize(("side", "at"), [("after", 5), ("before", -6)])
def test_a_step_beyond_an_array_ends_the_process(side, at):
    """A negative index counts from the end, so -6 is the place before the first."""
    script = BEYOND.format(tests=str(Path(__file__).parents[1]), side=side, at=at)
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout == "5.0\n"
    assert done.returncode < 0


@pytest.mark.parametrize("side", ["after", "before"])
@pytest.mark.parametrize(
    "array",
    [
        *(np.arange(5.0), np.arange(6, dtype=np.uint8), np.zeros(0), np.zeros((0, 3)), np.array(3)),
        *(np.asfortranarray(np.arange(6).reshape(2, 3)), np.arange(48).reshape(6, 8)[::-2, 1::3]),
        *(np.broadcast_to(np.arange(3), (2, 3)), np.zeros(2, [("a", "u1"), ("b", "f8")])),
        np.zeros(5000),
    ],
    ids=lambda array: f"{array.dtype.kind}{array.shape}",
)
def test_a_guarded_array_is_the_same_array(array, side):
    copy = guarded(array, side)
    assert copy.dtype == array.dtype
    assert copy.strides == array.strides
    assert copy.flags.writeable == array.flags.writeable
    assert (copy == array).all()


@pytest.mark.parametrize("side", ["after", "before"])
def test_streams(side):
    """All arrays of the kernel whose vectors span units, with fewer cells than a tile and more."""
    runs = [f"stream adam float64 {cells}" for cells in (3, 18)]
    folder = Path(os.environ["NUMBA_CACHE_DIR"])
    assert digests(runs, folder, guard=side).digests == digests(runs, folder).digests


LIBRARY = "libc_malloc_debug.so.0"


@pytest.mark.slow
def test_no_block_of_memory_is_damaged(tmp_path):
    """The C library looks at each block that is freed, and ends the process if it is damaged."""
    debugging = {"LD_PRELOAD": LIBRARY, "MALLOC_CHECK_": "3", "MALLOC_PERTURB_": "165"}
    probe = [sys.executable, "-c", ""]
    answer = subprocess.run(probe, env=os.environ | debugging, capture_output=True, text=True)
    if answer.returncode or answer.stderr:
        pytest.skip(f"{LIBRARY} of glibc is not there: {answer.stderr.strip()}")
    runs = [
        "lanes adding lstm 4 float32",
        "lanes adding lstm 8 float64",
        "lanes reber bptt 16 float32",
        "lanes latch rtrl 4 float64",
        "lanes latch guessing 8 float32",
        "narrowing latch elman float32",
        "stream adam float32 18",
        "network lstm float32",
        "scale gaps",
    ]
    plain = digests(runs, tmp_path)
    assert plain.compiled
    assert digests(runs, tmp_path, **debugging) == (plain.digests, 0)
