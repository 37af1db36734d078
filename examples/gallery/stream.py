"""
Learn from a stream, with intervals
===================================

A gauge shows a level that follows the tide, and from its middle on stands one unit higher and is
noisier. ``longlag learn`` predicts every reading before it learns from it.
"""

import csv
import subprocess
import sys
from pathlib import Path
from tempfile import mkdtemp

import matplotlib.pyplot as plt
import numpy as np

generator = np.random.default_rng(1)
hours = np.arange(4000)
late = hours >= 2000
level = np.sin(2 * np.pi * hours / 12.4) + late + generator.normal(0, 0.1 + 0.2 * late)
folder = Path(mkdtemp())
with open(folder / "gauge.csv", "w", newline="") as file:
    csv.writer(file).writerows([["level"], *([f"{each:.3f}"] for each in level)])

command = "longlag learn gauge.csv --target level --interval 0.9 --predictions predicted.csv"
done = subprocess.run(
    [sys.executable, "-m", *command.split()],
    cwd=folder,
    stdout=subprocess.PIPE,
    text=True,
    check=True,
)
print(done.stdout)

# %%
# The intervals are to hold nine of ten readings. They assume nothing of the errors, and widen
# within some hours after the change.

with open(folder / "predicted.csv") as file:
    rows = [row for row in csv.DictReader(file) if row["lower"] and row["target"]]
columns = "target_row", "target", "lower", "upper"
hour, reading, lower, upper = (np.array([float(row[name]) for row in rows]) for name in columns)
held = (lower <= reading) & (reading <= upper)
near = (hour > 1950) & (hour < 2100)

figure, (above, below) = plt.subplots(2, figsize=(7, 5), layout="constrained")
above.fill_between(hour[near], lower[near], upper[near], alpha=0.3, label="interval")
above.plot(hour[near], reading[near], ".", color="black", markersize=3, label="reading")
above.set(xlabel="hour", ylabel="level")
above.legend(loc="upper left")
below.plot(hour[199:], np.convolve(held, np.full(200, 1 / 200), "valid"))
below.axhline(0.9, color="tab:red", linestyle="--")
below.set(xlabel="hour", ylabel="share held, last 200", ylim=(0.5, 1))

# %%
# :doc:`/streams` has the same in Python, and what to do with times, seasons and missing values.
