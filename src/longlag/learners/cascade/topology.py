"""Sizes of the nets of Recurrent Cascade-Correlation, and the rows of one network."""

from dataclasses import dataclass
from functools import cached_property

from longlag.learners.layout import Layout

#: Rows of "numbers": what the user chose. Rates are those for a set of one step and one input.
OUTPUT_RATE, CANDIDATE_RATE, GROWTH, OUTPUT_PATIENCE, OUTPUT_THRESHOLD = range(5)
CANDIDATE_PATIENCE, CANDIDATE_THRESHOLD, LONGEST, RANGE, OFFSET, GAIN, DECAY = range(5, 12)
#: Rows of "progress": hidden units, the phase, passes in it, the pass at which it ends unless the
#: error or the score changes by then, and either of them at its last change.
UNITS, PHASE, PASSES, ENDS_AT, LAST = range(5)
#: Phases. The first pass of candidates only finds the signs of their correlations.
OUTPUTS, FIRST, CANDIDATES = 0.0, 1.0, 2.0
#: Rows of "totals", sums over a pass: steps with a target, squared error, squared output errors.
STEPS, SQUARED, DENOMINATOR = range(3)


@dataclass(frozen=True)
class CascadeTopology:
    """What a kernel is compiled for. Unit k is hidden unit number k, from 0."""

    inputs: int
    symbols: bool
    outputs: int
    units: int  #: the most hidden units
    pool: int  #: candidates

    @property
    def first_unit(self) -> int:
        """The place of the first hidden unit among the sources: bias, inputs, hidden units."""
        return 1 + self.inputs

    @property
    def sources(self) -> int:
        """Bias, inputs and hidden units."""
        return self.first_unit + self.units

    def weights(self, units: int) -> int:
        """The weights of a net with so many hidden units.

        >>> [CascadeTopology(7, True, 7, 15, 8).weights(h) for h in (7, 8, 9)]
        [189, 212, 236]
        """
        into_units = units * (self.first_unit + 1) + units * (units - 1) // 2
        return self.outputs * (self.first_unit + units) + into_units

    @property
    def into_units(self) -> int:
        """Row of the first weight into a hidden unit, among the weights; those of outputs precede.

        Weights lie source by source, with a row for each unit that the source feeds.
        """
        return self.outputs * self.sources

    def between_units(self, source: int) -> int:
        """Row of the weight from unit `source` to the unit after it; all later ones follow."""
        first = self.into_units + self.first_unit * self.units
        return first + source * (self.units - 1) - source * (source - 1) // 2

    @property
    def to_self(self) -> int:
        """Row of the weight of the first unit to itself."""
        return self.into_units + self.first_unit * self.units + self.units * (self.units - 1) // 2

    @cached_property
    def layout(self) -> Layout:
        """The rows of one network. The last of each candidate's weights is that to itself."""
        sources, outputs, pool = self.sources, self.outputs, self.pool
        return Layout(
            {
                "outputs": (outputs,),
                "unit_nets": (self.units,),
                "candidate_nets": (pool,),
                "errors": (outputs,),
                "centred": (outputs,),
                "pull": (pool,),
            },
            weights=(self.weights(self.units),),
            numbers=(12,),
            progress=(5,),
            ready=(1,),
            activations=(sources,),
            candidates=(pool,),
            candidate_weights=(sources + 1, pool),
            traces=(sources + 1, pool),
            totals=(3,),
            gradient=(sources, outputs),
            output_moments=(2, sources, outputs),
            error_sums=(outputs,),
            error_means=(outputs,),
            candidate_sums=(pool,),
            products=(outputs, pool),
            signs=(outputs, pool),
            candidate_gradient=(sources + 1, pool),
            candidate_moments=(2, sources + 1, pool),
        )
