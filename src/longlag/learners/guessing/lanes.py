"""The compiled functions of random weight guessing; see `longlag.learners.guessing.learner`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

from longlag.compiled.compiling import inlined, inner
from longlag.contract import LaneKernel
from longlag.learners.layout import Layout, Shape
from longlag.simd.activations import logistic, tanh_half
from longlag.simd.products import add_product, gather
from longlag.simd.random import uniform
from longlag.simd.vectors import fma, select


@dataclass(frozen=True)
class Wiring:
    """Sizes and connections of a net, for which its kernel is compiled."""

    inputs: int
    outputs: int
    hidden: int
    symbols: bool  #: whether inputs are the index of one symbol
    second_order: bool
    hidden_sources: frozenset[str]
    output_sources: frozenset[str]
    hidden_bias: bool
    output_bias: bool
    unit_inputs: int  #: number of inputs with the weight 1, which come last
    squashing: str  #: "logistic", "tanh", or "threshold": 1 where the net input is not negative,
    #: and otherwise -1
    simultaneous: bool

    @cached_property
    def layers(self) -> tuple["Layer", "Layer"]:
        """The hidden units and the output units."""
        hidden = Layer(self, "hidden", self.hidden, self.hidden_sources, self.hidden_bias, 0)
        return hidden, Layer(
            self, "outputs", self.outputs, self.output_sources, self.output_bias, hidden.weights
        )

    @property
    def weights(self) -> int:
        """The number of weights of the net."""
        return sum(layer.weights for layer in self.layers)

    @cached_property
    def layout(self) -> Layout:
        """The rows of one network: only the sums of a step are scratch."""
        return self.rows()

    def rows(self, scratch: Mapping[str, Shape] | None = None, /, **kept: Shape) -> Layout:
        """The rows of one network, including the rows that a learning algorithm adds."""
        return Layout(
            {"nets": (self.hidden + self.outputs,)} | dict(scratch or {}),
            weights=(self.weights,),
            range=(1,),
            hidden=(self.hidden,),
            outputs=(self.outputs,),
            **kept,
        )


@dataclass(frozen=True)
class Layer:
    """The incoming weights of the hidden or of the output units, as rows among the weights.

    First order: the weights from the inputs, then one block of weights from the units. Second
    order: one block for each input. A block has the weights from the hidden units, from the outputs
    and from the unit itself, then the biases. Weights into the same unit lie `units` rows apart.
    """

    wiring: Wiring
    name: str
    units: int
    sources: frozenset[str]
    biased: bool
    start: int  #: its first weight

    @property
    def from_inputs(self) -> int:
        """The number of inputs with a first-order weight."""
        if self.wiring.second_order or "inputs" not in self.sources:
            return 0
        return self.wiring.inputs - self.wiring.unit_inputs

    @property
    def added(self) -> int:
        """The number of inputs that are added without a weight."""
        return self.wiring.unit_inputs if "inputs" in self.sources else 0

    @property
    def block(self) -> tuple[int, int, int, int]:
        """Weights into one unit within a block: from hidden units, outputs, itself; its bias."""
        return (
            self.wiring.hidden * ("hidden" in self.sources),
            self.wiring.outputs * ("outputs" in self.sources),
            int("self" in self.sources),
            int(self.biased),
        )

    @property
    def blocks(self) -> int:
        """The number of blocks."""
        return self.wiring.inputs if self.wiring.second_order else 1

    @property
    def weights(self) -> int:
        """The number of weights of the layer."""
        return self.units * (self.from_inputs + self.blocks * sum(self.block))


@inlined
def _tanh(net):
    return tanh_half(2.0 * net)


@inlined
def _threshold(net):
    return select(net >= 0.0, 1.0, 0.0 * net - 1.0)  # a vector decides the precision


_SQUASHING = {"logistic": logistic, "tanh": _tanh, "threshold": _threshold}


@lru_cache
def propose(wiring: Wiring) -> Callable:
    """propose(stream, column): draw every weight again, in the order of the layout."""
    weights, first = wiring.layout.size("weights"), wiring.layout.start("weights")
    width = wiring.layout.start("range")

    @inlined
    def draw(stream, column):
        for i in range(weights):
            column[first + i] = column[width] * (2.0 * uniform(stream) - 1.0)

    return draw


@lru_cache
def compile_guessing(wiring: Wiring) -> LaneKernel:
    """The compiled functions, for every number of lanes."""
    layout = wiring.layout
    nets, hidden, outputs = (layout.start(name) for name in ("nets", "hidden", "outputs"))
    n, k = wiring.hidden, wiring.outputs
    sum_hidden, sum_outputs = (_sums(layer) for layer in wiring.layers)
    output_nets = nets + n
    squashing, simultaneous = _SQUASHING[wiring.squashing], wiring.simultaneous

    @inner
    def squash(S, row, at, count):
        for u in range(count):
            S[row + u] = squashing(S[at + u])

    @inner
    def reset(S, mask):
        for u in range(n):
            S[hidden + u] = select(mask, 0.0, S[hidden + u])
        for u in range(k):
            S[outputs + u] = select(mask, 0.0, S[outputs + u])

    @inner
    def step(S, X, at):
        sum_hidden(S, X, at)
        if simultaneous:
            sum_outputs(S, X, at)
            squash(S, hidden, nets, n)
        else:
            squash(S, hidden, nets, n)
            sum_outputs(S, X, at)
        squash(S, outputs, output_nets, k)

    @inner
    def answer(S):
        pass  # `step` computes the outputs too, because units may see them

    @inner
    def learn(S, Y, at, mask):
        pass

    @inner
    def finish(S, mask):
        pass

    return LaneKernel(reset, step, answer, learn, finish)


def _sums(layer: Layer) -> Callable:
    """sums(S, X, at): the net inputs of a layer, from the inputs at row `at` of X."""
    wiring, units = layer.wiring, layer.units
    layout = wiring.layout
    net = layout.start("nets") + (wiring.hidden if layer.name == "outputs" else 0)
    first = layout.start("weights") + layer.start
    from_inputs, added, blocks = layer.from_inputs, layer.added, layer.blocks
    size = units * sum(layer.block)
    recurrent = first + units * from_inputs
    block, gathered = _block(layer), _gathered_block(layer)
    symbols = wiring.symbols

    @inner
    def first_order(S, X, at):
        block(S, net, recurrent)
        if symbols:
            if from_inputs:
                for u in range(units):
                    S[net + u] = S[net + u] + gather(S, first + u, X[at], units)
        else:
            add_product(S, net, S, first, X, at, from_inputs, units)
        for i in range(added):
            for u in range(units):
                S[net + u] = S[net + u] + X[at + from_inputs + i]

    @inner
    def second_order(S, X, at):
        for u in range(units):
            S[net + u] = 0.0
        for i in range(blocks):
            for u in range(units):
                S[net + u] = fma(
                    X[at + i], gathered(S, u, recurrent + i * size, 0.0 * X[at]), S[net + u]
                )

    @inner
    def second_order_symbols(S, X, at):
        for u in range(units):
            S[net + u] = gathered(S, u, recurrent, X[at])

    if not wiring.second_order:
        return first_order
    return second_order_symbols if symbols else second_order


def _block(layer: Layer) -> Callable:
    """block(S, net, row): write the sums over the units to `net`; the weights begin at `row`."""
    layout, units = layer.wiring.layout, layer.units
    hidden, outputs, own = layout.start("hidden"), layout.start("outputs"), layout.start(layer.name)
    from_hidden, from_outputs, from_self, bias = layer.block
    outputs_row = units * from_hidden
    self_row = outputs_row + units * from_outputs
    bias_row = self_row + units * from_self

    @inner
    def block(S, net, row):
        for u in range(units):
            S[net + u] = S[row + bias_row + u] if bias else 0.0
        add_product(S, net, S, row, S, hidden, from_hidden, units)
        add_product(S, net, S, row + outputs_row, S, outputs, from_outputs, units)
        if from_self:
            for u in range(units):
                S[net + u] = fma(S[row + self_row + u], S[own + u], S[net + u])

    return block


def _gathered_block(layer: Layer) -> Callable:
    """gathered(S, u, row, symbol): the sum of unit u over the units, with a block for each symbol.

    Each lane reads the block of its own symbol. The block of symbol 0 begins at `row`.
    """
    layout, units = layer.wiring.layout, layer.units
    size = units * sum(layer.block)
    hidden, outputs, own = layout.start("hidden"), layout.start("outputs"), layout.start(layer.name)
    from_hidden, from_outputs, from_self, bias = layer.block

    @inner
    def gathered(S, u, row, symbol):
        at = row + u
        total = 0.0 * symbol
        for l in range(from_hidden):
            total = fma(gather(S, at, symbol, size), S[hidden + l], total)
            at += units
        for l in range(from_outputs):
            total = fma(gather(S, at, symbol, size), S[outputs + l], total)
            at += units
        if from_self:
            total = fma(gather(S, at, symbol, size), S[own + u], total)
            at += units
        if bias:
            total = total + gather(S, at, symbol, size)
        return total

    return gathered
