"""Peak memory of a stream, after a million samples and after ten, in bulk and by the command.

Run it:  python benchmarks/stream_memory.py          Linux and macOS; some minutes.
         python benchmarks/stream_memory.py groups   groups, intervals and the calendar together;
                                                     an hour or two.
"""

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

CHUNK = 100_000  # rows given at a time
INPUTS = 4
SERIES = 50  # whose rows come in turn


def megabytes(usage: resource.struct_rusage) -> float:
    """Peak resident size."""
    return usage.ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)  # bytes there, or KiB


def in_bulk() -> None:
    import longlag

    model, generator = longlag.LSTMRegressor(cells=8), np.random.default_rng(1)
    for chunk in range(1, 101):
        X = generator.normal(size=(CHUNK, INPUTS))
        model.learn_many(X, X[:, 0])
        if chunk in (10, 100):
            rows = chunk * CHUNK
            peak = megabytes(resource.getrusage(resource.RUSAGE_SELF))
            print(f"learn_many, {rows:>10,} rows: {peak:.1f} MB")


def by_the_command(rows: int, folder: Path) -> None:
    """Rows of text through a file."""
    path, generator = folder / f"{rows}.csv", np.random.default_rng(1)
    with path.open("w") as file:
        file.write("a,b,c,y\n")
        for _ in range(rows // CHUNK):
            np.savetxt(file, generator.normal(size=(CHUNK, INPUTS)), fmt="%.4f", delimiter=",")
    _learn(path, rows, "longlag learn", "--cells", "8")


def with_groups(rows: int, folder: Path, *options: str) -> None:
    """Hourly rows of several series with a daily course, their times and a column beside."""
    path, generator = folder / f"{rows}.csv", np.random.default_rng(1)
    names = np.tile([f"store {n}" for n in range(SERIES)], CHUNK // SERIES)
    with path.open("w") as file:
        file.write("time,store,a,y\n")
        for start in range(0, rows, CHUNK):
            hours = np.arange(start, start + CHUNK) // SERIES
            times = np.datetime64("2001-01-01T00", "h") + hours
            a = generator.normal(size=CHUNK)
            y = 10 + np.sin(hours * np.pi / 12) + a + 0.3 * generator.normal(size=CHUNK)
            for line in zip(times.astype("datetime64[m]"), names, a, y, strict=True):
                file.write("{},{},{:.3f},{:.3f}\n".format(*line))
    given = ["--group", "store", "--time", "time", "--interval", "0.9", *options]
    _learn(path, rows, " ".join(["longlag learn", *given]), *given)


def _learn(path: Path, rows: int, title: str, *options: str) -> None:
    command = [sys.executable, "-m", "longlag.cli", "learn", path, "--target", "y", *options]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        sys.exit(f"{title}: it failed")
    size, seconds = path.stat().st_size / 2**20, usage.ru_utime + usage.ru_stime
    path.unlink()
    print(
        f"{title}, {rows:>10,} rows of a file of {size:.0f} MB: {megabytes(usage):.1f} MB, "
        f"{seconds * 1e6 / rows:.1f} us a row",
        flush=True,
    )


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        if sys.argv[1:] == ["groups"]:
            for options in (("--per-group",), ()):
                for rows in (CHUNK, 1_000_000, 10_000_000):  # the first may have to compile
                    with_groups(rows, Path(folder), *options)
            return
        in_bulk()
        for rows in (100_000, 1_000_000):
            by_the_command(rows, Path(folder))


if __name__ == "__main__":
    main()
