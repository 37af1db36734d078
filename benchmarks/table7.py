"""Time and outcome of `longlag reproduce adding`: Table 7 of 1997, ten trials of each row.

Run it:  python benchmarks/table7.py [NAME]          NAME is another experiment, such as adding-far.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Path(folder) / "results.longlag"
        command = [sys.executable, "-m", "longlag.cli", "reproduce", name, "--json"]
        start = time.perf_counter()
        output = subprocess.run(
            [*command, "--store", str(store)], check=True, stdout=subprocess.PIPE, text=True
        ).stdout
        seconds = time.perf_counter() - start
    groups: dict[tuple[str, str], list[dict]] = {}
    for trial in json.loads(output)["trials"]:
        groups.setdefault((trial["row"], trial["reading"]), []).append(trial)
    print(f"{'row':<12}{'reading':<26}{'solved':>7}{'mean':>12}{'fewest':>12}{'most':>12}  wrong")
    for (row, reading), trials in groups.items():
        solved = [trial for trial in trials if trial["status"] == "solved"]
        sequences = [trial["sequences"] for trial in solved]
        figures = (statistics.mean(sequences), min(sequences), max(sequences)) if solved else ()
        columns = "".join(f"{figure:>12,.0f}" for figure in figures)
        wrong = ", ".join(str(trial["wrong"]) for trial in solved)
        print(f"{row:<12}{reading:<26}{f'{len(solved)}/{len(trials)}':>7}{columns}  {wrong}")
    steps = sum(trial["steps"] for group in groups.values() for trial in group)
    print(f"{seconds:.0f} s for {steps / 1e9:.2f} billion network steps, compiling included")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "adding")
