"""A SIMD number type for Numba: kernels written as scalar arithmetic advance K networks at once.

A vector holds one number for each lane, that is, for each network. Vectors work with ``+ - * /``,
comparison and `select` like plain numbers; Python and NumPy scalars are broadcast. Vectors are
stored in the rows of arrays, see `longlag.simd.banks`. In Python a vector is an array of shape
(lanes,).

No operation may be reassociated or fused: only `fma` joins a product and a sum. The bits of a lane
therefore depend neither on the number of lanes nor on the other lanes.
"""

import operator

import numpy as np
from llvmlite import ir
from numba import types

from longlag.simd.fused import fused
from longlag.simd.llvm import I32, MaskType, VecType, call, common, emit_fma, widen
from longlag.simd.words import Number, compiles, precision


def _register(op, result, emit):
    """Give the operator `op` a vector meaning: `emit(builder, x, y)` of type `result(vec)`."""

    @compiles(op)
    def definition(typing, x, y):
        vec = common(x, y)

        def generate(context, builder, signature, args):
            x, y = (
                widen(context, builder, vec, ty, arg)
                for ty, arg in zip(signature.args, args, strict=True)
            )
            return emit(builder, x, y)

        return (result(vec)(x, y), generate) if vec else None


for _op, _name in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _register(
        _op, lambda vec: vec, lambda builder, x, y, _name=_name: getattr(builder, _name)(x, y)
    )

for _op, _sign in (
    (operator.lt, "<"),
    (operator.le, "<="),
    (operator.gt, ">"),
    (operator.ge, ">="),
    (operator.eq, "=="),
):
    _register(
        _op,
        lambda vec: MaskType(vec.lanes),
        lambda builder, x, y, _sign=_sign: builder.fcmp_ordered(_sign, x, y),
    )


def _register_logic(op, name):
    @compiles(op)
    def definition(typing, x, y):
        def generate(context, builder, signature, args):
            return getattr(builder, name)(*args)

        return (x(x, y), generate) if isinstance(x, MaskType) and x == y else None


_register_logic(operator.and_, "and_")
_register_logic(operator.or_, "or_")


@compiles(operator.neg)
def _negate(typing, x):
    def generate(context, builder, signature, args):
        return builder.fneg(args[0])

    return (x(x), generate) if isinstance(x, VecType) else None


def any_lane(mask) -> bool:
    """Whether the mask is true in any lane; a plain truth value stands for a single lane."""
    return bool(np.any(mask))


@compiles(any_lane)
def _any_lane(typing, mask):
    def generate(context, builder, signature, args):
        if isinstance(mask, types.Boolean):
            return args[0]
        bits = builder.bitcast(args[0], ir.IntType(mask.lanes))
        return builder.icmp_unsigned("!=", bits, ir.Constant(bits.type, 0))

    known = isinstance(mask, MaskType | types.Boolean)
    return (types.boolean(mask), generate) if known else None


def only_lane(x) -> float:
    """The number in a vector of one lane."""
    return x.item()


@compiles(only_lane)
def _only_lane(typing, x):
    def generate(context, builder, signature, args):
        return builder.extract_element(args[0], I32(0))

    return (x.dtype(x), generate) if x.lanes == 1 else None


def select(mask, x, y) -> Number:
    """For each lane, `x` where the mask is true, else `y`; two scalars give a float64 vector.

    A plain truth value as mask chooses between plain numbers, so a function written with `select`
    works for one lane and for all lanes.
    """
    if isinstance(mask, np.ndarray):
        return np.where(mask, x, y).astype(precision(x, y), copy=False)
    return x if mask else y


@compiles(select)
def _select(typing, mask, x, y):
    if isinstance(mask, types.Boolean):
        chosen = typing.unify_types(x, y)
        return (chosen(mask, chosen, chosen), _choose) if chosen else None
    if not isinstance(mask, MaskType):
        return None
    plain = not {type(x), type(y)} & {VecType}
    vec = VecType(types.float64, mask.lanes) if plain else common(x, y)

    def generate(context, builder, signature, args):
        chosen = [
            widen(context, builder, vec, ty, arg)
            for ty, arg in zip(signature.args[1:], args[1:], strict=True)
        ]
        return builder.select(args[0], *chosen)

    return (vec(mask, x, y), generate) if vec else None


def _choose(context, builder, signature, args):
    return builder.select(*args)


def fma(x, y, z) -> Number:
    """x * y + z with one rounding."""
    return fused(x, y, z, precision(x, y, z))


@compiles(fma)
def _fma(typing, x, y, z):
    vec = common(x, y, z)

    def generate(context, builder, signature, args):
        wide = [
            widen(context, builder, vec, ty, arg)
            for ty, arg in zip(signature.args, args, strict=True)
        ]
        return emit_fma(builder, *wide)

    return (vec(x, y, z), generate) if vec else None


def over(x, divisor) -> Number:
    """x / divisor. A plain divisor is replaced by its reciprocal, which a loop computes once."""
    return x / divisor if isinstance(divisor, np.ndarray) else x * (1.0 / divisor)


@compiles(over)
def _over(typing, x, divisor):
    vec = common(x, divisor)

    def generate(context, builder, signature, args):
        x = widen(context, builder, vec, signature.args[0], args[0])
        if isinstance(divisor, VecType):
            return builder.fdiv(x, args[1])
        number = context.cast(builder, args[1], divisor, types.float64)
        inverse = builder.fdiv(ir.Constant(number.type, 1.0), number)
        return builder.fmul(x, widen(context, builder, vec, types.float64, inverse))

    return (vec(x, divisor), generate) if vec else None


def sqrt(x) -> Number:
    """Correctly rounded square root of a vector."""
    return np.sqrt(x)


def floor(x) -> Number:
    """The largest whole number not above x, for each lane."""
    return np.floor(x)


def _compile_unary(word):
    @compiles(word)
    def definition(typing, x):
        def generate(context, builder, signature, args):
            return call(builder, word.__name__, args)

        return x(x), generate


_compile_unary(sqrt)
_compile_unary(floor)
