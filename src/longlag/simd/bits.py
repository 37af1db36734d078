"""Powers of two, exponents and approximate reciprocals, from the bits of floating-point numbers."""

import numpy as np
from llvmlite import ir
from numba import types

from longlag.simd.llvm import I32, I64, element, vector
from longlag.simd.words import Number, compiles

# By precision: number of mantissa bits, and bias of the exponent.
_SINGLE, _DOUBLE = (23, 127), (52, 1023)


def power_of_two(shifted) -> Number:
    """2**n, where `shifted` = n + 1.5 * 2**(mantissa bits), whose lowest bits are n itself."""
    bits, mantissa, bias = _bits(shifted)
    return ((bits << mantissa) + (bias << mantissa)).view(shifted.dtype)


@compiles(power_of_two)
def _power_of_two(typing, shifted):
    def generate(context, builder, signature, args):
        integer, mantissa, bias = _integers(shifted)
        bits = builder.shl(
            builder.bitcast(args[0], integer),
            ir.Constant(integer, [mantissa] * shifted.lanes),
        )
        bits = builder.add(bits, ir.Constant(integer, [bias << mantissa] * shifted.lanes))
        return builder.bitcast(bits, vector(shifted))

    return shifted(shifted), generate


def exponent(x) -> Number:
    """The whole number n with 2**n <= x < 2**(n + 1), for positive normal x."""
    bits, mantissa, bias = _bits(x)
    return ((bits >> mantissa) - bias).astype(x.dtype)


@compiles(exponent)
def _exponent(typing, x):
    def generate(context, builder, signature, args):
        integer, mantissa, bias = _integers(x)
        bits = builder.lshr(
            builder.bitcast(args[0], integer), ir.Constant(integer, [mantissa] * x.lanes)
        )
        # Put into the lowest bits of 2**(mantissa bits), n becomes a floating-point number without
        # a conversion instruction, which not every processor has for vectors.
        bits = builder.or_(bits, ir.Constant(integer, [(mantissa + bias) << mantissa] * x.lanes))
        raised = ir.Constant(vector(x), [element(x.dtype)(2.0**mantissa + bias)] * x.lanes)
        return builder.fsub(builder.bitcast(bits, vector(x)), raised)

    return x(x), generate


def mantissa(x) -> Number:
    """x / 2**exponent(x), in [1, 2), for positive normal x."""
    bits, mantissa, bias = _bits(x)
    return (bits & (1 << mantissa) - 1 | bias << mantissa).view(x.dtype)


@compiles(mantissa)
def _mantissa(typing, x):
    def generate(context, builder, signature, args):
        integer, mantissa, bias = _integers(x)
        bits = builder.bitcast(args[0], integer)
        bits = builder.and_(bits, ir.Constant(integer, [(1 << mantissa) - 1] * x.lanes))
        bits = builder.or_(bits, ir.Constant(integer, [bias << mantissa] * x.lanes))
        return builder.bitcast(bits, vector(x))

    return x(x), generate


def reciprocal_guess(x) -> Number:
    """1 / x within 5.1%, for positive normal x: the start of Newton's method."""
    bits, mantissa, bias = _bits(x)
    return (_magic(mantissa, bias) - bits).view(x.dtype)


@compiles(reciprocal_guess)
def _reciprocal_guess(typing, x):
    def generate(context, builder, signature, args):
        integer, mantissa, bias = _integers(x)
        bits = builder.bitcast(args[0], integer)
        magic = ir.Constant(integer, [_magic(mantissa, bias)] * x.lanes)
        return builder.bitcast(builder.sub(magic, bits), vector(x))

    return x(x), generate


def _magic(mantissa, bias):
    # The bits of a float x are roughly log2 x; this constant balances the error of -log2 x.
    return int((2 * bias - 0.101) * 2**mantissa)


def _bits(x):
    """The bits of an array as whole numbers, the number of mantissa bits, and the exponent bias."""
    if x.dtype == np.float32:
        return x.view(np.int32), *_SINGLE
    return x.view(np.int64), *_DOUBLE


def _integers(vec):
    """The type of a vector's bits, the number of mantissa bits, and the exponent bias."""
    if vec.dtype == types.float32:
        return ir.VectorType(I32, vec.lanes), *_SINGLE
    return ir.VectorType(I64, vec.lanes), *_DOUBLE
