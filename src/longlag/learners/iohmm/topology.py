"""Sizes of input-output hidden Markov models, and the rows of one model."""

from dataclasses import dataclass
from functools import cached_property

from longlag.learners.history import CLOCK
from longlag.learners.layout import Layout

#: Rows of "numbers": what the user chose.
RANGE, STICK, RATE, RESTART = range(4)


@dataclass(frozen=True)
class ModelTopology:
    """What a kernel is compiled for.

    Transitions lie source by source: a symbol in a table, or the bias and then the inputs. For each
    source there are states x states rows, from state by from state.
    """

    inputs: int
    symbols: bool  #: whether an input is the index of one symbol
    outputs: int
    states: int
    table: bool  #: transitions are a table, one for each symbol; else a softmax of the inputs
    depth: int

    @property
    def sources(self) -> int:
        """Symbols of a table (the signs of a real input are two), or the bias and the inputs."""
        if self.table:
            return self.inputs if self.symbols else 2
        return 1 + self.inputs

    @property
    def width(self) -> int:
        """Rows of the inputs of a step."""
        return 1 if self.symbols else self.inputs

    @property
    def transitions(self) -> int:
        """Weights that determine the transitions."""
        return self.sources * self.states**2

    @property
    def weights(self) -> int:
        """These, and for each state and output the probability of a 1."""
        return self.transitions + self.states * self.outputs

    @cached_property
    def layout(self) -> Layout:
        """The rows of one model; the history stores "seen" and "evidence"."""
        n, outputs, seen = self.states, self.outputs, self.width + self.states
        return Layout(
            {
                "outputs": (outputs,),
                "seen": (seen,),  # the inputs, and the probability of each state before them
                "evidence": (n,),  # P(target | state) / P(target)
                "moves": (n, n),  # P(to | from, inputs)
                "beta": (n,),
                "beta_after": (n,),
                "span": (1,),
            },
            weights=(self.weights,),
            allowed=(n, n),
            numbers=(4,),
            ready=(1,),
            passes=(1,),
            states=(n,),  # the probability of each
            expected=(self.sources, n, n),  # moves (table), or the gradient of the likelihood
            weighed=(self.sources * (not self.table), n),  # squared inputs, where a move begins
            ends=(n,),
            ones=(n, outputs),  # ends in a state, times the target
            clock=(len(CLOCK),),
            history=(self.depth, seen + n),
        )
