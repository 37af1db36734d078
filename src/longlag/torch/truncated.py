"""The units of an LSTM of 1997 under autograd, with the truncated gradient.

The equations are those of `longlag.learners.lstm.learner`. Autograd by itself would store every
step, and send errors back through all gates. Here the backward pass goes forward through the
sequences once more. It carries the partials of the states from step to step (equations 25 and 27)
and multiplies them by the error of each step (equations 21 to 28), so nothing is stored of a step.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple, Self

import torch
from torch import Tensor

from longlag.learners.lstm.learner import LSTM
from longlag.learners.lstm.reference import layout_rows
from longlag.learners.lstm.topology import SQUASHING_RANGES

#: Kinds of units whose activations are kept for the next step.
HIDDEN_KINDS = ("cells", "input_gates", "forget_gates", "output_gates", "hidden")


class Wiring(NamedTuple):
    """Sizes of a network, and which units feed which."""

    #: By kind of units, the places of its sources in y(m): bias unit, inputs, hidden units, cells,
    #: input gates, forget gates, output gates
    sources: dict[str, list[int]]
    units: dict[str, int]  #: by the kinds of `HIDDEN_KINDS` that exist
    block_size: int
    g: tuple[float, float]  #: g(x) = scale * f(x) + offset
    h_identity: bool

    @classmethod
    def of(cls, learner: LSTM) -> Self:
        """The wiring of the networks of a learner."""
        sizes = {
            "bias": 1,
            "inputs": learner.inputs,
            "hidden": learner.hidden,
            "cells": learner.blocks * learner.block_size,
            "input_gates": learner.blocks,
            "forget_gates": learner.blocks * learner.forget_gates,
            "output_gates": learner.blocks * learner.output_gates,
        }
        places, at = {}, 0
        for kind, size in sizes.items():
            places[kind] = range(at, at + size)
            at += size
        return cls(
            sources={
                kind: [place for source in sources for place in places[source]]
                for kind, sources in layout_rows(learner).items()
            },
            units={kind: sizes[kind] for kind in HIDDEN_KINDS if sizes[kind]},
            block_size=learner.block_size,
            g=SQUASHING_RANGES[learner.g],
            h_identity=learner.h == "identity",
        )

    def per_cell(self, gates: Tensor) -> Tensor:
        """For each cell the number of the gate of its block; blocks are the last dimension."""
        return gates.repeat_interleave(self.block_size, dim=-1)

    def per_block(self, cells: Tensor) -> Tensor:
        """The sum over the cells of each block; cells are the dimension before the last."""
        return cells.unflatten(-2, (-1, self.block_size)).sum(-2)


class Step(NamedTuple):
    """One step of all sequences, which are the first dimension."""

    before: Tensor  #: y(m,t-1), with the inputs of this step
    y: Tensor  #: y(m,t)
    s_before: Tensor
    s: Tensor
    g: Tensor  #: g(net_c)
    h: Tensor  #: h(s)
    #: f(net) of the units that exist, by kind; of cells it is f(net_c)
    f: dict[str, Tensor]


def steps(wiring: Wiring, x: Tensor, into: dict[str, Tensor]) -> Iterator[Step]:
    """Every step of sequences x, of shape (sequences, steps, inputs)."""
    count, _, inputs = x.shape
    y = x.new_zeros(count, 1 + inputs + sum(wiring.units.values()))
    y[:, 0] = 1.0
    s = x.new_zeros(count, wiring.units["cells"])
    scale, offset = wiring.g
    for x_t in x.unbind(1):
        before = torch.cat([y[:, :1], x_t, y[:, 1 + inputs :]], dim=1)
        f = {kind: torch.sigmoid(before[:, wiring.sources[kind]] @ w.T) for kind, w in into.items()}
        g = scale * f["cells"] + offset  # eq 5
        kept = wiring.per_cell(f["forget_gates"]) * s if "forget_gates" in f else s
        s_before, s = s, kept + wiring.per_cell(f["input_gates"]) * g  # eq 9
        h = s if wiring.h_identity else 2 * torch.sigmoid(s) - 1  # eq 4
        cells = wiring.per_cell(f["output_gates"]) * h if "output_gates" in f else h
        order = [f["hidden"]] if "hidden" in f else []
        order += [cells, *(f[kind] for kind in HIDDEN_KINDS[1:4] if kind in f)]
        y = torch.cat([before[:, : 1 + inputs], *order], dim=1)
        yield Step(before, y, s_before, s, g, h, f)


class Truncated(torch.autograd.Function):
    """Hidden units and cells at every step, of shape (sequences, steps, hidden + cells)."""

    @staticmethod
    def forward(ctx: Any, wiring: Wiring, x: Tensor, *into: Tensor) -> Tensor:
        """The activations; `into` are the weights of the units that exist, by `HIDDEN_KINDS`."""
        ctx.wiring = wiring
        ctx.save_for_backward(x, *into)
        first = 1 + x.shape[2]
        shown = slice(first, first + wiring.units.get("hidden", 0) + wiring.units["cells"])
        named = dict(zip(wiring.units, into, strict=True))
        return torch.stack([step.y[:, shown] for step in steps(wiring, x, named)], dim=1)

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Tensor) -> tuple[Tensor | None, ...]:
        """The gradient of the weights; inputs have none, because errors stop at net inputs."""
        (errors,) = grad_outputs
        x, *into = ctx.saved_tensors
        named = dict(zip(ctx.wiring.units, into, strict=True))
        partials = Partials(ctx.wiring, named)
        for t, step in enumerate(steps(ctx.wiring, x, named)):
            partials.grow(step)
            partials.collect(step, errors[:, t])
        return None, None, *partials.gradient.values()


class Partials:
    """The partials of the states of every sequence, and the gradient so far."""

    def __init__(self, wiring: Wiring, into: dict[str, Tensor]):
        self.wiring = wiring
        self.gradient = {kind: torch.zeros_like(w) for kind, w in into.items()}
        #: D(jv,m) of the weights into the cells themselves and into gates that change the states
        self.D: dict[str, Tensor | float] = {kind: 0.0 for kind in HIDDEN_KINDS[:3] if kind in into}

    def grow(self, step: Step) -> None:
        """The partials after a step."""
        wiring, f = self.wiring, step.f
        slope = {kind: y * (1 - y) for kind, y in f.items()}
        growth = {
            "cells": wiring.g[0] * slope["cells"] * wiring.per_cell(f["input_gates"]),  # eq 25
            "input_gates": step.g * wiring.per_cell(slope["input_gates"]),  # eq 27
        }
        if "forget_gates" in f:
            growth["forget_gates"] = step.s_before * wiring.per_cell(slope["forget_gates"])
            kept = wiring.per_cell(f["forget_gates"])[:, :, None]
            self.D = {kind: kept * D for kind, D in self.D.items()}
        for kind, rate in growth.items():
            y = step.before[:, wiring.sources[kind]]
            self.D[kind] = self.D[kind] + rate[:, :, None] * y[:, None, :]

    def collect(self, step: Step, errors: Tensor) -> None:
        """Add the gradient of a step; `errors` are those of hidden units and cells."""
        if not errors.any():
            return
        wiring, f, gradient = self.wiring, step.f, self.gradient
        hidden = wiring.units.get("hidden", 0)
        to_hidden, to_cells = errors[:, :hidden], errors[:, hidden:]
        if hidden:
            e = to_hidden * f["hidden"] * (1 - f["hidden"])  # eq 19
            gradient["hidden"] += e.T @ step.before[:, wiring.sources["hidden"]]
        slope = 1.0 if wiring.h_identity else (1 - step.h**2) / 2  # h'(s)
        e_s = to_cells * slope
        if "output_gates" in f:
            gate = f["output_gates"]
            e_s = wiring.per_cell(gate) * e_s  # eq 22
            e = wiring.per_block((step.h * to_cells)[:, :, None])[:, :, 0]
            e = gate * (1 - gate) * e  # eq 21
            gradient["output_gates"] += e.T @ step.before[:, wiring.sources["output_gates"]]
        for kind, D in self.D.items():
            per_cell = torch.einsum("nc,ncm->cm", e_s, D)  # eqs 26, 28
            gradient[kind] += per_cell if kind == "cells" else wiring.per_block(per_cell)
