"""The places of weights, states and history of an unfolded net in its layout.

The rows "sources" hold z of the module `learner`: the bias unit (always 1), the inputs of this step
and of the `input_taps` - 1 steps before, or the stages of a gamma memory in the places of these,
and what is fed back of the last `taps` steps. The rows "products" hold the products of sources that
are weighted in place of them. The rows "read" hold a bias unit and h(t).
"""

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations_with_replacement, product
from typing import Literal

from longlag.learners.groups import Group
from longlag.learners.history import CLOCK, Span
from longlag.learners.layout import Layout
from longlag.rules.base import Rule
from longlag.rules.clip import Clip

_NOTHING = (0, 0)


@dataclass(frozen=True)
class UnfoldedTopology:
    """Sizes and connections of a network, which determine the compiled kernel."""

    inputs: int
    symbols: bool
    outputs: int
    units: int
    depth: int  #: steps of the history
    rule: type[Rule]
    per_sequence: bool
    transform: type[Clip] | None
    readout: bool = True  #: whether outputs see the units; if not, the first units are the outputs
    tanh: bool = True  #: squashing of the units; else logistic
    input_taps: int = 1
    gamma: bool = False  #: whether the taps are stages, see the module `gamma_memory`
    fixed_mu: bool = False  #: whether mu of the stages does not learn
    feeds_back: Literal["units", "outputs"] = "units"
    taps: int = 1  #: steps that are fed back
    terms: Literal["sums", "products", "bilinear", "quadratic"] = "sums"  #: what is weighted
    keeping: Literal["nothing", "constant", "by clock", "all"] = (
        "nothing"  #: k of the module `learner`
    )
    fixed: bool = False  #: weights of the last input and of what is fed back do not learn
    further: int = 0  #: output units without targets, behind the others

    @property
    def output_units(self) -> int:
        """All of them."""
        return self.outputs + self.further

    @property
    def fed_back(self) -> int:
        """What is fed back of one step."""
        return self.units if self.feeds_back == "units" else self.output_units

    @property
    def first_fed_back(self) -> int:
        """Its first place among the sources."""
        return 1 + self.input_taps * self.inputs

    @cached_property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """The sources whose products are weighted in place of the sources; the first is the bias.

        `products`: each fed-back unit with each input, and with the bias unit if inputs are real.
        `bilinear`: the inputs alone, and each fed-back unit alone and with each input.
        `quadratic`: all pairs, the bias unit among them.
        """
        first = self.first_fed_back
        fed_back, inputs = range(first, first + self.fed_back), range(1, first)
        if self.terms == "quadratic":
            return tuple(combinations_with_replacement(range(first + self.fed_back), 2))
        if self.terms == "sums":
            return ()
        bilinear = self.terms == "bilinear"
        factors = inputs if self.symbols and not bilinear else (0, *inputs)
        alone = tuple((0, k) for k in inputs) if bilinear else ()
        return (*alone, *product(fed_back, factors))

    @property
    def delayed(self) -> int:
        """Inputs, or all stages of a memory, and fed-back units that the next step sees."""
        inputs = self.inputs * (self.input_taps - 1 + self.gamma)
        return inputs + self.taps * self.fed_back

    @property
    def stages(self) -> int:
        """Numbers in a gamma memory, besides the inputs of the step."""
        return self.inputs * (self.input_taps - 1) * self.gamma

    @cached_property
    def recurrent(self) -> Group:
        """Weights into the units; they come first."""
        if self.pairs:
            span = (0, len(self.pairs))
        else:
            first = int(self.fixed)  # no bias then
            span = (first, self.first_fed_back - first + self.taps * self.fed_back)
        return Group(0, self.units, 0, (span, _NOTHING), span[0] == 0 and not self.pairs)

    @property
    def learned(self) -> Group:
        """Those of them that learn: all, or those of the inputs but the last."""
        if not self.fixed:
            return self.recurrent
        return self.recurrent._replace(spans=((1, self.inputs - 1), _NOTHING))

    @cached_property
    def output_group(self) -> Group:
        """Weights into the outputs, if they see the units."""
        units = self.output_units * self.readout
        return Group(self.recurrent.rows, units, 0, ((0, 1 + self.units), _NOTHING), True)

    @property
    def mu_row(self) -> int:
        """The weight of a gamma memory, behind all others."""
        return self.output_group.start + self.output_group.rows

    @property
    def seen(self) -> dict[str, int]:
        """What the history stores of a step: rows of the scratch groups, without the bias units."""
        return {
            "sources": self.input_taps * self.inputs + self.taps * self.fed_back,
            "slopes": self.units,
            "read": self.units * self.readout,
            "output_slopes": self.output_units * self.readout,
            "kept_shares": self.units * (self.keeping == "by clock"),
            "stage_slopes": self.stages,
        }

    def spans(self, layout: Layout) -> tuple[Span, ...]:
        """Where the rows that the history stores lie."""
        biased = ("sources", "read")
        return tuple(
            Span(layout.start(name) + (name in biased), rows) for name, rows in self.seen.items()
        )

    @cached_property
    def layout(self) -> Layout:
        """The rows of one network."""
        weights = self.mu_row + self.gamma
        kept = {
            "weights": (weights,),
            "coefficients": (len(self.rule.kernel._fields),),  # of the update rule
            "output_form": (3,),  # 1 for linear units; lowest value and span of logistic ones
            "transform": (len(self.transform.kernel._fields) if self.transform else 0,),
            **dict.fromkeys(self.rule.kernel.moments, (weights,)),
            "gradient": (weights,),  # since the last change of the weights
            # k of each unit, or the period of its clock and the steps since it was computed
            "time_scales": (self.units * (self.keeping != "nothing"),),
            "phases": (self.units * (self.keeping == "by clock"),),
            "last_inputs": (self.inputs * (self.keeping == "all"),),
            "delayed": (self.delayed,),
            "traces": (self.stages,),  # dg / dmu
            "activations": (self.units,),  # h
            "outputs": (self.outputs,),
            "further_outputs": (self.further,),
            "clock": (len(CLOCK),),
            "history": (self.depth, sum(self.seen.values()) + self.outputs),
        }
        scratch = {
            "sources": (self.first_fed_back + self.taps * self.fed_back,),
            "products": (len(self.pairs),),
            "slopes": (self.units,),  # q du / dnet
            "read": (1 + self.units,),
            "output_slopes": (self.output_units,),
            "kept_shares": (self.seen["kept_shares"],),  # k of this step, by clock
            "stage_slopes": (self.stages,),  # dg / dmu at this step
            "target_errors": (self.outputs,),  # d - y
            "output_errors": (self.output_units,),
            "unit_errors": (self.units,),  # E_h
            "deltas": (self.units,),
            "fed_back_errors": (self.taps * self.fed_back,),  # from later steps, nearest tap first
            "stage_errors": (self.stages,),  # of g
            "span": (1,),
        }
        return Layout(scratch, **kept)
