"""
How an error fades
==================

How much of an error at the last step is left q steps earlier? In a conventional net the error is
multiplied by a weight and a slope at every step, and vanishes. Inside a memory cell it stays.
"""

import matplotlib.pyplot as plt
import numpy as np

from longlag import LSTM
from longlag.errorflow.conventional import ConventionalNet, conventional_flow
from longlag.errorflow.networks import network_flow

generator = np.random.default_rng(1)
x = generator.uniform(-1, 1, (501, 2))
lags = np.arange(1, 501)

plain = ConventionalNet.drawn(10, 2, weight_range=1.0, generator=generator)
learner = LSTM(inputs=2, outputs=1)
flows = network_flow(learner, learner.start(generator), x, lags)

# %%
# The net has ten logistic units with weights in [-1, 1]. "Truncated" is what the gradient of 1997
# uses; "untruncated" adds the ways through gates and other cells.

figure, axes = plt.subplots(figsize=(7, 3.5), layout="constrained")
axes.plot(lags, conventional_flow(plain, x, lags).largest, label="conventional net")
for name, flow in flows.items():
    dashes = ":" if name == "untruncated" else "-"
    axes.plot(lags, flow.largest, dashes, label=f"LSTM, {name}")
axes.set(xlabel="steps back", ylabel="largest factor, power of ten")
axes.legend()
print(f"after 500 steps 10^{conventional_flow(plain, x, lags).largest[-1]:.0f} is left in the net")

# %%
# :doc:`/errorflow` measures trained nets, bounds and PyTorch modules, and so does
# ``longlag errorflow``.
