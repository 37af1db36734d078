"""What one test compiles serves the others, in every process of a run, and no later run."""

import os
import shutil
import tempfile


def pytest_configure(config):
    if hasattr(config, "workerinput") or "NUMBA_CACHE_DIR" in os.environ:
        return  # a worker has the folder of the process that started it
    folder = tempfile.mkdtemp(prefix="longlag-compiled-")
    os.environ["NUMBA_CACHE_DIR"] = folder
    config.add_cleanup(lambda: shutil.rmtree(folder, ignore_errors=True))
