"""Unfolded nets to test, and their forward pass in PyTorch.

The forward pass has its own account of where the weights lie, and knows nothing of gradients.
"""

from typing import Any

import numpy as np
import torch

from longlag import NARX, TWINN, GammaMemory, Hierarchical, SecondOrder, TimeConstants
from support.recurrent_nets import WHOLE

NETS = {
    "narx": NARX(2, 2, hidden=3, input_taps=2, output_taps=3, **WHOLE),
    "narx, logistic": NARX(
        *(2, 2), hidden=2, output_taps=2, output="logistic", output_range=(-0.5, 1.5), **WHOLE
    ),
    "narx without hidden units": NARX(3, 1, "symbol", hidden=0, output_taps=2, **WHOLE),
    "time-delay net": NARX(2, 1, hidden=2, input_taps=3, output_taps=0, **WHOLE),
    "gamma memory": GammaMemory(2, 2, hidden=2, stages=3, mu=0.4, **WHOLE),
    "gamma memory, fixed": GammaMemory(1, 1, hidden=2, stages=2, mu=0.4, fixed_mu=True, **WHOLE),
    "latch": NARX(3, 1, hidden=0, output_taps=2, feedback=1.25, **WHOLE),
    "second order": SecondOrder(2, 1, hidden=3, **WHOLE),
    "second order of symbols": SecondOrder(3, 2, "symbol", hidden=3, **WHOLE),
    "bilinear": SecondOrder(2, 2, hidden=2, terms="bilinear", **WHOLE),
    "bilinear of symbols": SecondOrder(2, 1, "symbol", hidden=2, terms="bilinear", **WHOLE),
    "quadratic": SecondOrder(2, 1, hidden=2, terms="quadratic", **WHOLE),
    "further outputs": NARX(2, 1, hidden=2, output_taps=1, further_outputs=2, **WHOLE),
    "time constants": TimeConstants(2, 2, taus=(0.0, 0.5, 0.9), **WHOLE),
    "hierarchical": Hierarchical(3, 1, "symbol", periods=(1, 2, 3), **WHOLE),
    "time warping": TWINN(2, 2, hidden=3, **WHOLE),
    "time warping of symbols": TWINN(3, 1, "symbol", hidden=2, **WHOLE),
}


def torch_outputs(config, flat, x, cut=None) -> list[Any]:
    """The answers at every step; no gradient flows through a state from before step `cut`."""
    rows = np.eye(config.inputs)[x.astype(int)] if config.coding == "symbol" else x
    steps = {
        "narx": _narx,
        "second-order": _second_order,
        "gamma-memory": _gamma,
        "twinn": _time_warping,
    }
    step = steps.get(config.name, _with_time_scales)
    past, outputs = [], []
    for t, now in enumerate(torch.tensor(rows)):
        if t == cut:
            past = [tuple(each.detach() for each in state) for state in past]
        past.append(step(config, flat, now, past))
        outputs.append(past[-1][-1][: config.outputs])
    return outputs


def _matrices(flat, *shapes):
    """Weights of [unit, source], which lie source by source."""
    sizes = [units * sources for units, sources in shapes]
    assert sum(sizes) == len(flat)
    parts = torch.split(flat, sizes)
    return [part.reshape(s, u).T for part, (u, s) in zip(parts, shapes, strict=True)]


def _before(past, ago, which, size):
    return past[-ago][which] if len(past) >= ago else torch.zeros(size, dtype=torch.float64)


def _narx(config, flat, x, past):
    """(x, y)"""
    outputs, inputs = config.outputs + config.further_outputs, config.inputs
    z = [x, *(_before(past, n, 0, inputs) for n in range(1, config.input_taps))]
    z += [_before(past, n, 1, outputs) for n in range(1, 1 + config.output_taps)]
    one, z = torch.ones(1, dtype=torch.float64), torch.cat(z)
    if config.feedback is not None:
        return x, torch.tanh(_matrices(flat, (1, len(z)))[0] @ z)
    z = torch.cat((one, z))
    if not config.hidden:
        return x, torch.tanh(_matrices(flat, (outputs, len(z)))[0] @ z)
    a, v = _matrices(flat, (config.hidden, len(z)), (outputs, 1 + config.hidden))
    return x, _form(config, v @ torch.cat((one, torch.tanh(a @ z))))


def _form(config, net):
    low, high = config.output_range
    return net if config.output == "linear" else low + (high - low) * torch.sigmoid(net)


def _gamma(config, flat, x, past):
    """(g, y)"""
    stages, one = 1 + config.stages, torch.ones(1, dtype=torch.float64)
    flat, mu = flat[:-1], flat[-1]
    sources = 1 + stages * config.inputs
    a, v = _matrices(flat, (config.hidden, sources), (config.outputs, 1 + config.hidden))
    g = _before(past, 1, 0, stages * config.inputs).reshape(stages, -1)
    g = torch.cat((x[None], (1 - mu) * g[1:] + mu * g[:-1])).ravel()
    return g, _form(config, v @ torch.cat((one, torch.tanh(a @ torch.cat((one, g))))))


def _second_order(config, flat, x, past):
    """(s, y)"""
    units, one = config.hidden, torch.ones(1, dtype=torch.float64)
    if config.terms == "products":
        s = past[-1][0] if past else torch.eye(units, dtype=torch.float64)[0]
        z = torch.outer(s, x if config.coding == "symbol" else torch.cat((one, x))).ravel()
    elif config.terms == "bilinear":
        s = _before(past, 1, 0, units)
        z = torch.cat((x, torch.outer(s, torch.cat((one, x))).ravel()))
    else:
        every = torch.cat((one, x, _before(past, 1, 0, units)))
        z = torch.outer(every, every)[torch.triu_indices(len(every), len(every)).unbind()]
    s = torch.sigmoid(_matrices(flat, (units, len(z)))[0] @ z)
    return s, s[: config.outputs]


def _with_time_scales(config, flat, x, past):
    """(h, y)"""
    scales = config.taus if config.name == "time-constants" else config.periods
    units, one = len(scales), torch.ones(1, dtype=torch.float64)
    w, v = _matrices(flat, (units, 1 + config.inputs + units), (config.outputs, 1 + units))
    before = _before(past, 1, 0, units)
    u, scales = (
        torch.tanh(w @ torch.cat((one, x, before))),
        torch.tensor(scales, dtype=torch.float64),
    )
    if config.name == "time-constants":
        h = scales * before + (1 - scales) * u
    else:
        h = torch.where((len(past) + 1) % scales == 0, u, before)
    return h, _form(config, v @ torch.cat((one, h)))


def _time_warping(config, flat, x, past):
    """(x, h, y)"""
    units, one = config.hidden, torch.ones(1, dtype=torch.float64)
    (w,) = _matrices(flat, (units, 1 + config.inputs + units))
    before = _before(past, 1, 1, units)
    distance = torch.sqrt(torch.sum((x - _before(past, 1, 0, config.inputs)) ** 2))
    h = before + distance * torch.tanh(w @ torch.cat((one, x, before)))
    return x, h, h[: config.outputs]
