"""torch.nn.LSTM whose forget gates begin open: longlag judge lstm.py."""

import torch
from torch import nn


class Model(nn.Module):
    """A layer of LSTM, and a linear output."""

    def __init__(self, inputs, outputs, hidden=8):
        super().__init__()
        self.recurrent = nn.LSTM(inputs, hidden, batch_first=True)
        self.output = nn.Linear(hidden, outputs)
        weights = dict(self.recurrent.named_parameters())
        with torch.no_grad():  # the gates are in the order input, forget, cell, output
            weights["bias_ih_l0"][hidden : 2 * hidden] = 1.0
            weights["bias_hh_l0"][hidden : 2 * hidden] = 0.0

    def forward(self, x):
        """Map x (sequences, steps, inputs) to answers (sequences, steps, outputs)."""
        return self.output(self.recurrent(x)[0])


def model(inputs, outputs):
    """The only name that a file must define."""
    return Model(inputs, outputs)


# The rest is optional. Without `optimiser`, Adam is tried with the rates 0.003, 0.01 and 0.001.
# def optimiser(parameters):
#     return torch.optim.Adam(parameters, lr=0.003)

name = "nn.LSTM, forget bias 1"
batch = 20  # sequences between two changes of the weights
clip = 1.0  # largest norm of a gradient; None for no limit
