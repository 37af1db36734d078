"""
Judge a model of your own
=========================

How long a lag does ``torch.nn.GRU`` bridge? The latch asks for a class that stood at the beginning,
behind noise. ``judge`` trains a module of PyTorch under the same stop rule, exams and tests as the
learners of the library.
"""

import matplotlib.pyplot as plt
import torch
from torch import nn

from longlag.torch import judge


class Model(nn.Module):
    """Eight gated recurrent units, and a linear output."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.recurrent = nn.GRU(inputs, 8, batch_first=True)
        self.output = nn.Linear(8, outputs)

    def forward(self, x):  # (sequences, steps, inputs) -> (sequences, steps, outputs)
        """Answer at every step."""
        return self.output(self.recurrent(x)[0])


def adam(parameters):
    """Without it, three rates are tried."""
    return torch.optim.Adam(parameters, lr=0.01)


found = judge(
    Model, optimiser=adam, families=["trainable-latch"], lags=[5, 10], networks=2, budget=5000
)
for rung in found.climbs[0].rungs:
    solved = f"{rung.solved} of {len(rung.records)}"
    print(f"lag {rung.lag}: {solved} solved it, after {rung.needed:,.0f} sequences")

# %%
# A network has solved the task once it answers nearly all of 256 new sequences, in an exam after
# every 500 training sequences.

figure, axes = plt.subplots(figsize=(7, 3.5), layout="constrained")
for rung, colour in zip(found.climbs[0].rungs, ("tab:blue", "tab:orange"), strict=False):
    axes.plot([], [], "o-", color=colour, label=f"lag {rung.lag}")
    for record in rung.records:
        sequences, error, _ = record.curve.T
        axes.plot(sequences, error, "o-", color=colour)
axes.set(xlabel="training sequences", ylabel="mean absolute error", ylim=(0, None))
axes.legend()

# %%
# ``longlag judge my_model.py`` does so for a file, on all kinds of memory, in several processes,
# and sets the model beside LSTM and its rivals: :doc:`/judge`.
