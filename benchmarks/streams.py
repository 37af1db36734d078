"""Streams: error, time and memory of longlag beside what people use, all in one run.

    python benchmarks/streams.py --deep-river PYTHON --river PYTHON

The data sets are those that river and statsmodels bring with them; `--river` names the Python of an
environment that has these two, `--deep-river` one that has deep-river. What is not given is looked
for in this one, and left out if it is not there. Every contender runs in a process of its own, one
after the other.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

ROWS = 1_000_000  # of the stream of long lags
LAG = 200
CONTENDERS = Path(__file__).with_name("stream_contenders.py")

#: Written by the Python that has the data: (name, inputs, targets, number of classes or 0).
DATA = """
import sys, numpy as np
from river import datasets
from statsmodels import datasets as more

def save(name, X, y, classes=0):
    np.savez(f"{sys.argv[1]}/{name}.npz", X=np.array(X, float), y=np.array(y, float),
             classes=classes)

def series(name, y):
    y = np.array(y, float)
    y = y[~np.isnan(y)]
    save(name, y[:-1, None], y[1:])

series("sunspots", more.sunspots.load_pandas().data["SUNACTIVITY"])
series("co2", more.co2.load_pandas().data["co2"])
series("elnino", more.elnino.load_pandas().data.iloc[:, 1:].to_numpy().ravel())
rows = list(datasets.TrumpApproval())
y = [target for _, target in rows]
X = [[*x.values(), last] for (x, _), last in zip(rows[1:], y)]
save("TrumpApproval", X, y[1:])
for kind in (datasets.ImageSegments, datasets.Phishing):
    rows = list(kind())
    names = {label: code for code, label in enumerate(dict.fromkeys(y for _, y in rows))}
    X, y = [list(x.values()) for x, _ in rows], [names[y] for _, y in rows]
    save(kind.__name__, X, y, len(names))
"""


def recall(rows: int, lag: int) -> tuple[np.ndarray, np.ndarray]:
    """A stream of noise; now and then a value is marked, and is asked for `lag` samples later.

    Inputs: value, mark, question. There is a target at questions only.
    """
    generator = np.random.default_rng(1)
    X, y = np.zeros((rows, 3)), np.full(rows, np.nan)
    X[:, 0] = generator.uniform(-1, 1, rows)
    t = 0
    while t + lag < rows:
        X[t, 1] = X[t + lag, 2] = 1
        y[t + lag] = X[t, 0]
        t += lag + int(generator.integers(1, 21))
    return X, y


def judge(stream, answers: np.ndarray) -> tuple[float, float]:
    """Error of the whole stream and of its last tenth: mean absolute, or share of wrong answers."""
    y, there = stream["y"], ~np.isnan(stream["y"])
    errors = (answers != y) if stream["classes"] else np.abs(answers - y)
    errors = errors[there].astype(float)
    return float(errors.mean()), float(errors[-(len(errors) // 10) :].mean())


def measure(python: str, name: str, source: Path) -> str | None:
    """A line of the table, of the setting that came out best; None if it could not run."""
    result = source.with_name("result.npz")
    result.unlink(missing_ok=True)
    done = subprocess.run(
        [python, CONTENDERS, name, source, result], capture_output=True, text=True, check=False
    )
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        print(f"| {name} | left out ({last[:100]}) | | | |")
        return None
    stream, found = np.load(source), np.load(result)
    scores = [judge(stream, answers) for answers in found["answers"]]
    best = min(range(len(scores)), key=lambda i: scores[i][0])
    microseconds = 1e6 * found["seconds"][best] / len(stream["y"])
    error, end = scores[best]
    return f"| {name} | {error:.4g} | {end:.4g} | {microseconds:,.1f} | {found['megabytes']:,.0f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--deep-river", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--river", default=sys.executable, metavar="PYTHON")
    parser.add_argument("--rows", type=int, default=ROWS, help="of the stream of long lags")
    parser.add_argument("--only", nargs="*", metavar="STREAM", help="such as co2, or recall")
    given = parser.parse_args()
    pythons = {"deep-river": given.deep_river, "linear": given.river, "linear-lags": given.river}
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        done = subprocess.run([given.river, "-c", DATA, folder], check=False)
        if done.returncode:
            print("No data sets: they need river and statsmodels, see --river.")
        X, y = recall(given.rows, LAG)
        np.savez(here / "recall.npz", X=X, y=y, classes=0)
        for source in sorted(here.glob("*.npz")):
            if given.only and source.stem not in given.only:
                continue
            stream = np.load(source)
            what = "share of wrong answers" if stream["classes"] else "mean absolute error"
            print(f"\n{source.stem}: {stream['X'].shape} samples and inputs, {what}\n")
            print("| contender | error | of the last tenth | µs a sample | peak MB |")
            print("|---|---|---|---|---|")
            names = ["longlag", "longlag-adam", "longlag-one", "deep-river", "tbptt-10"]
            if source.stem == "recall":  # where a call for each sample would take too long
                names = ["longlag", "longlag-adam", "deep-river", "tbptt-250"]
            if not stream["classes"]:
                names.insert(1, "longlag-learn")
            for name in [*names, "linear", "linear-lags", "naive"]:
                line = measure(pythons.get(name, sys.executable), name, source)
                if line:
                    print(line, flush=True)


if __name__ == "__main__":
    main()
