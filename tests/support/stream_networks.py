"""Networks for streams, and the reference beside them."""

import numpy as np
from filelock import FileLock
from hypothesis import strategies as st

from longlag.engine.stream_network import StreamNetwork
from longlag.learners.lstm import LSTM, reference
from longlag.learners.lstm.learner import UNITS
from longlag.rules import Adam, GradientDescent, RMSProp
from longlag.simd.random import Purpose, numpy_stream
from support.mutations import mutated_names

# Each rule and precision is a kernel to compile: the default tests share those of QUICK.
RULES = {
    "gradient-descent": GradientDescent(0.002),  # small: a net that diverges magnifies rounding
    "rmsprop": RMSProp(0.01, epsilon=1e-3),  # and so does a gradient near 0 over a small epsilon
    "adam": Adam(0.01, epsilon=1e-3),
}
QUICK = ("gradient-descent", "adam")
SMALL = LSTM(
    *(3, 2),
    blocks=18,  # more than a tile
    block_size=1,
    cell_sources=("inputs", "cells"),
    gate_sources=("inputs",),
    forget_gates=True,
    output="linear",
    rule=Adam(0.01),
)


def compile_kernels(folder):
    """Let one process compile what all of them then find on disk."""
    with FileLock(folder / "stream-networks.lock"):
        for rule in QUICK:
            StreamNetwork(LSTM(1, 1, rule=RULES[rule]), dtype="float64").advance([0.0])
        StreamNetwork(SMALL).advance([0.0] * 3)


def subsets(*members):
    return st.sets(st.sampled_from(members)).map(lambda s: tuple(m for m in members if m in s))


@st.composite
def learners(draw, rules=QUICK, forms=("logistic", "linear", "softmax"), most_blocks=17):
    fed_back = subsets("cells", "gates", "hidden").map(lambda s: ("inputs", *s))
    return LSTM(
        inputs=draw(st.integers(1, 3)),
        outputs=draw(st.integers(1, 18)),
        blocks=draw(st.sampled_from([n for n in (1, 2, 3, 16, 17) if n <= most_blocks])),
        block_size=draw(st.integers(1, 3)),
        hidden=draw(st.sampled_from((0, 2, most_blocks))),
        output_gates=draw(st.booleans()),
        forget_gates=draw(st.booleans()),
        peepholes=draw(st.booleans()),
        cell_sources=draw(fed_back),
        gate_sources=draw(fed_back),
        hidden_sources=draw(fed_back),
        output_sources=(*draw(subsets("inputs", "hidden")), "cells"),
        biased=draw(subsets(*UNITS)),
        g=draw(st.sampled_from(("[-2,2]", "[-1,1]", "[0,1]"))),
        h=draw(st.sampled_from(("[-1,1]", "identity"))),
        output=draw(st.sampled_from(forms)),
        output_range=draw(st.sampled_from(((0.0, 1.0), (-0.5, 1.5)))),
        weight_range=draw(st.sampled_from((0.1, 1.0))),
        rule=RULES[draw(st.sampled_from(rules))],
    )


def samples(learner, seed, n=20, share=0.5):
    """Inputs, and targets in [0.1, 0.9] at a share of the steps."""
    generator = np.random.default_rng(seed)
    X = generator.uniform(-1, 1, (n, learner.inputs))
    Y = generator.uniform(0.1, 0.9, (n, learner.outputs))
    Y[generator.random(n) >= share] = np.nan
    return X, Y


def reference_of(learner, mutation=()):
    """The reference with the weights that seed 0 starts with; a term of it may be another."""

    class Reference(mutated_names(reference, *mutation)["ReferenceLSTM"]):
        def answer(self):
            if self.config.output != "softmax":
                return super().answer()
            net = self._net("outputs", self.y)
            self.y_k = np.exp(net - net.max()) / np.sum(np.exp(net - net.max()))
            self.df_k = np.ones_like(net)  # with cross-entropy, e_k = target_k - y(k)
            return self.y_k

    network = Reference(learner)
    network.load(learner.start(numpy_stream(0, 0, Purpose.WEIGHTS)))
    return network


def largest_deviation(learner, net, seed=0):
    """Of a float64 network on a stream from a reference, in answers, weights and states.

    Relative to 1 + the size of a number.
    """
    X, Y = samples(learner, seed)
    network, expected = StreamNetwork(learner, dtype="float64"), []
    answers = network.learn_many(X, Y)
    for x, y in zip(X, Y, strict=True):
        net.step(x)
        expected.append(net.answer())
        if not np.isnan(y).any():
            net.learn(y)
    known = network.arrays()
    pairs = (
        (answers, np.array(expected)),
        (known["weights"], net.weights()),
        (known["states"], net.s.view(float)),  # complex states part by part
    )
    sizes = [np.max(np.abs(a - b) / (1 + np.abs(b)), initial=0) for a, b in pairs]
    return np.max(sizes)  # a number that is not one stays so


def same(network, other):
    """Whether all numbers of two stream networks have the same bits."""
    ours, theirs = network.arrays(), other.arrays()
    return all(ours[name].tobytes() == theirs[name].tobytes() for name in theirs)
