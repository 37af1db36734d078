"""The driver for streams: one large network, one sample at a time."""

from functools import cache
from typing import Any

from longlag.compiled.compiling import inner
from longlag.compiled.driver import Driver
from longlag.contract import UnitKernel
from longlag.simd.banks import bank, get_lane, rows_apart
from longlag.simd.denormals import flush_denormals, restore_denormals
from longlag.simd.tiles import TILE


@inner
def has_target(Y, t):
    """Whether any output has a target: a number, not NaN."""
    found = False
    if len(Y):
        for k in range(Y.shape[1]):
            found |= Y[t, k] == Y[t, k]
    return found


@inner
def first_bad(X, Y):
    """The first row of X that is not finite, or of Y that is infinite; -1 if there is none."""
    for t in range(len(X)):
        good = True
        for i in range(X.shape[1]):
            good &= X[t, i] - X[t, i] == 0.0  # inf - inf and NaN - NaN are NaN
        if len(Y):
            for k in range(Y.shape[1]):
                good &= (Y[t, k] - Y[t, k] == 0.0) | (Y[t, k] != Y[t, k])
        if not good:
            return t
    return -1


@inner
def weigh(tiles, p, Y, t, weight):
    """Move the targets of row t, so that the errors of the answers to it are multiplied."""
    for k in range(p.outputs):
        answer = get_lane(tiles, p.answers, k)
        Y[t, k] = answer + weight * (Y[t, k] - answer)


@cache
def stream_driver(units: type, kernel: UnitKernel, rule: Any) -> Driver:
    """The driver of all networks with tiles of this class and an update rule of this kernel."""
    step, answer, learn = kernel
    count, advance = len(rule._fields), rule.advance

    def run(S, plan, coefficients, X, Y, W, out, changes):
        """Step through X (n, inputs) and learn from Y (n, outputs); Y may be empty.

        Every answer goes to out (n, outputs) before the network learns from its target. Errors are
        multiplied by W (n,), unless it is empty; Y is then overwritten. Without `changes` no step
        changes the network. `coefficients` are those of the rule. Returns -1, or the first row with
        an invalid number; the network is then unchanged.
        """
        bad = first_bad(X, Y)
        if bad >= 0:
            return bad
        p, tiles = plan[0], bank(S, TILE)
        h = rule(*rows_apart(coefficients, 0, 1, count))
        setting = flush_denormals()
        for t in range(len(X)):
            step(tiles, p, X, t)
            answer(tiles, p)
            for k in range(p.outputs):
                out[t, k] = get_lane(tiles, p.answers, k)
            if changes:
                learning = has_target(Y, t)
                if learning:
                    h = advance(h)
                    if len(W):
                        weigh(tiles, p, Y, t, W[t])
                learn(tiles, p, h, Y, t, learning)
        restore_denormals(setting)
        for i in range(count):
            coefficients[i] = h[i]
        return -1

    return Driver(run, ("stream", units, rule))  # sizes are read at run time
