"""A SIMD number type for Numba: kernels written as scalar arithmetic advance K networks at once.

A vector holds one number per lane, that is, per network. Vectors take part in ``+ - * /``,
comparison and `select` like plain numbers; Python and NumPy scalars are broadcast. They live in the
rows of arrays: see `longlag.simd.banks`.

Nothing here may reassociate or fuse: a product and a sum are one operation only where `fma` says
so. The bits of a lane therefore depend neither on the number of lanes nor on its neighbours.
"""

import operator
from typing import Any

from llvmlite import ir
from numba import extending, types
from numba.core import cgutils
from numba.extending import models, overload, register_model

intrinsic: Any = (
    extending.intrinsic
)  # typed by hand: a call passes one argument less than it declares
I32, I64 = ir.IntType(32), ir.IntType(64)


class Vec(types.Type):
    """`lanes` floating-point numbers, one per network."""

    def __init__(self, dtype, lanes):
        self.dtype, self.lanes = dtype, lanes
        super().__init__(name=f"Vec({dtype}, {lanes})")


class Mask(types.Type):
    """`lanes` truth values, one per network."""

    def __init__(self, lanes):
        self.lanes = lanes
        super().__init__(name=f"Mask({lanes})")


def element(dtype):
    """LLVM's type of one number."""
    return ir.FloatType() if dtype == types.float32 else ir.DoubleType()


def vector(ty):
    """LLVM's type of a `Vec`, or of a row of a bank."""
    return ir.VectorType(element(ty.dtype), ty.lanes)


@register_model(Vec)
class _VecModel(models.PrimitiveModel):
    def __init__(self, manager, ty):
        super().__init__(manager, ty, vector(ty))


@register_model(Mask)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, manager, ty):
        super().__init__(manager, ty, ir.VectorType(ir.IntType(1), ty.lanes))

    # Between functions a mask travels as bytes: LLVM aborts on some that pass one truth value as a
    # vector, where the processor has mask registers ("cannot emit physreg copy instruction").

    def get_argument_type(self):
        return ir.VectorType(ir.IntType(8), self._fe_type.lanes)

    def as_argument(self, builder, value):
        return builder.zext(value, self.get_argument_type())

    def from_argument(self, builder, value):
        return builder.trunc(value, self.get_value_type())


def indices(numbers):
    """A shuffle's order as a constant vector."""
    return ir.Constant(ir.VectorType(I32, len(numbers)), [I32(i) for i in numbers])


def splat(builder, scalar, lanes):
    """Emit a vector with the scalar in every lane."""
    undefined = ir.Constant(ir.VectorType(scalar.type, lanes), ir.Undefined)
    first = builder.insert_element(undefined, scalar, ir.Constant(I32, 0))
    return builder.shuffle_vector(first, undefined, indices([0] * lanes))


def widen(context, builder, vec, ty, value):
    """The value as a vector of type `vec`: itself, or a scalar in every lane."""
    if isinstance(ty, Vec):
        return value
    return splat(builder, context.cast(builder, value, ty, vec.dtype), vec.lanes)


def _common(*kinds):
    """The vector type among the operands, or None; two different ones do not mix."""
    vecs = {ty for ty in kinds if isinstance(ty, Vec)}
    scalars = all(isinstance(ty, (Vec, types.Number)) for ty in kinds)
    return vecs.pop() if len(vecs) == 1 and scalars else None


def _register(op, result, emit):
    """Give the operator `op` a vector meaning: `emit(builder, x, y)` of type `result(vec)`."""

    @intrinsic
    def apply(typing, x, y):
        vec = _common(x, y)

        def generate(context, builder, signature, args):
            x, y = (
                widen(context, builder, vec, ty, arg)
                for ty, arg in zip(signature.args, args, strict=True)
            )
            return emit(builder, x, y)

        return result(vec)(x, y), generate

    @overload(op)
    def dispatch(x, y):
        if _common(x, y):
            return lambda x, y: apply(x, y)


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
        lambda vec: Mask(vec.lanes),
        lambda builder, x, y, _sign=_sign: builder.fcmp_ordered(_sign, x, y),
    )


def _register_logic(op, name):
    @intrinsic
    def apply(typing, x, y):
        def generate(context, builder, signature, args):
            return getattr(builder, name)(*args)

        return x(x, y), generate

    @overload(op)
    def dispatch(x, y):
        if isinstance(x, Mask) and isinstance(y, Mask):
            return lambda x, y: apply(x, y)


_register_logic(operator.and_, "and_")
_register_logic(operator.or_, "or_")


def any_lane(mask) -> Any:
    """Whether the mask is true in any lane; a plain truth value is that of the only lane."""


@overload(any_lane)
def _any_lane(mask):
    if isinstance(mask, Mask):
        return lambda mask: _any_of(mask)
    if isinstance(mask, types.Boolean):
        return lambda mask: mask


@intrinsic
def _any_of(typing, mask):
    def generate(context, builder, signature, args):
        bits = builder.bitcast(args[0], ir.IntType(mask.lanes))
        return builder.icmp_unsigned("!=", bits, ir.Constant(bits.type, 0))

    return types.boolean(mask), generate


@intrinsic
def only_lane(typing, x):
    """The number in a vector of one lane."""

    def generate(context, builder, signature, args):
        return builder.extract_element(args[0], I32(0))

    return (x.dtype(x), generate) if x.lanes == 1 else None


@intrinsic
def _negate(typing, x):
    def generate(context, builder, signature, args):
        return builder.fneg(args[0])

    return x(x), generate


@overload(operator.neg)
def _neg(x):
    if isinstance(x, Vec):
        return lambda x: _negate(x)


def select(mask, x, y) -> Any:
    """`x` where the mask is true, else `y`, per lane; of two scalars under a mask, in float64.

    With a plain truth value for a mask it chooses between plain numbers, so that a function written
    with it serves one lane as well as all of them.
    """


@overload(select)
def _select(mask, x, y):
    if isinstance(mask, Mask) and (_common(x, y) or not {type(x), type(y)} & {Vec}):
        return lambda mask, x, y: _select_lanes(mask, x, y)
    if isinstance(mask, types.Boolean):
        return lambda mask, x, y: x if mask else y


@intrinsic
def _select_lanes(typing, mask, x, y):
    vec = _common(x, y) or Vec(types.float64, mask.lanes)

    def generate(context, builder, signature, args):
        chosen = [
            widen(context, builder, vec, ty, arg)
            for ty, arg in zip(signature.args[1:], args[1:], strict=True)
        ]
        return builder.select(args[0], *chosen)

    return vec(mask, x, y), generate


@intrinsic
def fma(typing, x, y, z):
    """x * y + z with one rounding."""
    vec = _common(x, y, z)

    def generate(context, builder, signature, args):
        wide = [
            widen(context, builder, vec, ty, arg)
            for ty, arg in zip(signature.args, args, strict=True)
        ]
        return emit_fma(builder, *wide)

    return (vec(x, y, z), generate) if vec else None


def over(x, divisor) -> Any:
    """x / divisor; by a plain number, x times its reciprocal, which a loop computes only once."""


@overload(over)
def _over(x, divisor):
    if isinstance(divisor, Vec):
        return lambda x, divisor: x / divisor
    if isinstance(divisor, types.Number):
        return lambda x, divisor: x * (1.0 / divisor)


def _call(builder, name, args):
    """Call LLVM's intrinsic `name` on vectors of one type."""
    ty = args[0].type
    bits = 32 if isinstance(ty.element, ir.FloatType) else 64
    function = cgutils.get_or_insert_function(
        builder.module,
        ir.FunctionType(ty, [ty] * len(args)),
        f"llvm.{name}.v{ty.count}f{bits}",
    )
    return builder.call(function, args)


def emit_fma(builder, x, y, z):
    """Emit x * y + z of vectors with one rounding."""
    return _call(builder, "fma", [x, y, z])


def _unary(name):
    @intrinsic
    def apply(typing, x):
        def generate(context, builder, signature, args):
            return _call(builder, name, args)

        return x(x), generate

    return apply


sqrt = _unary("sqrt")  #: correctly rounded square root
floor = _unary("floor")  #: greatest whole number that is not above


@intrinsic
def power_of_two(typing, shifted):
    """2**n of `shifted` = n + 1.5 * 2**(mantissa bits): the lowest bits of that are n itself."""

    def generate(context, builder, signature, args):
        integer, mantissa, bias = _bits(shifted)
        bits = builder.shl(
            builder.bitcast(args[0], integer),
            ir.Constant(integer, [mantissa] * shifted.lanes),
        )
        bits = builder.add(bits, ir.Constant(integer, [bias << mantissa] * shifted.lanes))
        return builder.bitcast(bits, vector(shifted))

    return shifted(shifted), generate


@intrinsic
def exponent(typing, x):
    """The whole number n with 2**n <= x < 2**(n + 1), of positive normal x."""

    def generate(context, builder, signature, args):
        integer, mantissa, bias = _bits(x)
        bits = builder.lshr(
            builder.bitcast(args[0], integer), ir.Constant(integer, [mantissa] * x.lanes)
        )
        # As the lowest bits of 2**(mantissa bits) they are a number without a conversion, which
        # not every processor has for vectors.
        bits = builder.or_(bits, ir.Constant(integer, [(mantissa + bias) << mantissa] * x.lanes))
        raised = ir.Constant(vector(x), [element(x.dtype)(2.0**mantissa + bias)] * x.lanes)
        return builder.fsub(builder.bitcast(bits, vector(x)), raised)

    return x(x), generate


@intrinsic
def mantissa(typing, x):
    """x / 2**exponent(x), in [1, 2), of positive normal x."""

    def generate(context, builder, signature, args):
        integer, mantissa, bias = _bits(x)
        bits = builder.bitcast(args[0], integer)
        bits = builder.and_(bits, ir.Constant(integer, [(1 << mantissa) - 1] * x.lanes))
        bits = builder.or_(bits, ir.Constant(integer, [bias << mantissa] * x.lanes))
        return builder.bitcast(bits, vector(x))

    return x(x), generate


@intrinsic
def reciprocal_guess(typing, x):
    """1 / x of positive normal x to within 5.1%, from its bits: a start for Newton's method."""

    def generate(context, builder, signature, args):
        integer, mantissa, bias = _bits(x)
        # The bits of a float are about log2 of it; this constant balances the error of -log2 x.
        magic = int((2 * bias - 0.101) * 2**mantissa)
        bits = builder.bitcast(args[0], integer)
        return builder.bitcast(
            builder.sub(ir.Constant(integer, [magic] * x.lanes), bits), vector(x)
        )

    return x(x), generate


def _bits(vec):
    """The integer vector as wide as `vec`, its number of mantissa bits, and its exponent bias."""
    if vec.dtype == types.float32:
        return ir.VectorType(I32, vec.lanes), 23, 127
    return ir.VectorType(I64, vec.lanes), 52, 1023
