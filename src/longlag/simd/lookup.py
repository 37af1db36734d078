"""Tables among the numbers of a task, read at an index that differs from lane to lane."""

from typing import Any

from numba.extending import overload

from longlag.simd.banks import Bank
from longlag.simd.pointers import Numbers
from longlag.simd.products import gather


def lookup(p, index) -> Any:
    """p[index], of one lane or of all; there `index` is a vector of whole numbers.

    The index is not checked, and must exist in lanes without a sequence, too: their steps count on
    from one that ended, or from nothing remembered.
    """


@overload(lookup, jit_options={"forceinline": True})
def _lookup(p, index):
    if isinstance(p, Bank):
        return lambda p, index: gather(p, 0, index, 1)
    if isinstance(p, Numbers):
        return lambda p, index: p[int(index)]
