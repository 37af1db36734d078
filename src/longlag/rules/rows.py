"""An update rule applied to weights that lie in the rows of a bank."""

from collections.abc import Callable
from functools import cache
from typing import Any

from numba.extending import overload

from longlag.rules.base import RuleKernel
from longlag.simd.banks import rows_apart
from longlag.simd.vectors import select


def descend(kernel, w, m, row, apart, gradient, mask) -> None:
    """Change the weights w[row] and their moments m[row], m[row + apart], ..., where masked.

    The mask may be True. The type of `kernel` says which rule it is, so one kernel of units serves
    all rules in its source, and each has compiled code of its own.
    """
    _descending(type(kernel))(kernel, w, m, row, apart, gradient, mask)


@overload(descend, jit_options={"forceinline": True})
def _descend(kernel, w, m, row, apart, gradient, mask) -> Any:
    return _descending(kernel.instance_class)


@cache
def _descending(rule: type[RuleKernel]) -> Callable[..., None]:
    change, moments = rule.change, len(rule.moments)

    def descend(kernel, w, m, row, apart, gradient, mask):
        before = rows_apart(m, row, apart, moments)
        changed, after = change(kernel, before, gradient)
        for i in range(moments):
            m[row + i * apart] = select(mask, after[i], before[i])
        w[row] = select(mask, w[row] + changed, w[row])

    return descend
