"""Words of the language: Python functions with a NumPy body and a compiled definition.

In Python a vector is an array with one number for each lane, a mask is an array of truth values,
and banks and streams are small objects over arrays. With NUMBA_DISABLE_JIT=1 Numba compiles
nothing, and a kernel runs unchanged under a debugger. It then does the same arithmetic in the same
order as the compiled kernel.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import extending, types
from numba.core.imputils import builtin_registry
from numba.core.typing.templates import (
    AbstractTemplate,
    infer,
    infer_global,
    make_intrinsic_template,
)

from longlag.compiled.compiling import inlined
from longlag.simd.llvm import VecType

#: A vector with a number for each lane, or a plain number: a word gives what it is given.
Number = Any

#: Decorates a part of a word that only compiled code calls. Typed as Any, because a call passes one
#: argument less than the definition declares.
intrinsic: Any = extending.intrinsic

#: Decorates a word that consists of other words. Its code is inlined into its callers.
phrase: Callable[[Callable], Callable] = inlined


def compiles(word: Callable, *, prefer_literal: bool = False) -> Callable[[Callable], Callable]:
    """Decorate definition(typing, *types) -> (signature, generate), the compiled form of `word`.

    The definition is the same as for `numba.extending.intrinsic`, whose words Python cannot call.
    """

    def register(definition: Callable) -> Callable:
        template = make_intrinsic_template(
            word, definition, word.__name__, prefer_literal=prefer_literal
        )
        # Numba would go through all of its registries at every call of a word.
        template._get_target_registry = lambda self, reason: builtin_registry
        infer(template)
        infer_global(word, types.Function(template))
        return definition

    return register


def chooses(word: Callable) -> Callable[[Callable], Callable]:
    """Decorate choose(*types) -> the phrase that `word` stands for, or None for other types.

    `numba.extending.overload` would also compile wrappers that Python could call.
    """

    def register(choose: Callable) -> Callable:
        class Choice(AbstractTemplate):
            key = word

            def generic(self, args, kws):
                chosen = choose(*args)
                return chosen and self.context.resolve_function_type(
                    types.Dispatcher(chosen), args, kws
                )

            def get_impl_key(self, sig):
                return types.Dispatcher(choose(*sig.args)).get_impl_key(sig)

        infer_global(word, types.Function(Choice))
        return choose

    return register


def by_precision(generate: Callable[[bool], Callable]) -> Callable[[Number], Number]:
    """Decorate generate(double) -> evaluate(x): a word of one vector with constants by precision.

    `double` is whether the vector is float64.
    """
    single, double = phrase(generate(False)), phrase(generate(True))

    def word(x: Number) -> Number:
        return (double if precision(x) == np.float64 else single)(x)

    word.__name__, word.__qualname__ = generate.__name__, generate.__qualname__
    word.__module__, word.__doc__ = generate.__module__, generate.__doc__

    @chooses(word)
    def choose(x):
        if isinstance(x, VecType):
            return double if x.dtype == types.float64 else single
        return None

    return word


def precision(*operands: Number) -> np.dtype:
    """The number type of the vector among the operands, or float64 for numbers alone."""
    for operand in operands:
        if isinstance(operand, np.ndarray):
            return operand.dtype
    return np.dtype(np.float64)
