"""torch.nn.GRU as PyTorch initialises it: longlag judge gru.py."""

from torch import nn


class Model(nn.Module):
    """A layer of gated recurrent units, and a linear output."""

    def __init__(self, inputs, outputs, hidden=8):
        super().__init__()
        self.recurrent = nn.GRU(inputs, hidden, batch_first=True)
        self.output = nn.Linear(hidden, outputs)

    def forward(self, x):
        """Map x (sequences, steps, inputs) to answers (sequences, steps, outputs)."""
        return self.output(self.recurrent(x)[0])


def model(inputs, outputs):
    """The module that is judged."""
    return Model(inputs, outputs)


name = "nn.GRU"
