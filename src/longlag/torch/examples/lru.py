"""A linear recurrent unit (Orvieto et al. 2023), step by step: longlag judge lru.py.

x(t) = a * x(t-1) + b * (B u(t)) with complex states x, a = exp(-exp(nu) + i exp(theta)) and
b = sqrt(1 - |a|^2). The answers are a small net of the real part of C x(t), and of u(t).
"""

import math

import torch
from torch import nn


class LRU(nn.Module):
    """The layer; |a| is drawn from [low, high], its angle from [0, angle]."""

    def __init__(self, inputs, outputs, states=8, low=0.9, high=0.999, angle=math.pi / 10):
        super().__init__()
        radius = (torch.rand(states) * (high**2 - low**2) + low**2).sqrt()
        self.nu = nn.Parameter((-radius.log()).log())
        self.theta = nn.Parameter((torch.rand(states) * angle + 1e-3).log())
        self.into = nn.Linear(inputs, 2 * states, bias=False)
        self.out = nn.Linear(2 * states, outputs)

    def forward(self, u):
        """Map u (sequences, steps, inputs) to (sequences, steps, outputs)."""
        decay, angle = torch.exp(-self.nu.exp()), self.theta.exp()
        a = torch.polar(decay, angle)
        driven = torch.view_as_complex(self.into(u).unflatten(-1, (-1, 2)).contiguous())
        driven = driven * (1 - decay**2).sqrt()
        x, states = torch.zeros_like(driven[:, 0]), []
        for step in driven.unbind(1):
            x = a * x + step
            states.append(x)
        return self.out(torch.view_as_real(torch.stack(states, 1)).flatten(-2))


class Model(nn.Module):
    """The layer, and a net of one hidden layer at every step."""

    def __init__(self, inputs, outputs, hidden=8):
        super().__init__()
        self.recurrent = LRU(inputs, hidden)
        self.beside = nn.Linear(inputs, hidden)
        self.output = nn.Sequential(nn.GELU(), nn.Linear(hidden, hidden), nn.GELU())
        self.last = nn.Linear(hidden, outputs)

    def forward(self, u):
        """Map u (sequences, steps, inputs) to answers (sequences, steps, outputs)."""
        return self.last(self.output(self.recurrent(u) + self.beside(u)))


def model(inputs, outputs):
    """The module that is judged."""
    return Model(inputs, outputs)


name = "LRU"
