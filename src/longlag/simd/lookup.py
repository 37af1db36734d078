"""Tables among the parameters of a task, with an index of its own for each lane."""

from numba.extending import overload

from longlag.simd.banks import Bank
from longlag.simd.llvm import BankType
from longlag.simd.pointers import NumbersType
from longlag.simd.products import gather
from longlag.simd.words import Number


def lookup(p, index) -> Number:
    """p[index], for one lane, or for all lanes with a vector of whole numbers as `index`.

    The index is not checked. It must be valid even in lanes without a sequence, whose step count
    continues from a sequence that ended, or from an empty memory.
    """
    return gather(p, 0, index, 1) if isinstance(p, Bank) else p[int(index)]


@overload(lookup, jit_options={"forceinline": True})
def _lookup(p, index):
    if isinstance(p, BankType):
        return lambda p, index: gather(p, 0, index, 1)
    if isinstance(p, NumbersType):
        return lambda p, index: p[int(index)]
