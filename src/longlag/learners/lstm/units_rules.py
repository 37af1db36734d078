"""Update rules for tiles of weights; the rules are those of `longlag.rules`.

A rule comes to compiled code as a tuple of its numbers, and the length of the tuple says which rule
it is, so that each is compiled into a kernel of its own. Adam's bias corrections are kept as
1 - beta**n, which is exact to the last few bits however many updates n there were.
"""

from typing import Any

from numba.extending import overload

from longlag.rules import Adam, GradientDescent, RMSProp, Rule
from longlag.simd.banks import get_lane, set_lane
from longlag.simd.vectors import fma, sqrt


def rule_numbers(rule: Rule) -> tuple[float, ...]:
    """What the kernel is called with."""
    match rule:
        case GradientDescent():
            return rule.numbers
        case RMSProp(rate, decay, epsilon):
            return rate, decay, epsilon
        case Adam(rate, beta1, beta2, epsilon):
            return rate, beta1, beta2, epsilon


def begin_update(rule, rows, learning) -> Any:
    """The numbers for `descend`. `rows` holds the bias corrections, which go on if learning."""


def descend(h, w, row, first, second, gradient) -> Any:
    """Change the tile of weights w[row], of which w[row + first] and [row + second] are moments."""


@overload(begin_update)
def _begin_update(rule, rows, learning):
    if len(rule) == 3:

        def rmsprop(rule, rows, learning):
            rate, decay, epsilon = rule
            return rate, decay, 1.0 - decay, epsilon

        return rmsprop
    if len(rule) == 4:

        def adam(rule, rows, learning):
            rate, beta1, beta2, epsilon = rule
            if learning:
                set_lane(rows, 0, 0, get_lane(rows, 0, 0) * beta1 + (1.0 - beta1))
                set_lane(rows, 0, 1, get_lane(rows, 0, 1) * beta2 + (1.0 - beta2))
            first, root = get_lane(rows, 0, 0), get_lane(rows, 0, 1) ** 0.5
            # Numerator and denominator of the change are both multiplied by the root.
            return rate * root / first, beta1, 1.0 - beta1, beta2, 1.0 - beta2, epsilon * root

        return adam
    return lambda rule, rows, learning: rule


@overload(descend)
def _descend(h, w, row, first, second, gradient):
    if len(h) == 1:

        def gradient_descent(h, w, row, first, second, gradient):
            w[row] = fma(gradient, h[0], w[row])

        return gradient_descent
    if len(h) == 4:

        def rmsprop(h, w, row, first, second, gradient):
            rate, decay, rest, epsilon = h
            square = fma(w[row + first], decay, gradient * gradient * rest)
            w[row + first] = square
            w[row] = w[row] + gradient * rate / (sqrt(square) + epsilon)

        return rmsprop
    if len(h) == 6:

        def adam(h, w, row, first, second, gradient):
            rate, beta1, rest1, beta2, rest2, epsilon = h
            mean = fma(w[row + first], beta1, gradient * rest1)
            square = fma(w[row + second], beta2, gradient * gradient * rest2)
            w[row + first] = mean
            w[row + second] = square
            w[row] = w[row] + mean * rate / (sqrt(square) + epsilon)

        return adam
    return None
