"""The compiled functions of input-output hidden Markov models; see `iohmm.learner`."""

from collections.abc import Callable
from functools import lru_cache

from longlag.compiled.compiling import inlined, inner
from longlag.contract import LaneKernel
from longlag.learners.history import Passes, Span, compile_history, with_history
from longlag.learners.iohmm.topology import ModelTopology
from longlag.simd.activations import logistic
from longlag.simd.products import gather, scatter_add
from longlag.simd.vectors import fma, select

#: Of evidence, which an output divides by a thousand at most; float32 holds 1000 LARGE / SMALL.
SMALL, LARGE = 2.0**-40, 2.0**60
FORBIDDEN = -1e4  #: the logit of a move that is not allowed, when the largest is sought


@inlined
def exponential(x):
    """exp(x) for x up to 0."""
    f = logistic(x)
    return f / (1.0 - f)


@lru_cache(maxsize=64)
def compile_model(topology: ModelTopology, lanes: int) -> LaneKernel:
    """The kernel of every model of this topology."""
    layout, n, outputs = topology.layout, topology.states, topology.outputs
    state, seen, out = (layout.start(name) for name in ("states", "seen", "outputs"))
    move, width = layout.start("moves"), topology.width
    emission = layout.start("weights") + topology.transitions
    evidence, ends, ones = (layout.start(name) for name in ("evidence", "ends", "ones"))
    find_moves = _moves(topology)

    @inner
    def reset(S, mask):
        for i in range(n):
            S[state + i] = select(mask, 1.0 if i == 0 else 0.0, S[state + i])

    @inner
    def step(S, X, at):
        for i in range(width):
            S[seen + i] = X[at + i]
        for i in range(n):
            S[seen + width + i] = S[state + i]
        find_moves(S)
        for i in range(n):
            total = 0.0 * S[state]
            for j in range(n):
                total = fma(S[move + j * n + i], S[seen + width + j], total)
            S[state + i] = total

    @inner
    def answer(S):
        for k in range(outputs):
            total = 0.0 * S[state]
            for i in range(n):
                total = fma(S[state + i], S[emission + i * outputs + k], total)
            S[out + k] = total

    @inner
    def keep_in_range(S):
        """Multiply the evidence by a power of two where it becomes small in all states.

        Only its ratios count, and the product of a hundred outputs is 0 in float32.
        """
        most = 0.0 * S[state]
        for i in range(n):
            share = S[state + i] * S[evidence + i]
            most = select(share > most, share, most)
        factor = select(most < SMALL, 1.0 / SMALL, 1.0 + 0.0 * most)
        for i in range(n):
            # A state that the model is hardly ever in must not overflow.
            value = S[evidence + i]
            S[evidence + i] = select(value > LARGE, LARGE, value) * factor

    @inner
    def find_evidence(S, Y, at):
        """P(target | state), but for a factor; a target between 0 and 1 is in part either."""
        for i in range(n):
            S[evidence + i] = 0.0 * S[state] + 1.0
        for k in range(outputs):
            y = probability(Y[at + k])
            for i in range(n):
                e = S[emission + i * outputs + k]
                S[evidence + i] = S[evidence + i] * fma(y, e, (1.0 - y) * (1.0 - e))
            keep_in_range(S)

    stored = (Span(seen, width + n),)
    passes = Passes(_beginning(topology), _going_back(topology), _ending)
    history = compile_history(layout, topology.depth, lanes, stored, Span(evidence, n), passes)
    add_evidence = history.add_errors

    @inner
    def learn(S, Y, at, mask):
        find_evidence(S, Y, at)
        total = 0.0 * S[state]
        for i in range(n):
            total = fma(S[state + i], S[evidence + i], total)
        for i in range(n):
            S[evidence + i] = select(mask, S[evidence + i] / total, 0.0)
            ended = select(mask, S[state + i] * S[evidence + i], 0.0)
            S[ends + i] = S[ends + i] + ended
            for k in range(outputs):
                row = ones + i * outputs + k
                S[row] = S[row] + ended * select(mask, probability(Y[at + k]), 0.0)
        add_evidence(S, evidence, 0, n, mask)

    @inner
    def finish(S, mask):
        pass

    return with_history(history, LaneKernel(reset, step, answer, learn, finish))


@inlined
def probability(y):
    """The target y, at least 0 and at most 1."""
    y = select(y > 1.0, 1.0, y)
    return select(y < 0.0, 0.0, y)


@inner
def _ending(S, mask):
    pass


def _symbol(topology: ModelTopology) -> Callable:
    """symbol(S): the symbol of a step, which is the sign of a real input."""
    seen, symbols = topology.layout.start("seen"), topology.symbols

    @inlined
    def symbol(S):
        return S[seen] if symbols else select(S[seen] > 0.0, 1.0, 0.0 * S[seen])

    return symbol


def _moves(topology: ModelTopology) -> Callable:
    """find(S): the probabilities of all moves for the inputs of the step, in rows "moves"."""
    layout, n = topology.layout, topology.states
    weights, move, seen = (layout.start(name) for name in ("weights", "moves", "seen"))
    allowed, inputs, symbol = layout.start("allowed"), topology.inputs, _symbol(topology)

    @inner
    def look_up(S):
        now = symbol(S)
        for i in range(n * n):
            S[move + i] = gather(S, weights + i, now, n * n)

    @inner
    def from_state(S, row):
        """Moves from the state whose rows begin there: a softmax over the allowed ones."""
        largest = 0.0 * S[seen] + FORBIDDEN
        for i in range(row, row + n):
            net = S[weights + i]
            for l in range(inputs):
                net = fma(S[weights + (l + 1) * n * n + i], S[seen + l], net)
            net = select(S[allowed + i] > 0.0, net, FORBIDDEN)
            largest = select(net > largest, net, largest)
            S[move + i] = net
        total = 0.0 * S[seen]
        for i in range(row, row + n):
            S[move + i] = S[allowed + i] * exponential(S[move + i] - largest)
            total = total + S[move + i]
        for i in range(row, row + n):
            S[move + i] = S[move + i] / total

    @inner
    def soft(S):
        for j in range(n):
            from_state(S, j * n)

    return look_up if topology.table else soft


def _beginning(topology: ModelTopology) -> Callable:
    """begin(S): there is no evidence beyond the last step."""
    beta, n = topology.layout.start("beta_after"), topology.states

    @inner
    def begin(S):
        for i in range(n):
            S[beta + i] = 0.0

    return begin


def _going_back(topology: ModelTopology) -> Callable:
    """back(S, fresh, mask): the expected moves of a step, and the evidence one step earlier."""
    layout, n = topology.layout, topology.states
    move, beta, after = (layout.start(name) for name in ("moves", "beta", "beta_after"))
    evidence, before = layout.start("evidence"), layout.start("seen") + topology.width
    find_moves, note = _moves(topology), _noting(topology)

    @inner
    def back(S, fresh, mask):
        find_moves(S)
        for i in range(n):
            S[beta + i] = S[after + i] + select(fresh, S[evidence + i], 0.0)
        for j in range(n):
            total = 0.0 * S[before]
            for i in range(n):
                total = fma(S[move + j * n + i], S[beta + i], total)
            note(S, j, S[before + j] * total, mask)
            S[after + j] = select(mask, total, 0.0)

    return back


def _noting(topology: ModelTopology) -> Callable:
    """note(S, j, leaving, mask): the moves from state j, which is left with this probability."""
    layout, n = topology.layout, topology.states
    move, beta = layout.start("moves"), layout.start("beta")
    expected, weighed = layout.start("expected"), layout.start("weighed")
    seen, inputs, before = layout.start("seen"), topology.inputs, layout.start("seen")
    before += topology.width
    symbol = _symbol(topology)

    @inner
    def count(S, j, leaving, mask):
        for i in range(n):
            moved = S[before + j] * S[move + j * n + i] * S[beta + i]
            row = expected + j * n + i
            scatter_add(S, row, symbol(S), n * n, select(mask, moved, 0.0))

    @inner
    def rise(S, j, leaving, mask):
        left = select(mask, leaving, 0.0)
        S[weighed + j] = S[weighed + j] + left
        for l in range(inputs):
            x = select(mask, S[seen + l], 0.0)
            S[weighed + (l + 1) * n + j] = fma(left * x, x, S[weighed + (l + 1) * n + j])
        for i in range(n):
            probable = S[move + j * n + i]
            gradient = S[before + j] * probable * S[beta + i] - probable * leaving
            gradient = select(mask, gradient, 0.0)
            row = expected + j * n + i
            S[row] = S[row] + gradient
            for l in range(inputs):
                x = select(mask, S[seen + l], 0.0)
                row = expected + (l + 1) * n * n + j * n + i
                S[row] = fma(gradient, x, S[row])

    return count if topology.table else rise
