"""Time and memory of `longlag.torch.LSTM1997` beside `torch.nn.LSTM`, forward and backward.

Run it:  python benchmarks/torch_module.py

Each figure comes from a process of its own with one thread. Memory is the largest resident set,
less what it was before the first pass. The loss is that of the last step.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import time

import torch
from torch import nn

from longlag import LSTM
from longlag.torch import LSTM1997

INPUTS, REPEATS = 2, 5
SIZES = ((100, 32, 4), (1000, 32, 4), (10_000, 32, 4), (1000, 1, 4), (1000, 32, 64))


class Contender(nn.Module):
    """`torch.nn.LSTM` with a linear output."""

    def __init__(self, cells: int):
        super().__init__()
        self.lstm = nn.LSTM(INPUTS, cells, batch_first=True)
        self.output = nn.Linear(cells, 1)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.output(self.lstm(x)[0])


def measure(name: str, steps: int, sequences: int, cells: int) -> None:
    """Print microseconds a step and MB."""
    torch.set_num_threads(1)
    ours = LSTM(INPUTS, 1, blocks=cells, block_size=1, output="linear")
    module = LSTM1997(ours) if name == "ours" else Contender(cells)
    x, seconds = torch.randn(sequences, steps, INPUTS), []
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(REPEATS if steps < 10_000 else 1):
        start = time.perf_counter()
        module(x)[:, -1].sum().backward()
        seconds.append(time.perf_counter() - start)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(statistics.median(seconds) / steps * 1e6, grown / 1024)


def main() -> None:
    """Measure in turns, and print a table."""
    print("steps  sequences  cells  ours us  torch us  ratio  ours MB  torch MB")
    for size in SIZES:
        figures = []
        for name in ("ours", "torch"):
            command = [sys.executable, __file__, name, *map(str, size)]
            figures.append(
                [float(word) for word in subprocess.check_output(command, text=True).split()]
            )
        (ours, ours_mb), (theirs, theirs_mb) = figures
        print(
            f"{size[0]:>5}  {size[1]:>9}  {size[2]:>5}  {ours:>7.0f}  {theirs:>8.0f}  "
            f"{ours / theirs:>5.0f}  {ours_mb:>7.0f}  {theirs_mb:>8.0f}"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("one", nargs="*")
    if one := parser.parse_args().one:
        measure(one[0], *map(int, one[1:]))
    else:
        main()
