"""Words of the language: Python functions with a NumPy body, and what each compiles to beside it.

In Python a vector is an array of one number per lane, a mask an array of truth values, a bank and
a stream are small objects over the arrays they were made from. So a kernel runs as it stands under
a debugger, where Numba is told to compile nothing (NUMBA_DISABLE_JIT=1), and does the same
arithmetic in the same order as the compiled one.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import extending, types
from numba.core.typing.templates import infer, infer_global, make_intrinsic_template
from numba.extending import overload, register_jitable

from longlag.simd.llvm import VecType

#: A part of a word that only compiled code calls. Typed by hand: a call passes one argument less
#: than the definition declares.
intrinsic: Any = extending.intrinsic

#: Decorates a word that is made of other words; it becomes part of the functions that call it.
phrase: Any = register_jitable(forceinline=True)


def compiles(word: Callable, *, prefer_literal: bool = False) -> Callable[[Callable], Callable]:
    """Decorate definition(typing, *types) -> (signature, generate): what `word` compiles to.

    It is that of `numba.extending.intrinsic`, which makes words that Python cannot call.
    """

    def register(definition: Callable) -> Callable:
        template = make_intrinsic_template(
            word, definition, word.__name__, prefer_literal=prefer_literal
        )
        infer(template)
        infer_global(word, types.Function(template))
        return definition

    return register


def by_precision(generate: Callable[[bool], Callable]) -> Callable[[Any], Any]:
    """Decorate generate(double) -> evaluate(x): a word of one vector, whose constants differ.

    `double` says whether the vector is of float64.
    """
    single, double = generate(False), generate(True)

    def word(x: Any) -> Any:
        return (double if precision(x) == np.float64 else single)(x)

    word.__name__, word.__qualname__ = generate.__name__, generate.__qualname__
    word.__module__, word.__doc__ = generate.__module__, generate.__doc__

    @overload(word)
    def compiled(x):
        if isinstance(x, VecType):
            return double if x.dtype == types.float64 else single
        return None

    return word


def precision(*operands: Any) -> np.dtype:
    """The type of the numbers in the vector among the operands; of numbers alone it is float64."""
    for operand in operands:
        if isinstance(operand, np.ndarray):
            return operand.dtype
    return np.dtype(np.float64)
