"""torch.nn.LSTM with chrono initialisation (Tallec & Ollivier 2018): longlag judge chrono.py."""

import torch
from torch import nn

LONGEST = 200  # steps: memories of all lengths up to this one are there from the beginning


class Model(nn.Module):
    """A layer of LSTM, and a linear output."""

    def __init__(self, inputs, outputs, hidden=8):
        super().__init__()
        self.recurrent = nn.LSTM(inputs, hidden, batch_first=True)
        self.output = nn.Linear(hidden, outputs)
        weights = dict(self.recurrent.named_parameters())
        lengths = torch.empty(hidden).uniform_(1, LONGEST - 1)
        with torch.no_grad():  # the gates are in the order input, forget, cell, output
            weights["bias_ih_l0"].zero_()
            weights["bias_hh_l0"].zero_()
            weights["bias_ih_l0"][:hidden] = -lengths.log()
            weights["bias_ih_l0"][hidden : 2 * hidden] = lengths.log()

    def forward(self, x):
        """Map x (sequences, steps, inputs) to answers (sequences, steps, outputs)."""
        return self.output(self.recurrent(x)[0])


def model(inputs, outputs):
    """The module that is judged."""
    return Model(inputs, outputs)


name = "nn.LSTM, chrono"
