"""Plain views of float64 numbers, for the small compiled functions of tasks.

A NumPy array passed to a compiled function costs an atomic reference count at every call, several
times what a task does per step. `numbers(array, lane)` is a bare pointer, a stride and a length
instead: it offers ``x[i]``, ``x[i] = value`` and ``len(x)``, and it must not outlive the array.
"""

import operator

from numba import types
from numba.core import cgutils
from numba.extending import models, overload, register_model

from longlag.kernels.simd import intrinsic


class Numbers(types.Type):
    """A column of a C-contiguous (n, lanes) array of float64."""

    def __init__(self):
        super().__init__(name="Numbers")


NUMBERS = Numbers()


@register_model(Numbers)
class _NumbersModel(models.StructModel):
    def __init__(self, manager, ty):
        members = [
            ("data", types.CPointer(types.float64)),
            ("stride", types.intp),
            ("size", types.intp),
        ]
        super().__init__(manager, ty, members)


@intrinsic
def numbers(typing, array, lane):
    """Column `lane` of a C-contiguous (n, lanes) array of float64."""
    if array.dtype != types.float64 or array.layout != "C" or array.ndim != 2:
        return None

    def generate(context, builder, signature, args):
        source = context.make_array(signature.args[0])(context, builder, args[0])
        view = cgutils.create_struct_proxy(NUMBERS)(context, builder)
        view.data = builder.gep(source.data, [args[1]])
        view.stride = builder.extract_value(source.shape, 1)
        view.size = builder.extract_value(source.shape, 0)
        return view._getvalue()

    return NUMBERS(array, types.intp), generate


def _address(context, builder, view, index):
    proxy = cgutils.create_struct_proxy(NUMBERS)(context, builder, value=view)
    return builder.gep(proxy.data, [builder.mul(index, proxy.stride)])


@intrinsic
def _get(typing, view, index):
    def generate(context, builder, signature, args):
        return builder.load(_address(context, builder, *args))

    return types.float64(NUMBERS, types.intp), generate


@intrinsic
def _set(typing, view, index, value):
    def generate(context, builder, signature, args):
        builder.store(args[2], _address(context, builder, args[0], args[1]))
        return context.get_dummy_value()

    return types.void(NUMBERS, types.intp, types.float64), generate


@intrinsic
def _size(typing, view):
    def generate(context, builder, signature, args):
        return cgutils.create_struct_proxy(NUMBERS)(context, builder, value=args[0]).size

    return types.intp(NUMBERS), generate


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
