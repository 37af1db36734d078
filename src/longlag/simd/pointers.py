"""Plain views of numbers, for the small compiled functions of tasks.

A NumPy array passed to a compiled function costs an atomic reference count at every call, which
takes several times as long as a step of a task. `numbers(array, lane)` is only a pointer, a stride
and a length. It offers ``x[i]``, ``x[i] = value`` and ``len(x)``, and must not outlive the array.
Reading gives float64, whatever the type of the array.
"""

import operator

import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import models, register_model

from longlag.simd.words import compiles


class Numbers:
    """A view of a one-dimensional array in Python, where an index must exist."""

    def __init__(self, array: np.ndarray):
        self._array = array

    def __len__(self) -> int:
        return len(self._array)

    def __getitem__(self, index: int) -> float:
        return self._array.item(self._place(index))

    def __setitem__(self, index: int, value: float) -> None:
        self._array[self._place(index)] = value

    def part(self, first: int, count: int) -> "Numbers":
        """See `longlag.simd.pointers.part`."""
        return Numbers(self._array[first : first + count])

    def _place(self, index: int) -> int:
        if not 0 <= index < len(self._array):
            raise IndexError(f"number {index} of {len(self._array)} in a view")
        return int(index)

    def __repr__(self) -> str:
        return f"Numbers({self._array!r})"


class NumbersType(types.Type):
    """The type of consecutive rows of one column of a C-contiguous (n, lanes) array."""

    def __init__(self, dtype):
        self.dtype = dtype
        super().__init__(name=f"Numbers({dtype})")


@register_model(NumbersType)
class _NumbersModel(models.StructModel):
    def __init__(self, manager, ty):
        members = [
            ("data", types.CPointer(ty.dtype)),
            ("stride", types.intp),
            ("size", types.intp),
        ]
        super().__init__(manager, ty, members)


def numbers(array, lane) -> Numbers:
    """Column `lane` of a C-contiguous (n, lanes) array of float32 or float64."""
    return Numbers(array[:, lane])


@compiles(numbers)
def _numbers(typing, array, lane):
    if array.dtype not in types.real_domain or array.layout != "C" or array.ndim != 2:
        return None
    ty = NumbersType(array.dtype)

    def generate(context, builder, signature, args):
        source = context.make_array(signature.args[0])(context, builder, args[0])
        view = cgutils.create_struct_proxy(ty)(context, builder)
        view.data = builder.gep(source.data, [args[1]])
        view.stride = builder.extract_value(source.shape, 1)
        view.size = builder.extract_value(source.shape, 0)
        return view._getvalue()

    return ty(array, types.intp), generate


def part(view, first, count) -> Numbers:
    """`count` numbers of a view, from index `first` on."""
    return view.part(first, count)


@compiles(part)
def _part(typing, view, first, count):
    def generate(context, builder, signature, args):
        whole = cgutils.create_struct_proxy(view)(context, builder, value=args[0])
        whole.data = _address(context, builder, view, args[0], args[1])
        whole.size = args[2]
        return whole._getvalue()

    return view(view, types.intp, types.intp), generate


def _address(context, builder, ty, view, index):
    proxy = cgutils.create_struct_proxy(ty)(context, builder, value=view)
    return builder.gep(proxy.data, [builder.mul(index, proxy.stride)])


@compiles(operator.getitem)
def _get(typing, view, index):
    if not isinstance(view, NumbersType):
        return None

    def generate(context, builder, signature, args):
        number = builder.load(_address(context, builder, view, *args))
        return context.cast(builder, number, view.dtype, types.float64)

    return types.float64(view, types.intp), generate


@compiles(operator.setitem)
def _set(typing, view, index, value):
    if not isinstance(view, NumbersType):
        return None

    def generate(context, builder, signature, args):
        number = context.cast(builder, args[2], types.float64, view.dtype)
        builder.store(number, _address(context, builder, view, args[0], args[1]))
        return context.get_dummy_value()

    return types.void(view, types.intp, types.float64), generate


@compiles(len)
def _len(typing, view):
    if not isinstance(view, NumbersType):
        return None

    def generate(context, builder, signature, args):
        return cgutils.create_struct_proxy(view)(context, builder, value=args[0]).size

    return types.intp(view), generate
