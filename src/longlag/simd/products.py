"""Products of rows with rows, and single elements of lanes: the inner loops of learners.

See `longlag.simd.vectors` for banks and lanes. A sum adds its terms in the order of the sources,
each by one `fma`, so its bits do not depend on how rows are packed into registers.
"""

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils

from longlag.simd.llvm import (
    CACHE_LINE,
    I32,
    I64,
    VecType,
    alignment,
    emit_fma,
    indices,
    load,
    row_pointer,
    store,
    vector,
)
from longlag.simd.vectors import fma
from longlag.simd.words import compiles

UNROLL = 128  # multiply-adds emitted as straight-line code; longer products become loops
REGISTERS = 16  # sums held in registers at a time; a product with more sums becomes a loop,
TILE = 12  # sums of several steps held in registers at a time, beside their factors,
TILE_PACKS = 4  # of at most so many packs of units
BUNDLE = 8  # with this many sums in each turn: enough to hide the latency of one `fma`


def gather(rows, row, index, stride) -> np.ndarray:
    """For each lane, the number at row `row + index * stride`; `index` holds whole numbers."""
    return np.concatenate([*rows.lanes(row, index, stride)], dtype=index.dtype)


@compiles(gather)
def _gather(typing, rows, row, index, stride):
    def generate(context, builder, signature, args):
        value = ir.Constant(vector(index), ir.Undefined)
        for lane, at in _lane_addresses(builder, rows, *args):
            value = builder.insert_element(value, builder.load(at), lane)
        return value

    return index(rows, types.intp, index, types.intp), generate


def scatter(rows, row, index, stride, value) -> None:
    """Store each lane's number at row `row + index * stride`."""
    for number, each in zip(rows.lanes(row, index, stride), value, strict=True):
        number[:] = each


@compiles(scatter)
def _scatter(typing, rows, row, index, stride, value):
    def generate(context, builder, signature, args):
        for lane, at in _lane_addresses(builder, rows, *args[:4]):
            builder.store(builder.extract_element(args[4], lane), at)
        return context.get_dummy_value()

    return types.void(rows, types.intp, index, types.intp, value), generate


def scatter_add(rows, row, index, stride, value) -> None:
    """Add each lane's number to the number at row `row + index * stride`."""
    for number, each in zip(rows.lanes(row, index, stride), value, strict=True):
        number += each


@compiles(scatter_add)
def _scatter_add(typing, rows, row, index, stride, value):
    def generate(context, builder, signature, args):
        for lane, at in _lane_addresses(builder, rows, *args[:4]):
            term = builder.extract_element(args[4], lane)
            builder.store(builder.fadd(builder.load(at), term), at)
        return context.get_dummy_value()

    return types.void(rows, types.intp, index, types.intp, value), generate


def _lane_addresses(builder, ty, base, row, index, stride):
    whole = builder.fptosi(index, ir.VectorType(I64, ty.lanes))
    for lane in range(ty.lanes):
        offset = builder.mul(builder.extract_element(whole, I32(lane)), stride)
        at = builder.add(builder.mul(builder.add(row, offset), I64(ty.lanes)), I64(lane))
        yield I32(lane), builder.gep(base, [at])


def _packs(ty, units):
    """The rows that share a register: (first unit, units) of each, at most a cache line wide.

    A row of few lanes would leave most of a register empty.
    """
    size = max(1, CACHE_LINE // (ty.lanes * ty.dtype.bitwidth // 8))
    return [(u, min(size, units - u)) for u in range(0, units, size)]


def _load_pack(builder, ty, base, row, units):
    """`units` consecutive rows in one register."""
    wide = VecType(ty.dtype, ty.lanes * units)
    at = builder.bitcast(row_pointer(builder, ty, base, row), ir.PointerType(vector(wide)))
    return builder.load(at, align=alignment(ty))


def _store_pack(builder, ty, base, row, value):
    at = builder.bitcast(row_pointer(builder, ty, base, row), ir.PointerType(value.type))
    builder.store(value, at, align=alignment(ty))


def _join_rows(builder, ty, base, row, units):
    """`_load_pack` of rows that were just written one by one.

    A wide load of several narrower stores waits until they have left the processor's store buffer.
    """
    size = ty.lanes
    joined = load(builder, ty, base, row)
    for unit in range(1, units):
        # A shuffle joins vectors of one length: the next row gets undefined numbers behind it.
        place = [*range(size), *[0] * (size * (unit - 1))]
        after = load(builder, ty, base, builder.add(row, I64(unit)))
        after = builder.shuffle_vector(after, after, indices(place))
        joined = builder.shuffle_vector(joined, after, indices(range(size * (unit + 1))))
    return joined


def _split_rows(builder, ty, base, row, value):
    """`_store_pack` of rows that are read one by one.

    LLVM takes a row out of a wide vector that was stored in a detour by general registers.
    """
    for unit in range(value.type.count // ty.lanes):
        order = indices(range(unit * ty.lanes, (unit + 1) * ty.lanes))
        store(
            builder,
            ty,
            base,
            builder.add(row, I64(unit)),
            builder.shuffle_vector(value, value, order),
        )


def _repeat(builder, value, times):
    """A vector that repeats one row `times` times."""
    if times == 1:
        return value
    return builder.shuffle_vector(value, value, indices([*range(value.type.count)] * times))


def _for_each(builder, count, unrolled, body):
    """Emit body(index) for all index < count, as straight-line code or as a loop."""
    if unrolled:
        for index in range(count):
            body(I64(index))
    else:
        with cgutils.for_range(builder, I64(count)) as loop:
            body(loop.index)


def add_product(out, at, w, row, x, first, count, units) -> None:
    """out[at + u] += sum over l of w[row + l * units + u] * x[first + l]; l < count, u < units."""
    total = out.rows(at, units).copy()
    for l in range(count):
        total = fma(w.rows(row + l * units, units), x[first + l], total)
    out.rows(at, units)[:] = total


@compiles(add_product, prefer_literal=True)
def _add_product(typing, out, at, w, row, x, first, count, units):
    sources, width = count.literal_value, units.literal_value

    def add_packs(builder, packs, out_, at_, w_, row_, x_, first_):
        sums = [
            cgutils.alloca_once_value(
                builder, _join_rows(builder, out, out_, builder.add(at_, unit), size)
            )
            for unit, size in packs
        ]

        def accumulate(source):
            value = load(builder, x, x_, builder.add(first_, source))
            start = builder.add(row_, builder.mul(source, I64(width)))
            for (unit, size), total in zip(packs, sums, strict=True):
                weights = _load_pack(builder, w, w_, builder.add(start, unit), size)
                wide = _repeat(builder, value, size)
                builder.store(emit_fma(builder, wide, weights, builder.load(total)), total)

        _for_each(builder, sources, sources * width <= UNROLL, accumulate)
        for (unit, _), total in zip(packs, sums, strict=True):
            _split_rows(builder, out, out_, builder.add(at_, unit), builder.load(total))

    def generate(context, builder, signature, args):
        packs = _packs(out, width)
        if len(packs) <= REGISTERS:
            add_packs(builder, [(I64(unit), size) for unit, size in packs], *args[:6])
        elif sources:
            size = packs[0][1]
            whole = len(packs) // BUNDLE
            with cgutils.for_range(builder, I64(whole)) as loop:
                first = builder.mul(loop.index, I64(BUNDLE * size))
                bundle = [(builder.add(first, I64(i * size)), size) for i in range(BUNDLE)]
                add_packs(builder, bundle, *args[:6])
            rest = packs[whole * BUNDLE :]
            add_packs(builder, [(I64(unit), size) for unit, size in rest], *args[:6])
        return context.get_dummy_value()

    return types.void(out, types.intp, w, types.intp, x, types.intp, count, units), generate


def add_outer(out, row, x, first, count, y, start, units) -> None:
    """out[row + l * units + u] += x[first + l] * y[start + u]; l < count, u < units."""
    factors = y.rows(start, units).copy()
    for l in range(count):
        block = out.rows(row + l * units, units)
        block[:] = fma(x[first + l], factors, block)


@compiles(add_outer, prefer_literal=True)
def _add_outer(typing, out, row, x, first, count, y, start, units):
    sources, width = count.literal_value, units.literal_value

    def generate(context, builder, signature, args):
        out_, row_, x_, first_, _, y_, start_, _ = args
        packs = _packs(out, width)
        factors = [
            _join_rows(builder, y, y_, builder.add(start_, I64(u)), size) for u, size in packs
        ]

        def accumulate(source):
            value = load(builder, x, x_, builder.add(first_, source))
            base = builder.add(row_, builder.mul(source, I64(width)))
            for (u, size), factor in zip(packs, factors, strict=True):
                at = builder.add(base, I64(u))
                old = _load_pack(builder, out, out_, at, size)
                new = emit_fma(builder, _repeat(builder, value, size), factor, old)
                _store_pack(builder, out, out_, at, new)

        _for_each(builder, sources, sources * width <= UNROLL, accumulate)
        return context.get_dummy_value()

    return types.void(out, types.intp, x, types.intp, count, y, types.intp, units), generate


def add_outers(out, row, x, first, x_apart, count, y, start, y_apart, units, steps) -> None:
    """`add_outer` of several steps: step t reads x from row first + t * x_apart, y likewise.

    Each sum stays in a register for all steps, so `out` is read and written once.
    """
    for t in range(steps):
        at, begin = first + t * x_apart, start + t * y_apart
        add_outer(out, row, x, at, count, y, begin, units)


@compiles(add_outers, prefer_literal=True)
def _add_outers(typing, out, row, x, first, x_apart, count, y, start, y_apart, units, steps):
    sources, width, times = (each.literal_value for each in (count, units, steps))

    def add_tile(builder, args, source, unit, deep, packs):
        """Add the products of `deep` sources, from `source` on, with the packs from `unit` on."""
        out_, row_, x_, first_, x_apart_, _, y_, start_, y_apart_ = args[:9]
        base = builder.add(row_, builder.add(builder.mul(source, I64(width)), unit))
        places = [
            (l, u, size, builder.add(base, I64(l * width + u)))
            for l in range(deep)
            for u, size in packs
        ]
        sums = [
            cgutils.alloca_once_value(builder, _load_pack(builder, out, out_, at, size))
            for _, _, size, at in places
        ]
        with cgutils.for_range(builder, I64(times)) as loop:
            x_row = builder.add(builder.mul(loop.index, x_apart_), builder.add(first_, source))
            y_row = builder.add(builder.mul(loop.index, y_apart_), builder.add(start_, unit))
            values = [load(builder, x, x_, builder.add(x_row, I64(l))) for l in range(deep)]
            factors = {
                u: _load_pack(builder, y, y_, builder.add(y_row, I64(u)), size) for u, size in packs
            }
            for (l, u, size, _), total in zip(places, sums, strict=True):
                wide = _repeat(builder, values[l], size)
                builder.store(emit_fma(builder, wide, factors[u], builder.load(total)), total)
        for (*_, at), total in zip(places, sums, strict=True):
            _store_pack(builder, out, out_, at, builder.load(total))

    def generate(context, builder, signature, args):
        packs = _packs(out, width)
        for at in range(0, len(packs), TILE_PACKS):
            unit = packs[at][0]
            tile = [(u - unit, size) for u, size in packs[at : at + TILE_PACKS]]
            deep = TILE // len(tile)
            whole = sources - sources % deep
            with cgutils.for_range_slice(builder, I64(0), I64(whole), I64(deep)) as (source, _):
                add_tile(builder, args, source, I64(unit), deep, tile)
            if sources > whole:
                add_tile(builder, args, I64(whole), I64(unit), sources - whole, tile)
        return context.get_dummy_value()

    return types.void(
        out, types.intp, x, types.intp, types.intp, count, y, types.intp, types.intp, units, steps
    ), generate
