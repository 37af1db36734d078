"""Peak memory of a stream, after a million samples and after ten, in bulk and by the command.

Run it:  python benchmarks/stream_memory.py          Linux and macOS; some minutes.
"""

import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

CHUNK = 100_000  # rows given at a time
INPUTS = 4


def megabytes(who: int) -> float:
    """Peak resident size so far."""
    peak = resource.getrusage(who).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)  # bytes there, KiB elsewhere


def in_bulk() -> None:
    import longlag

    model, generator = longlag.LSTMRegressor(cells=8), np.random.default_rng(1)
    for chunk in range(1, 101):
        X = generator.normal(size=(CHUNK, INPUTS))
        model.learn_many(X, X[:, 0])
        if chunk in (10, 100):
            rows = chunk * CHUNK
            print(f"learn_many, {rows:>10,} rows: {megabytes(resource.RUSAGE_SELF):.1f} MB")


def by_the_command(rows: int, folder: Path) -> None:
    """Rows of text through a file; run in a process whose one child is the command."""
    path, generator = folder / f"{rows}.csv", np.random.default_rng(1)
    with path.open("w") as file:
        file.write("a,b,c,y\n")
        for _ in range(rows // CHUNK):
            np.savetxt(file, generator.normal(size=(CHUNK, INPUTS)), fmt="%.4f", delimiter=",")
    command = [sys.executable, "-m", "longlag.cli", "learn", path, "--target", "y", "--cells", "8"]
    subprocess.run(command, check=True, capture_output=True)
    size = path.stat().st_size / 2**20
    path.unlink()
    peak = megabytes(resource.RUSAGE_CHILDREN)
    print(f"longlag learn, {rows:>7,} rows of a file of {size:.0f} MB: {peak:.1f} MB")


def main() -> None:
    in_bulk()
    with tempfile.TemporaryDirectory() as folder:
        for rows in (100_000, 1_000_000):  # ever more: the peak is that of all children so far
            by_the_command(rows, Path(folder))


if __name__ == "__main__":
    main()
