"""The compiler's types of vectors, masks and banks, and functions that emit code for them."""

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import models, register_model

I32, I64 = ir.IntType(32), ir.IntType(64)
CACHE_LINE = 64


class VecType(types.Type):
    """`lanes` floating-point numbers, one per network."""

    def __init__(self, dtype, lanes):
        self.dtype, self.lanes = dtype, lanes
        super().__init__(name=f"Vec({dtype}, {lanes})")


class MaskType(types.Type):
    """`lanes` truth values, one per network."""

    def __init__(self, lanes):
        self.lanes = lanes
        super().__init__(name=f"Mask({lanes})")


class BankType(types.Type):
    """Rows of a (rows, lanes) array, each row one vector."""

    def __init__(self, dtype, lanes):
        self.dtype, self.lanes = dtype, lanes
        super().__init__(name=f"Bank({dtype}, {lanes})")


def element(dtype):
    """LLVM's type of one number."""
    return ir.FloatType() if dtype == types.float32 else ir.DoubleType()


def vector(ty):
    """LLVM's type of a vector, or of a row of a bank."""
    return ir.VectorType(element(ty.dtype), ty.lanes)


@register_model(VecType)
class _VecModel(models.PrimitiveModel):
    def __init__(self, manager, ty):
        super().__init__(manager, ty, vector(ty))


@register_model(MaskType)
class _MaskModel(models.PrimitiveModel):
    def __init__(self, manager, ty):
        super().__init__(manager, ty, ir.VectorType(ir.IntType(1), ty.lanes))

    # A mask is passed between functions as bytes. On processors with mask registers, LLVM aborts on
    # some functions that pass a vector of one truth value ("cannot emit physreg copy instruction").

    def get_argument_type(self):
        return ir.VectorType(ir.IntType(8), self._fe_type.lanes)

    def as_argument(self, builder, value):
        return builder.zext(value, self.get_argument_type())

    def from_argument(self, builder, value):
        return builder.trunc(value, self.get_value_type())


@register_model(BankType)
class _BankModel(models.PrimitiveModel):
    def __init__(self, manager, ty):
        super().__init__(manager, ty, ir.PointerType(element(ty.dtype)))


def common(*kinds):
    """The vector type among the operands, or None; two different vector types cannot be mixed."""
    vecs = {ty for ty in kinds if isinstance(ty, VecType)}
    scalars = all(isinstance(ty, (VecType, types.Number)) for ty in kinds)
    return vecs.pop() if len(vecs) == 1 and scalars else None


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
    if isinstance(ty, VecType):
        return value
    return splat(builder, context.cast(builder, value, ty, vec.dtype), vec.lanes)


def call(builder, name, args):
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
    return call(builder, "fma", [x, y, z])


def row_pointer(builder, ty, base, row):
    """Emit the address of a row of a bank."""
    at = builder.gep(base, [builder.mul(row, I64(ty.lanes))])
    return builder.bitcast(at, ir.PointerType(vector(ty)))


def alignment(ty):
    """The alignment of the rows of a bank, in bytes."""
    return min(CACHE_LINE, ty.lanes * ty.dtype.bitwidth // 8)


def load(builder, ty, base, row):
    """Emit the load of a row of a bank."""
    return builder.load(row_pointer(builder, ty, base, row), align=alignment(ty))


def store(builder, ty, base, row, value):
    """Emit the store of a row of a bank."""
    builder.store(value, row_pointer(builder, ty, base, row), align=alignment(ty))
