"""Networks of each credit, and the gradient of a sequence as a network has it."""

from dataclasses import replace

import numpy as np

from longlag.rules import GradientDescent
from support.lstm_nets import TOPOLOGIES

#: One update with this rule at the end of a sequence is the gradient.
WHOLE = {"update": "sequence", "rule": GradientDescent(1.0)}

#: Steps of a sequence that have a target.
TAUGHT = (2, 3, 6)


def with_credit(name, credit, **fields):
    return replace(TOPOLOGIES[name], credit=credit, **(WHOLE | fields))


def present(net, x, targets, taught=TAUGHT):
    """Of a reference, or of lanes."""
    net.reset()
    for t, now in enumerate(x):
        net.step(now)
        if t in taught:
            net.answer()
            net.learn(targets[t])
    net.finish()


def reference(config):
    net = config.reference()
    net.load(config.start(np.random.default_rng(0)))
    return net


def gradient(config, x, targets, taught=TAUGHT, net=None):
    """Downhill, of the sum over a sequence: what the end of it adds to the weights."""
    net = net or reference(config)
    before = net.weights()
    present(net, x, targets, taught)
    return net.weights() - before
