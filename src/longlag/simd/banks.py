"""Rows of arrays as SIMD vectors, one number per lane: `bank(array, first, lanes)[row]`.

A bank views a C-contiguous (rows, lanes) array that begins on a cache line (see `aligned_zeros`).
"""

import operator

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import models, overload, register_jitable, register_model

from longlag.simd.vectors import (
    I64,
    Mask,
    Vec,
    element,
    indices,
    intrinsic,
    splat,
    vector,
    widen,
)

CACHE_LINE = 64


def aligned_zeros(shape, dtype):
    """A zeroed array whose first element lies on a cache line, as every bank requires."""
    count = int(np.prod(shape)) * np.dtype(dtype).itemsize
    raw = np.zeros(count + CACHE_LINE, np.uint8)
    start = -raw.ctypes.data % CACHE_LINE
    return raw[start : start + count].view(dtype).reshape(shape)


class Bank(types.Type):
    """Rows of a (rows, lanes) array, each row one `Vec`."""

    def __init__(self, dtype, lanes):
        self.dtype, self.lanes = dtype, lanes
        super().__init__(name=f"Bank({dtype}, {lanes})")


@register_model(Bank)
class _BankModel(models.PrimitiveModel):
    def __init__(self, manager, ty):
        super().__init__(manager, ty, ir.PointerType(element(ty.dtype)))


@intrinsic(prefer_literal=True)
def bank(typing, array, first, lanes):
    """The rows of a (rows, lanes) array from row `first` on."""
    ty = Bank(array.dtype, lanes.literal_value)

    def generate(context, builder, signature, args):
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        return builder.gep(data, [builder.mul(args[1], I64(ty.lanes))])

    return ty(array, types.intp, lanes), generate


def row_pointer(builder, ty, base, row):
    """Emit the address of a row of a bank."""
    at = builder.gep(base, [builder.mul(row, I64(ty.lanes))])
    return builder.bitcast(at, ir.PointerType(vector(ty)))


def alignment(ty):
    """What the rows of a bank are aligned to, in bytes."""
    return min(CACHE_LINE, ty.lanes * ty.dtype.bitwidth // 8)


def load(builder, ty, base, row):
    """Emit the load of a row of a bank."""
    return builder.load(row_pointer(builder, ty, base, row), align=alignment(ty))


def _store(builder, ty, base, row, value):
    builder.store(value, row_pointer(builder, ty, base, row), align=alignment(ty))


@intrinsic
def _get(typing, rows, row):
    def generate(context, builder, signature, args):
        return load(builder, rows, *args)

    return Vec(rows.dtype, rows.lanes)(rows, types.intp), generate


@intrinsic
def _set(typing, rows, row, value):
    def generate(context, builder, signature, args):
        vec = Vec(rows.dtype, rows.lanes)
        wide = widen(context, builder, vec, signature.args[2], args[2])
        if wide.type != vector(vec):  # a vector of the other precision
            convert = builder.fptrunc if rows.dtype == types.float32 else builder.fpext
            wide = convert(wide, vector(vec))
        _store(builder, rows, args[0], args[1], wide)
        return context.get_dummy_value()

    return types.void(rows, types.intp, value), generate


@intrinsic(prefer_literal=True)
def load_rows(typing, rows, row, count):
    """`count` consecutive rows, a power of two of them, as one vector of count * lanes numbers."""
    size = count.literal_value

    def generate(context, builder, signature, args):
        base, first, _ = args
        parts = [load(builder, rows, base, builder.add(first, I64(i))) for i in range(size)]
        while len(parts) > 1:  # join pairs of neighbours
            order = indices(range(2 * parts[0].type.count))
            parts = [
                builder.shuffle_vector(x, y, order)
                for x, y in zip(parts[::2], parts[1::2], strict=True)
            ]
        return parts[0]

    return Vec(rows.dtype, rows.lanes * size)(rows, types.intp, count), generate


@intrinsic
def store_rows(typing, rows, row, value):
    """Store what `load_rows` loaded."""

    def generate(context, builder, signature, args):
        base, first, wide = args
        for i in range(value.lanes // rows.lanes):
            order = indices(range(i * rows.lanes, (i + 1) * rows.lanes))
            part = builder.shuffle_vector(wide, wide, order)
            _store(builder, rows, base, builder.add(first, I64(i)), part)
        return context.get_dummy_value()

    return types.void(rows, types.intp, value), generate


def over_rows(function):
    """A compiled (rows, first, count) that applies `function` to rows in place, several at once."""
    group = 4  # enough independent work to hide the latency of one evaluation

    @register_jitable
    def apply(rows, first, count):
        whole = count - count % group
        for i in range(first, first + whole, group):
            store_rows(rows, i, function(load_rows(rows, i, group)))
        for i in range(first + whole, first + count):
            rows[i] = function(rows[i])

    return apply


@overload(operator.getitem)
def _getitem(rows, row):
    if isinstance(rows, Bank):
        return lambda rows, row: _get(rows, row)


@overload(operator.setitem)
def _setitem(rows, row, value):
    if isinstance(rows, Bank):
        return lambda rows, row, value: _set(rows, row, value)


@intrinsic
def rows_from(typing, rows, first):
    """The bank that begins at row `first` of a bank."""

    def generate(context, builder, signature, args):
        return builder.gep(args[0], [builder.mul(args[1], I64(rows.lanes))])

    return rows(rows, types.intp), generate


@intrinsic
def get_lane(typing, rows, row, lane):
    """One lane's number in a row."""

    def generate(context, builder, signature, args):
        return builder.load(_lane_address(builder, rows, *args))

    return rows.dtype(rows, types.intp, types.intp), generate


@intrinsic
def set_lane(typing, rows, row, lane, value):
    """Store one lane's number in a row."""

    def generate(context, builder, signature, args):
        number = context.cast(builder, args[3], signature.args[3], rows.dtype)
        builder.store(number, _lane_address(builder, rows, *args[:3]))
        return context.get_dummy_value()

    return types.void(rows, types.intp, types.intp, value), generate


def _lane_address(builder, ty, base, row, lane):
    return builder.gep(base, [builder.add(builder.mul(row, I64(ty.lanes)), lane)])


@intrinsic(prefer_literal=True)
def lane_mask(typing, flags, row, lanes, bit):
    """Row `row` of a (rows, lanes) array of bytes as a mask: true where the byte has `bit`."""
    ty = Mask(lanes.literal_value)

    def generate(context, builder, signature, args):
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        bytes_ = ir.VectorType(ir.IntType(8), ty.lanes)
        at = builder.gep(data, [builder.mul(args[1], I64(ty.lanes))])
        value = builder.load(builder.bitcast(at, ir.PointerType(bytes_)), align=1)
        value = builder.and_(value, splat(builder, builder.trunc(args[3], ir.IntType(8)), ty.lanes))
        return builder.icmp_unsigned("!=", value, ir.Constant(bytes_, [0] * ty.lanes))

    return ty(flags, types.intp, lanes, types.intp), generate


@intrinsic
def mark(typing, flags, row, mask, bit):
    """Set `bit` in the bytes of row `row` of a (rows, lanes) array where the mask is true."""

    def generate(context, builder, signature, args):
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        bytes_ = ir.VectorType(ir.IntType(8), mask.lanes)
        at = builder.gep(data, [builder.mul(args[1], I64(mask.lanes))])
        at = builder.bitcast(at, ir.PointerType(bytes_))
        bits = splat(builder, builder.trunc(args[3], ir.IntType(8)), mask.lanes)
        bits = builder.select(args[2], bits, ir.Constant(bytes_, [0] * mask.lanes))
        builder.store(builder.or_(builder.load(at, align=1), bits), at, align=1)
        return context.get_dummy_value()

    return types.void(flags, types.intp, mask, types.intp), generate


@intrinsic(prefer_literal=True)
def rows_apart(typing, rows, first, apart, count):
    """Rows first, first + apart, ... of a bank, `count` of them, as a tuple of vectors.

    Of a C-contiguous array of one dimension it is a tuple of numbers.
    """
    is_bank, size = isinstance(rows, Bank), count.literal_value
    item = Vec(rows.dtype, rows.lanes) if is_bank else rows.dtype

    def generate(context, builder, signature, args):
        base, row, step, _ = args
        if not is_bank:
            base = context.make_array(rows)(context, builder, base).data
        found = []
        for i in range(size):
            at = builder.add(row, builder.mul(step, I64(i)))
            one = builder.gep(base, [at])
            found.append(load(builder, rows, base, at) if is_bank else builder.load(one))
        return context.make_tuple(builder, signature.return_type, found)

    return types.UniTuple(item, size)(rows, types.intp, types.intp, count), generate
