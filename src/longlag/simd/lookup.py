"""Tables among the numbers of a task, read at an index that differs from lane to lane."""

from typing import Any

from numba.extending import overload

from longlag.simd.banks import Bank
from longlag.simd.llvm import BankType
from longlag.simd.pointers import NumbersType
from longlag.simd.products import gather


def lookup(p, index) -> Any:
    """p[index], of one lane or of all; there `index` is a vector of whole numbers.

    The index is not checked, and must exist in lanes without a sequence, too: their steps count on
    from one that ended, or from nothing remembered.
    """
    return gather(p, 0, index, 1) if isinstance(p, Bank) else p[int(index)]


@overload(lookup, jit_options={"forceinline": True})
def _lookup(p, index):
    if isinstance(p, BankType):
        return lambda p, index: gather(p, 0, index, 1)
    if isinstance(p, NumbersType):
        return lambda p, index: p[int(index)]
