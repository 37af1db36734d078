"""Rows of arrays as SIMD vectors, one number per lane: `bank(array, lanes)[row]`.

A bank views a C-contiguous (rows, lanes) array that begins on a cache line (see `aligned_zeros`).
"""

import math
import operator
from collections.abc import Iterator

import numpy as np
from llvmlite import ir
from numba import types

from longlag.compiled.compiling import inner
from longlag.memory import check_memory
from longlag.simd.llvm import (
    CACHE_LINE,
    I64,
    BankType,
    MaskType,
    VecType,
    indices,
    load,
    splat,
    store,
    vector,
    widen,
)
from longlag.simd.words import Number, compiles

FEWER = "take fewer cells, blocks or units, inputs or outputs"


def aligned_zeros(shape, dtype):
    """A zeroed array whose first element lies on a cache line, as every bank requires.

    Raises `InputError` where there is not enough memory: all the networks there are live in these.
    """
    count = math.prod(map(int, shape)) * np.dtype(dtype).itemsize
    check_memory("a network, or some side by side,", count, FEWER)
    raw = np.zeros(count + CACHE_LINE, np.uint8)
    start = -raw.ctypes.data % CACHE_LINE
    return raw[start : start + count].view(dtype).reshape(shape)


class Bank:
    """A bank in Python: reading copies a row, and the row must exist."""

    def __init__(self, array: np.ndarray, first: int = 0):
        self.array, self.first = array, first

    def __getitem__(self, row: int) -> np.ndarray:
        return self.rows(row, 1)[0].copy()

    def __setitem__(self, row: int, value: Number) -> None:
        self.rows(row, 1)[0] = value

    def rows(self, row: int, count: int) -> np.ndarray:
        """A view of `count` rows, of shape (count, lanes)."""
        at = self.first + row
        if at < 0 or at + count > len(self.array):
            raise IndexError(
                f"a bank that begins at row {self.first} of {len(self.array)} has no rows from "
                f"{row} to {row + count - 1}"
            )
        return self.array[at : at + count]

    def lanes(self, row: int, index: np.ndarray, stride: int) -> Iterator[np.ndarray]:
        """For each lane, a view of its number at row `row + index * stride`, of shape (1,)."""
        for lane, each in enumerate(index):
            yield self.rows(row + int(each) * stride, 1)[0, lane : lane + 1]

    def numbers(self, row: int) -> np.ndarray:
        """A view of all numbers from a row on, one row after the other."""
        return self.array[self.first + row :].reshape(-1)

    def __repr__(self) -> str:
        return f"Bank({self.array[self.first :]!r})"


def bank(array, lanes) -> Bank:
    """The rows of a (rows, lanes) array."""
    return Bank(array.reshape(-1, lanes))


@compiles(bank, prefer_literal=True)
def _bank(typing, array, lanes):
    ty = BankType(array.dtype, lanes.literal_value)

    def generate(context, builder, signature, args):
        return context.make_array(signature.args[0])(context, builder, args[0]).data

    return ty(array, lanes), generate


@compiles(operator.getitem)
def _get(typing, rows, row):
    if not isinstance(rows, BankType):
        return None

    def generate(context, builder, signature, args):
        return load(builder, rows, *args)

    return VecType(rows.dtype, rows.lanes)(rows, types.intp), generate


@compiles(operator.setitem)
def _set(typing, rows, row, value):
    if not isinstance(rows, BankType):
        return None

    def generate(context, builder, signature, args):
        vec = VecType(rows.dtype, rows.lanes)
        wide = widen(context, builder, vec, signature.args[2], args[2])
        if wide.type != vector(vec):  # a vector of the other precision
            convert = builder.fptrunc if rows.dtype == types.float32 else builder.fpext
            wide = convert(wide, vector(vec))
        store(builder, rows, args[0], args[1], wide)
        return context.get_dummy_value()

    return types.void(rows, types.intp, value), generate


def load_rows(rows, row, count) -> np.ndarray:
    """`count` consecutive rows (a power of two) as one vector of count * lanes numbers."""
    return rows.rows(row, count).flatten()


@compiles(load_rows, prefer_literal=True)
def _load_rows(typing, rows, row, count):
    size = count.literal_value

    def generate(context, builder, signature, args):
        base, first, _ = args
        parts = [load(builder, rows, base, builder.add(first, I64(i))) for i in range(size)]
        while len(parts) > 1:  # join adjacent pairs
            order = indices(range(2 * parts[0].type.count))
            parts = [
                builder.shuffle_vector(x, y, order)
                for x, y in zip(parts[::2], parts[1::2], strict=True)
            ]
        return parts[0]

    return VecType(rows.dtype, rows.lanes * size)(rows, types.intp, count), generate


def store_rows(rows, row, value) -> None:
    """Store what `load_rows` loaded."""
    lanes = len(rows[row])
    rows.rows(row, len(value) // lanes)[:] = value.reshape(-1, lanes)


@compiles(store_rows)
def _store_rows(typing, rows, row, value):
    def generate(context, builder, signature, args):
        base, first, wide = args
        for i in range(value.lanes // rows.lanes):
            order = indices(range(i * rows.lanes, (i + 1) * rows.lanes))
            part = builder.shuffle_vector(wide, wide, order)
            store(builder, rows, base, builder.add(first, I64(i)), part)
        return context.get_dummy_value()

    return types.void(rows, types.intp, value), generate


def over_rows(function):
    """A compiled (rows, first, count) that applies `function` to rows in place, 4 rows at once."""
    group = 4  # enough independent work to hide the latency of one evaluation

    @inner
    def apply(rows, first, count):
        whole = count - count % group
        for i in range(first, first + whole, group):
            store_rows(rows, i, function(load_rows(rows, i, group)))
        for i in range(first + whole, first + count):
            rows[i] = function(rows[i])

    return apply


def rows_from(rows, first) -> Bank:
    """The bank that begins at row `first` of a bank."""
    return Bank(rows.array, rows.first + first)


@compiles(rows_from)
def _rows_from(typing, rows, first):
    def generate(context, builder, signature, args):
        return builder.gep(args[0], [builder.mul(args[1], I64(rows.lanes))])

    return rows(rows, types.intp), generate


def get_lane(rows, row, lane) -> Number:
    """One lane's number in a row; a lane beyond the last counts on into the next rows."""
    return rows.numbers(row)[lane]


@compiles(get_lane)
def _get_lane(typing, rows, row, lane):
    def generate(context, builder, signature, args):
        return builder.load(_lane_address(builder, rows, *args))

    return rows.dtype(rows, types.intp, types.intp), generate


def set_lane(rows, row, lane, value) -> None:
    """Store one lane's number, see `get_lane`."""
    rows.numbers(row)[lane] = value


@compiles(set_lane)
def _set_lane(typing, rows, row, lane, value):
    def generate(context, builder, signature, args):
        number = context.cast(builder, args[3], signature.args[3], rows.dtype)
        builder.store(number, _lane_address(builder, rows, *args[:3]))
        return context.get_dummy_value()

    return types.void(rows, types.intp, types.intp, value), generate


def _lane_address(builder, ty, base, row, lane):
    return builder.gep(base, [builder.add(builder.mul(row, I64(ty.lanes)), lane)])


def lane_mask(flags, row, lanes, bit) -> np.ndarray:
    """Row `row` of a (rows, lanes) byte array as a mask: true where the byte has `bit`."""
    return flags.reshape(-1, lanes)[row] & bit != 0


@compiles(lane_mask, prefer_literal=True)
def _lane_mask(typing, flags, row, lanes, bit):
    ty = MaskType(lanes.literal_value)

    def generate(context, builder, signature, args):
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        bytes_ = ir.VectorType(ir.IntType(8), ty.lanes)
        at = builder.gep(data, [builder.mul(args[1], I64(ty.lanes))])
        value = builder.load(builder.bitcast(at, ir.PointerType(bytes_)), align=1)
        value = builder.and_(value, splat(builder, builder.trunc(args[3], ir.IntType(8)), ty.lanes))
        return builder.icmp_unsigned("!=", value, ir.Constant(bytes_, [0] * ty.lanes))

    return ty(flags, types.intp, lanes, types.intp), generate


def mark(flags, row, mask, bit) -> None:
    """Set `bit` in the bytes of row `row` of a (rows, lanes) array where the mask is true."""
    flags.reshape(-1, len(mask))[row][mask] |= bit


@compiles(mark)
def _mark(typing, flags, row, mask, bit):
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


def rows_apart(rows, first, apart, count) -> tuple:
    """The `count` rows first, first + apart, ... of a bank, as a tuple of vectors.

    For a C-contiguous array of one dimension, the result is a tuple of numbers.
    """
    return tuple(rows[first + i * apart] for i in range(count))


@compiles(rows_apart, prefer_literal=True)
def _rows_apart(typing, rows, first, apart, count):
    is_bank, size = isinstance(rows, BankType), count.literal_value
    item = VecType(rows.dtype, rows.lanes) if is_bank else rows.dtype

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
