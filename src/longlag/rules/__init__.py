"""Update rules, which turn a gradient into changes of weights: one file per rule."""

from longlag.registry import registered as _registered
from longlag.rules.adam import Adam as Adam
from longlag.rules.base import ReferenceRule as ReferenceRule
from longlag.rules.base import Rule as Rule
from longlag.rules.clip import Clip as Clip
from longlag.rules.gradient_descent import GradientDescent as GradientDescent
from longlag.rules.momentum import Momentum as Momentum
from longlag.rules.quickprop import Quickprop as Quickprop
from longlag.rules.rmsprop import RMSProp as RMSProp


def rules() -> dict[str, type[Rule]]:
    """Every update rule of the library, by name."""
    return _registered(__name__, Rule)
