"""Compiled functions on disk: found by the next process, unless anything they call has changed."""

import os
import subprocess
import sys

from longlag.compiled.cached import cached

OUTER = """
import called
from longlag.compiled.cached import cached, digest

def compile_for(version):
    @cached
    def outer(x):
        _ = version
        return called.inner(x)
    return outer

outer = compile_for(digest(called))
if __name__ == "__main__":
    print(outer(1), sum(outer.stats.cache_hits.values()))
"""
CALLED = """
from longlag.compiled.compiling import inner as compiled

@compiled
def inner(x):
    return x + {added}
"""


def test_found_on_disk_until_a_called_function_changes(tmp_path):
    (tmp_path / "outer.py").write_text(OUTER)
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    printed = []
    for added in (10, 10, 20):
        (tmp_path / "called.py").write_text(CALLED.format(added=added))
        command = [sys.executable, "-B", tmp_path / "outer.py"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        printed.append(done.stdout.split())
    assert printed == [["11", "0"], ["11", "1"], ["21", "0"]]


def test_compiles_where_nothing_can_be_kept():
    namespace = {}
    exec("def add(x, y): return x + y", namespace)  # a function without a file
    assert cached(namespace["add"])(1, 2) == 3
