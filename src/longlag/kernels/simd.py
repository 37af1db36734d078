"""A SIMD number type for Numba: kernels written once, as scalar arithmetic, advance K networks at once.

`bank(array, first, lanes)` views the rows of a C-contiguous (rows, lanes) array from row `first` on;
`bank[row]` loads or stores one vector of `lanes` numbers, one per network. Vectors take part in
``+ - * /``, comparison and `select` like plain numbers; Python and NumPy scalars are broadcast.

Nothing here may reassociate or fuse: a product and a sum are one operation only where `fma` says so.
The bits of a lane therefore depend neither on the number of lanes nor on its neighbours.
"""

import operator

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, overload, register_jitable, register_model

CACHE_LINE = 64
UNROLL = 128  # multiply-adds emitted as straight-line code; longer products become loops
_I32, _I64 = ir.IntType(32), ir.IntType(64)


def aligned_zeros(shape, dtype):
    """A zeroed array whose first element lies on a cache line, as every bank requires."""
    count = int(np.prod(shape)) * np.dtype(dtype).itemsize
    raw = np.zeros(count + CACHE_LINE, np.uint8)
    start = -raw.ctypes.data % CACHE_LINE
    return raw[start : start + count].view(dtype).reshape(shape)


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


class Bank(types.Type):
    """Rows of a (rows, lanes) array, each row one `Vec`."""

    def __init__(self, dtype, lanes):
        self.dtype, self.lanes = dtype, lanes
        super().__init__(name=f"Bank({dtype}, {lanes})")


def _element(dtype):
    return ir.FloatType() if dtype == types.float32 else ir.DoubleType()


def _vector(ty):
    return ir.VectorType(_element(ty.dtype), ty.lanes)


@register_model(Vec)
class _VecModel(models.PrimitiveModel):
    def __init__(self, manager, ty):
        super().__init__(manager, ty, _vector(ty))


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


@register_model(Bank)
class _BankModel(models.PrimitiveModel):
    def __init__(self, manager, ty):
        super().__init__(manager, ty, ir.PointerType(_element(ty.dtype)))


def _indices(numbers):
    """A shuffle's order as a constant vector."""
    return ir.Constant(ir.VectorType(_I32, len(numbers)), [_I32(i) for i in numbers])


def _splat(builder, scalar, lanes):
    undefined = ir.Constant(ir.VectorType(scalar.type, lanes), ir.Undefined)
    first = builder.insert_element(undefined, scalar, ir.Constant(_I32, 0))
    return builder.shuffle_vector(first, undefined, _indices([0] * lanes))


def _widen(context, builder, vec, ty, value):
    """The value as a vector of type `vec`: itself, or a scalar in every lane."""
    if isinstance(ty, Vec):
        return value
    return _splat(builder, context.cast(builder, value, ty, vec.dtype), vec.lanes)


def _common(*kinds):
    """The vector type among the operands, or None; two different ones do not mix."""
    vecs = {ty for ty in kinds if isinstance(ty, Vec)}
    scalars = all(isinstance(ty, (Vec, types.Number)) for ty in kinds)
    return vecs.pop() if len(vecs) == 1 and scalars else None


def _register(op, result, emit):
    """Give the Python operator `op` a vector meaning: `emit(builder, x, y)` under type `result(vec)`."""

    @intrinsic
    def apply(typing, x, y):
        vec = _common(x, y)

        def generate(context, builder, signature, args):
            x, y = (
                _widen(context, builder, vec, ty, arg)
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
):
    _register(
        _op,
        lambda vec: Mask(vec.lanes),
        lambda builder, x, y, _sign=_sign: builder.fcmp_ordered(_sign, x, y),
    )


@intrinsic
def _negate(typing, x):
    def generate(context, builder, signature, args):
        return builder.fneg(args[0])

    return x(x), generate


@overload(operator.neg)
def _neg(x):
    if isinstance(x, Vec):
        return lambda x: _negate(x)


@intrinsic
def select(typing, mask, x, y):
    """Per lane `x` where the mask is true, else `y`."""
    vec = _common(x, y)

    def generate(context, builder, signature, args):
        chosen = [
            _widen(context, builder, vec, ty, arg)
            for ty, arg in zip(signature.args[1:], args[1:], strict=True)
        ]
        return builder.select(args[0], *chosen)

    return (vec(mask, x, y), generate) if vec else None


@intrinsic
def fma(typing, x, y, z):
    """x * y + z with one rounding."""
    vec = _common(x, y, z)

    def generate(context, builder, signature, args):
        wide = [
            _widen(context, builder, vec, ty, arg)
            for ty, arg in zip(signature.args, args, strict=True)
        ]
        return _fma(builder, *wide)

    return (vec(x, y, z), generate) if vec else None


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


def _fma(builder, x, y, z):
    return _call(builder, "fma", [x, y, z])


def _unary(name):
    @intrinsic
    def apply(typing, x):
        def generate(context, builder, signature, args):
            return _call(builder, name, args)

        return x(x), generate

    return apply


sqrt = _unary("sqrt")  #: correctly rounded square root
rint = _unary("rint")  #: nearest whole number, ties to even


@intrinsic
def power_of_two(typing, shifted):
    """2**n, where `shifted` is n + 1.5 * 2**(mantissa bits): the lowest bits of such a number are n itself."""

    def generate(context, builder, signature, args):
        integer, mantissa, bias = _bits(shifted)
        bits = builder.shl(
            builder.bitcast(args[0], integer),
            ir.Constant(integer, [mantissa] * shifted.lanes),
        )
        bits = builder.add(bits, ir.Constant(integer, [bias << mantissa] * shifted.lanes))
        return builder.bitcast(bits, _vector(shifted))

    return shifted(shifted), generate


@intrinsic
def reciprocal_guess(typing, x):
    """1 / x of positive normal x to within 5.1%, from the bits of x alone: a start for Newton's method."""

    def generate(context, builder, signature, args):
        integer, mantissa, bias = _bits(x)
        # The bits of a float are about log2 of it; this constant balances the error of -log2 x.
        magic = int((2 * bias - 0.101) * 2**mantissa)
        bits = builder.bitcast(args[0], integer)
        return builder.bitcast(
            builder.sub(ir.Constant(integer, [magic] * x.lanes), bits), _vector(x)
        )

    return x(x), generate


def _bits(vec):
    """The integer vector as wide as `vec`, its number of mantissa bits, and its exponent bias."""
    if vec.dtype == types.float32:
        return ir.VectorType(_I32, vec.lanes), 23, 127
    return ir.VectorType(_I64, vec.lanes), 52, 1023


@intrinsic(prefer_literal=True)
def bank(typing, array, first, lanes):
    """The rows of a (rows, lanes) array from row `first` on."""
    ty = Bank(array.dtype, lanes.literal_value)

    def generate(context, builder, signature, args):
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        return builder.gep(data, [builder.mul(args[1], _I64(ty.lanes))])

    return ty(array, types.intp, lanes), generate


def _row(builder, ty, base, row):
    at = builder.gep(base, [builder.mul(row, _I64(ty.lanes))])
    return builder.bitcast(at, ir.PointerType(_vector(ty)))


def _alignment(ty):
    return min(CACHE_LINE, ty.lanes * ty.dtype.bitwidth // 8)


def _load(builder, ty, base, row):
    return builder.load(_row(builder, ty, base, row), align=_alignment(ty))


def _store(builder, ty, base, row, value):
    builder.store(value, _row(builder, ty, base, row), align=_alignment(ty))


@intrinsic
def _get(typing, rows, row):
    def generate(context, builder, signature, args):
        return _load(builder, rows, *args)

    return Vec(rows.dtype, rows.lanes)(rows, types.intp), generate


@intrinsic
def _set(typing, rows, row, value):
    def generate(context, builder, signature, args):
        vec = Vec(rows.dtype, rows.lanes)
        wide = _widen(context, builder, vec, signature.args[2], args[2])
        _store(builder, rows, args[0], args[1], wide)
        return context.get_dummy_value()

    return types.void(rows, types.intp, value), generate


@intrinsic(prefer_literal=True)
def load_rows(typing, rows, row, count):
    """`count` consecutive rows, a power of two of them, as one vector of count * lanes numbers."""
    size = count.literal_value

    def generate(context, builder, signature, args):
        base, first, _ = args
        parts = [_load(builder, rows, base, builder.add(first, _I64(i))) for i in range(size)]
        while len(parts) > 1:  # join pairs of neighbours
            order = _indices(range(2 * parts[0].type.count))
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
            order = _indices(range(i * rows.lanes, (i + 1) * rows.lanes))
            part = builder.shuffle_vector(wide, wide, order)
            _store(builder, rows, base, builder.add(first, _I64(i)), part)
        return context.get_dummy_value()

    return types.void(rows, types.intp, value), generate


def over_rows(function):
    """A compiled function (rows, first, count) that applies `function` to rows in place, several at once."""
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
        return builder.gep(args[0], [builder.mul(args[1], _I64(rows.lanes))])

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
    return builder.gep(base, [builder.add(builder.mul(row, _I64(ty.lanes)), lane)])


@intrinsic(prefer_literal=True)
def lane_mask(typing, flags, row, lanes, bit):
    """Row `row` of a (rows, lanes) array of bytes as a mask: true where the byte shares a bit with `bit`."""
    ty = Mask(lanes.literal_value)

    def generate(context, builder, signature, args):
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        bytes_ = ir.VectorType(ir.IntType(8), ty.lanes)
        at = builder.gep(data, [builder.mul(args[1], _I64(ty.lanes))])
        value = builder.load(builder.bitcast(at, ir.PointerType(bytes_)), align=1)
        value = builder.and_(
            value, _splat(builder, builder.trunc(args[3], ir.IntType(8)), ty.lanes)
        )
        return builder.icmp_unsigned("!=", value, ir.Constant(bytes_, [0] * ty.lanes))

    return ty(flags, types.intp, lanes, types.intp), generate


@intrinsic
def gather(typing, rows, row, index, stride):
    """Per lane the number at row `row + index * stride`, `index` a vector of whole numbers."""

    def generate(context, builder, signature, args):
        value = ir.Constant(_vector(index), ir.Undefined)
        for lane, at in _lane_addresses(builder, rows, *args):
            value = builder.insert_element(value, builder.load(at), lane)
        return value

    return index(rows, types.intp, index, types.intp), generate


@intrinsic
def scatter_add(typing, rows, row, index, stride, value):
    """Add per lane to the number at row `row + index * stride`."""

    def generate(context, builder, signature, args):
        for lane, at in _lane_addresses(builder, rows, *args[:4]):
            term = builder.extract_element(args[4], lane)
            builder.store(builder.fadd(builder.load(at), term), at)
        return context.get_dummy_value()

    return types.void(rows, types.intp, index, types.intp, value), generate


def _lane_addresses(builder, ty, base, row, index, stride):
    whole = builder.fptosi(index, ir.VectorType(_I64, ty.lanes))
    for lane in range(ty.lanes):
        offset = builder.mul(builder.extract_element(whole, _I32(lane)), stride)
        at = builder.add(builder.mul(builder.add(row, offset), _I64(ty.lanes)), _I64(lane))
        yield _I32(lane), builder.gep(base, [at])


def _packs(ty, units):
    """How rows share registers: (first unit, units) of each group that fills at most one cache line."""
    size = max(1, CACHE_LINE // (ty.lanes * ty.dtype.bitwidth // 8))
    return [(u, min(size, units - u)) for u in range(0, units, size)]


def _load_pack(builder, ty, base, row, units):
    """`units` consecutive rows in one register."""
    wide = Vec(ty.dtype, ty.lanes * units)
    at = builder.bitcast(_row(builder, ty, base, row), ir.PointerType(_vector(wide)))
    return builder.load(at, align=_alignment(ty))


def _store_pack(builder, ty, base, row, value):
    at = builder.bitcast(_row(builder, ty, base, row), ir.PointerType(value.type))
    builder.store(value, at, align=_alignment(ty))


def _repeat(builder, value, times):
    """One row side by side `times` times."""
    if times == 1:
        return value
    return builder.shuffle_vector(value, value, _indices([*range(value.type.count)] * times))


def _for_each(builder, count, unrolled, body):
    """Run body(index) for index < count: as straight-line code, or as a loop."""
    if unrolled:
        for index in range(count):
            body(_I64(index))
    else:
        with cgutils.for_range(builder, _I64(count)) as loop:
            body(loop.index)


@intrinsic(prefer_literal=True)
def add_product(typing, out, at, w, row, x, first, count, units):
    """out[at + u] += sum over l < count of w[row + l * units + u] * x[first + l], for all u < units."""
    sources, width = count.literal_value, units.literal_value

    def generate(context, builder, signature, args):
        out_, at_, w_, row_, x_, first_ = args[:6]
        packs = _packs(out, width)
        sums = [
            cgutils.alloca_once_value(
                builder, _load_pack(builder, out, out_, builder.add(at_, _I64(u)), size)
            )
            for u, size in packs
        ]

        def accumulate(source):
            value = _load(builder, x, x_, builder.add(first_, source))
            start = builder.add(row_, builder.mul(source, _I64(width)))
            for (u, size), total in zip(packs, sums, strict=True):
                weights = _load_pack(builder, w, w_, builder.add(start, _I64(u)), size)
                wide = _repeat(builder, value, size)
                builder.store(_fma(builder, wide, weights, builder.load(total)), total)

        _for_each(builder, sources, sources * width <= UNROLL, accumulate)
        for (u, _), total in zip(packs, sums, strict=True):
            _store_pack(builder, out, out_, builder.add(at_, _I64(u)), builder.load(total))
        return context.get_dummy_value()

    return types.void(out, types.intp, w, types.intp, x, types.intp, count, units), generate


@intrinsic(prefer_literal=True)
def add_outer(typing, out, row, x, first, count, y, start, units):
    """out[row + l * units + u] += x[first + l] * y[start + u], for all l < count and u < units."""
    sources, width = count.literal_value, units.literal_value

    def generate(context, builder, signature, args):
        out_, row_, x_, first_, _, y_, start_, _ = args
        packs = _packs(out, width)
        factors = [
            _load_pack(builder, y, y_, builder.add(start_, _I64(u)), size) for u, size in packs
        ]

        def accumulate(source):
            value = _load(builder, x, x_, builder.add(first_, source))
            base = builder.add(row_, builder.mul(source, _I64(width)))
            for (u, size), factor in zip(packs, factors, strict=True):
                at = builder.add(base, _I64(u))
                old = _load_pack(builder, out, out_, at, size)
                new = _fma(builder, _repeat(builder, value, size), factor, old)
                _store_pack(builder, out, out_, at, new)

        _for_each(builder, sources, sources * width <= UNROLL, accumulate)
        return context.get_dummy_value()

    return types.void(out, types.intp, x, types.intp, count, y, types.intp, units), generate
