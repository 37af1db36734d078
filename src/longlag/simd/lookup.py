"""Tables among the parameters of a task, with an index of its own for each lane."""

from longlag.simd.banks import Bank
from longlag.simd.llvm import BankType
from longlag.simd.pointers import NumbersType
from longlag.simd.products import gather
from longlag.simd.words import Number, chooses, phrase


def lookup(p, index) -> Number:
    """p[index], for one lane, or for all lanes with a vector of whole numbers as `index`.

    The index is not checked. It must be valid even in lanes without a sequence, whose step count
    continues from a sequence that ended, or from an empty memory.
    """
    return gather(p, 0, index, 1) if isinstance(p, Bank) else p[int(index)]


@phrase
def _of_lanes(p, index):
    return gather(p, 0, index, 1)


@phrase
def _of_one(p, index):
    return p[int(index)]


@chooses(lookup)
def _lookup(p, index):
    return {BankType: _of_lanes, NumbersType: _of_one}.get(type(p))
