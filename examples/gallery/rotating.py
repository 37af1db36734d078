"""
Rotating cells on a season
==========================

Two seasons with periods of 7 and 30 steps, and noise. A rotating cell holds a value and a place in
a cycle, and learns the length of the cycle. The network sees the last value alone.
"""

import matplotlib.pyplot as plt
import numpy as np

from longlag import LSTMRegressor

generator = np.random.default_rng(1)
t = np.arange(6000)
clean = np.sin(2 * np.pi * t / 7) + np.sin(2 * np.pi * t / 30)
series = clean + generator.normal(0, 0.3, len(t))
last, target = series[:-1], series[1:]

errors = {
    "last value": np.abs(last - target),
    "value 210 steps ago": np.abs(np.concatenate([np.full(209, np.nan), series[:-210]]) - target),
    "the seasons, if known": np.abs(clean[1:] - target),
}
for name, cell in (("memory cells", "memory"), ("rotating cells", "rotating")):
    answers = LSTMRegressor(cells=16, cell=cell).learn_many(last[:, None], target)
    errors[name] = np.abs(answers - target)

for name, each in errors.items():
    print(f"{name:22} {np.mean(each[3000:]):.3f}")

# %%
# Both seasons return together after 210 steps. The value of that time has noise of its own, so its
# error is larger than that of a network that has learned the seasons.

figure, axes = plt.subplots(figsize=(7, 3.5), layout="constrained")
for name, each in errors.items():
    smooth = np.convolve(each, np.full(300, 1 / 300), "valid")
    axes.plot(t[300 : 300 + len(smooth)], smooth, label=name)
axes.set(xlabel="step", ylabel="mean absolute error, last 300", ylim=(0, None))
axes.legend(ncols=2, fontsize="small")

# %%
# :doc:`/rotating` has the equations, and says where rotating cells do not help.
