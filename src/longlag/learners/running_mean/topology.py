"""The places of the weights, sums and traces of a running mean in its layout."""

from dataclasses import dataclass
from functools import cached_property

from longlag.learners.groups import Group
from longlag.learners.layout import Layout
from longlag.rules.base import Rule

_NOTHING = (0, 0)


@dataclass(frozen=True)
class MeanTopology:
    """Sizes and connections of a network, which determine the compiled kernel.

    The rows "activations" hold the bias unit (always 1), real inputs and the features of this step.
    The rows "average" and "hidden" begin with a bias unit of their own.
    """

    inputs: int
    symbols: bool
    outputs: int
    features: int
    hidden: int
    attention: bool
    rule: type[Rule]
    per_sequence: bool
    transform = None  #: of a gradient before the update rule takes it: none

    @property
    def real_inputs(self) -> int:
        """Input units among the activations."""
        return 0 if self.symbols else self.inputs

    @property
    def first_feature(self) -> int:
        """The place of the first feature among the activations."""
        return 1 + self.real_inputs

    @property
    def traces(self) -> int:
        """Traces of each weight into a feature: of its own sum, and of all sums by attention."""
        return 2 + self.features if self.attention else 1

    @cached_property
    def groups(self) -> tuple[Group, Group, Group, Group]:
        """Weights into features, into the attention (no unit without it), hidden units, outputs."""
        symbols = self.inputs * self.symbols
        features = Group(0, self.features, symbols, ((0, self.first_feature), _NOTHING), True)
        seen = (0, 1), (self.first_feature, self.features)
        attention = Group(features.rows, int(self.attention), 0, seen, True)
        start = attention.start + attention.rows
        hidden = Group(start, self.hidden, 0, ((0, 1 + self.features), _NOTHING), True)
        start += hidden.rows
        outputs = Group(start, self.outputs, 0, ((0, 1 + self.hidden), _NOTHING), True)
        return features, attention, hidden, outputs

    @cached_property
    def layout(self) -> Layout:
        """The rows of one network. Sums and traces run over the steps of a sequence."""
        features, attention, _, outputs = self.groups
        weights, all_features = outputs.start + outputs.rows, 1 + self.features
        kept = {
            "weights": (weights,),
            "coefficients": (len(self.rule.kernel._fields),),  # of the update rule
            "output_form": (3,),  # 1 for linear units; lowest value and span of logistic ones
            **dict.fromkeys(self.rule.kernel.moments, (weights,)),
            # Since the last change of the weights, where the gradient must be complete first
            "gradient": (weights * (self.rule.whole or self.per_sequence),),
            "activations": (self.first_feature + self.features,),
            "sums": (all_features,),  # of q, then of q h_i
            "feature_traces": (features.fan_in, self.features * self.traces),
            "attention_traces": (attention.fan_in * attention.units, all_features),
        }
        scratch = {
            "symbol": (1,),  # index of the current input symbol
            "nets": (self.features + 1,),  # of the features, and of the attention
            "slopes": (self.features * self.traces,),  # what the traces of a source grow by
            "attention_slopes": (all_features,),
            "average": (all_features,),  # bias, c
            "hidden": (1 + self.hidden,),  # bias, a
            "hidden_slopes": (self.hidden,),
            "outputs": (self.outputs,),
            "output_slopes": (self.outputs,),
            "output_errors": (self.outputs,),
            "hidden_errors": (self.hidden,),
            "sum_errors": (all_features,),  # of the sums of q and of q h_i
            "feature_errors": (self.features * self.traces,),
        }
        return Layout(scratch, **kept)
