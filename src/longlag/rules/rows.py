"""An update rule applied to weights in the rows of a bank."""

from collections.abc import Callable
from functools import cache

from longlag.rules.base import RuleKernel
from longlag.simd.banks import rows_apart
from longlag.simd.vectors import select
from longlag.simd.words import chooses, phrase


def descend(kernel, w, m, row, apart, gradient, mask) -> None:
    """Change the weights w[row] and their moments m[row], m[row + apart], ..., where masked.

    The mask may be True. Numba dispatches on the type of `kernel`, so the units kernel has one
    source for all rules and separate compiled code for each.
    """
    _descending(type(kernel))(kernel, w, m, row, apart, gradient, mask)


@chooses(descend)
def _descend(kernel, w, m, row, apart, gradient, mask) -> Callable[..., None]:
    return _descending(kernel.instance_class)


@cache
def _descending(rule: type[RuleKernel]) -> Callable[..., None]:
    change, moments = rule.change, len(rule.moments)

    @phrase
    def descend(kernel, w, m, row, apart, gradient, mask):
        before = rows_apart(m, row, apart, moments)
        changed, after = change(kernel, before, gradient)
        for i in range(moments):
            m[row + i * apart] = select(mask, after[i], before[i])
        w[row] = select(mask, w[row] + changed, w[row])

    return descend
