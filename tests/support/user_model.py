"""The file of a model such as users write for `longlag judge`."""

#: Solves the latch in a moment.
SUM = """
import torch
from torch import nn

class Sum(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.output = nn.Linear(inputs, outputs)
        self.dropout = nn.Dropout(0.01)

    def forward(self, x):
        return self.output(self.dropout(x.cumsum(1)))

def model(inputs, outputs):
    return Sum(inputs, outputs)

def optimiser(parameters):
    return torch.optim.Adam(parameters, lr=0.02)
"""
