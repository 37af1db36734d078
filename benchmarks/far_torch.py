"""`torch.nn.LSTM` with full back-propagation on the adding problem at far lags.

Run it:  python benchmarks/far_torch.py cost        processor time and bytes of one sequence
         python benchmarks/far_torch.py learn 1000 --networks 2 --seconds 1800

It has twelve cells, weights that start in [-1.5, 1.5] and, as the learner of `longlag show far`,
input gates that begin nearly shut, Adam, one sequence an update, and the stop rule. Each cost is
that of a process of its own with one thread; memory is the largest resident set, less what it was
before the first pass.
"""

import argparse
import math
import resource
import subprocess
import sys
import time
from collections import deque

import torch
from torch import nn

from longlag import Adding
from longlag.torch import Sequences

CELLS, RANGE, RATE, EPSILON = 12, 1.5, 0.006, 1e-13
LAGS = (1_000, 10_000, 100_000, 1_000_000)
MOST = 20 * 2**30  #: bytes that a pass may take here
WINDOW, WRONG, MEAN = 2000, 0.04, 0.01


class Contender(nn.Module):
    """`torch.nn.LSTM` with a linear output; its input gates begin nearly shut, and it remembers."""

    def __init__(self, T: int):
        super().__init__()
        self.lstm = nn.LSTM(2, CELLS, batch_first=True)
        self.output = nn.Linear(CELLS, 1)
        shut = -math.log(T) - 2.2
        with torch.no_grad():
            for parameter in self.parameters():
                parameter.uniform_(-RANGE, RANGE)
            self.lstm.bias_hh_l0.zero_()
            self.lstm.bias_ih_l0[:CELLS] = shut
            self.lstm.bias_ih_l0[CELLS : 2 * CELLS] = -shut
            self.output.bias.fill_(0.5)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.output(self.lstm(x)[0][:, -1])[:, 0]


def pass_once(T: int) -> None:
    """Print seconds and MB of one sequence, forward and backward."""
    torch.set_num_threads(1)
    model, x = Contender(T), torch.randn(1, T, 2)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.process_time()
    model(x).sum().backward()
    seconds = time.process_time() - start
    print(seconds, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)


def cost() -> None:
    """Print a line for each T, until a pass would take more memory than there is."""
    print("        T   torch s  torch MB")
    need = 0.0
    for T in LAGS:
        if need * 10 * 2**20 > MOST:
            print(f"{T:>9,}  not run: it would take some {need * 10 / 1024:.0f} GB")
            continue
        command = [sys.executable, __file__, "pass", str(T)]
        answer = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        seconds, need = map(float, answer)
        print(f"{T:>9,}  {seconds:8.2f}  {need:8.0f}", flush=True)


def solved(errors: deque[float]) -> bool:
    """Whether the last sequences fulfil the stop rule of 1997."""
    full = len(errors) == WINDOW
    return full and max(errors) < WRONG and sum(errors) / WINDOW < MEAN


def learn(T: int, network: int, limit: float) -> None:
    """Train one network for at most `limit` seconds, and print what came of it."""
    torch.set_num_threads(1)
    torch.manual_seed(network)
    model, errors, count = Contender(T), deque[float](maxlen=WINDOW), 0
    optimiser = torch.optim.Adam(model.parameters(), RATE, eps=EPSILON)
    sequences, start = iter(Sequences(Adding(T=T), seed=network)), time.process_time()
    while not solved(errors) and time.process_time() - start < limit:
        x, target = next(sequences)
        error = model(x[None]) - target[-1]
        optimiser.zero_grad()
        (0.5 * error**2).sum().backward()
        optimiser.step()
        errors.append(abs(error.item()))
        count += 1
    outcome = "solved" if solved(errors) else "not solved"
    print(
        f"T={T:,}, network {network}: {outcome} after {count:,} sequences in "
        f"{time.process_time() - start:,.0f} s, mean error {sum(errors) / len(errors):.4f}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=("cost", "learn", "pass"))
    parser.add_argument("T", type=int, nargs="?", default=1_000)
    parser.add_argument("--networks", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=1800, help="of processor time a network")
    given = parser.parse_args()
    if given.what == "cost":
        cost()
    elif given.what == "pass":
        pass_once(given.T)
    else:
        for network in range(given.networks):
            learn(given.T, network, given.seconds)


if __name__ == "__main__":
    main()
