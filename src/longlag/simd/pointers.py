"""Plain views of numbers, for the small compiled functions of tasks.

A NumPy array passed to a compiled function costs an atomic reference count at every call, several
times what a task does per step. `numbers(array, lane)` is a bare pointer, a stride and a length
instead: it offers ``x[i]``, ``x[i] = value`` and ``len(x)``, and it must not outlive the array.
What is read is float64, whatever the array holds.
"""

import operator

from numba import types
from numba.core import cgutils
from numba.extending import models, overload, register_model

from longlag.simd.vectors import intrinsic


class Numbers(types.Type):
    """Consecutive rows of a column of a C-contiguous (n, lanes) array."""

    def __init__(self, dtype):
        self.dtype = dtype
        super().__init__(name=f"Numbers({dtype})")


@register_model(Numbers)
class _NumbersModel(models.StructModel):
    def __init__(self, manager, ty):
        members = [
            ("data", types.CPointer(ty.dtype)),
            ("stride", types.intp),
            ("size", types.intp),
        ]
        super().__init__(manager, ty, members)


@intrinsic
def numbers(typing, array, lane):
    """Column `lane` of a C-contiguous (n, lanes) array of float32 or float64."""
    if array.dtype not in types.real_domain or array.layout != "C" or array.ndim != 2:
        return None
    ty = Numbers(array.dtype)

    def generate(context, builder, signature, args):
        source = context.make_array(signature.args[0])(context, builder, args[0])
        view = cgutils.create_struct_proxy(ty)(context, builder)
        view.data = builder.gep(source.data, [args[1]])
        view.stride = builder.extract_value(source.shape, 1)
        view.size = builder.extract_value(source.shape, 0)
        return view._getvalue()

    return ty(array, types.intp), generate


@intrinsic
def part(typing, view, first, count):
    """`count` of the numbers of a view, from the one at `first` on."""

    def generate(context, builder, signature, args):
        whole = cgutils.create_struct_proxy(view)(context, builder, value=args[0])
        whole.data = _address(context, builder, view, args[0], args[1])
        whole.size = args[2]
        return whole._getvalue()

    return view(view, types.intp, types.intp), generate


def _address(context, builder, ty, view, index):
    proxy = cgutils.create_struct_proxy(ty)(context, builder, value=view)
    return builder.gep(proxy.data, [builder.mul(index, proxy.stride)])


@intrinsic
def _get(typing, view, index):
    def generate(context, builder, signature, args):
        number = builder.load(_address(context, builder, view, *args))
        return context.cast(builder, number, view.dtype, types.float64)

    return types.float64(view, types.intp), generate


@intrinsic
def _set(typing, view, index, value):
    def generate(context, builder, signature, args):
        number = context.cast(builder, args[2], types.float64, view.dtype)
        builder.store(number, _address(context, builder, view, args[0], args[1]))
        return context.get_dummy_value()

    return types.void(view, types.intp, types.float64), generate


@intrinsic
def _size(typing, view):
    def generate(context, builder, signature, args):
        return cgutils.create_struct_proxy(view)(context, builder, value=args[0]).size

    return types.intp(view), generate


@overload(operator.getitem)
def _getitem(view, index):
    if isinstance(view, Numbers):
        return lambda view, index: _get(view, index)


@overload(operator.setitem)
def _setitem(view, index, value):
    if isinstance(view, Numbers):
        return lambda view, index, value: _set(view, index, value)


@overload(len)
def _len(view):
    if isinstance(view, Numbers):
        return lambda view: _size(view)
