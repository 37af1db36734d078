"""The arguments of a self-contained compiled function, passed in a table of 64-bit words.

An array takes one word for its address and one for each length and stride. A number takes one word.
A tuple, named or not, takes the words of its items in order. Word 0 receives the result.
"""

import struct
from array import array
from collections.abc import Callable, Hashable, Iterator
from ctypes import addressof, c_char
from typing import Any

import numpy as np
from llvmlite import ir
from numba import typeof, types
from numba.core import cgutils
from numba.core.errors import NumbaError
from numba.extending import intrinsic, overload

_WORD = ir.IntType(64)

#: Exact types instead of `isinstance`, which also accepts enumerations and spans of time.
_WHOLE = {int, bool, *(np.dtype(code).type for code in "?bhilqBHILQ")}
_REAL = {float, np.float64, np.float32}


def table(arguments: tuple[object, ...]) -> array:
    """Word 0 and the words of the arguments.

    Raises `TypeError` for anything other than arrays, numbers and tuples of these.
    """
    try:
        return array("q", (0, *_words(arguments)))
    except OverflowError:
        raise TypeError("a compiled function takes whole numbers of 64 bits") from None


def _words(argument: Any) -> Iterator[int]:
    if isinstance(argument, tuple):
        for item in argument:
            yield from _words(item)
    elif isinstance(argument, np.ndarray) and not argument.dtype.hasobject:
        yield _address(argument)
        yield from argument.shape
        yield from argument.strides
    elif type(argument) in _REAL:
        yield struct.unpack("=q", struct.pack("=d", argument))[0]
    elif type(argument) in _WHOLE:
        number = int(argument)
        beyond = isinstance(argument, np.unsignedinteger) and number >= 2**63
        yield number - 2**64 if beyond else number
    else:
        raise TypeError(f"a compiled function takes arrays, numbers and tuples, got {argument!r}")


def _address(array: np.ndarray) -> int:
    try:
        memory: Any = array
        return addressof(c_char.from_buffer(memory))  # a quarter of the time of array.ctypes
    except (TypeError, ValueError):  # read-only, with gaps, or empty
        return array.ctypes.data


def form(argument: object) -> Hashable:
    """A key for an argument's Numba type, found in a hundredth of the time of `typeof`."""
    if isinstance(argument, tuple):
        return type(argument), tuple(map(form, argument))
    if isinstance(argument, np.ndarray):
        flags = argument.flags
        layout = flags.c_contiguous, flags.f_contiguous, flags.aligned, flags.writeable
        return type(argument), argument.dtype, argument.dtype.isalignedstruct, argument.ndim, layout
    return type(argument)


def signature(arguments: tuple[object, ...]) -> tuple[types.Type, ...]:
    """The Numba types of arguments. Raises `TypeError` for arguments without a Numba type."""
    try:
        return tuple(map(typeof, arguments))
    except (ValueError, NotImplementedError, NumbaError) as error:
        raise TypeError(f"a compiled function does not take an argument: {error}") from None


def unpacker(arguments: tuple[types.Type, ...]) -> Callable:
    """unpack(table) -> a tuple of arguments of these types, from the words after word 0."""
    whole: Any = types.Tuple(arguments)

    @intrinsic
    def unpack(typing, table):
        def generate(context, builder, signature, args):
            place = iter(range(1, _size(whole) + 1))

            def word():
                at = ir.Constant(_WORD, next(place))
                return builder.load(builder.gep(args[0], [at]))

            return _value(context, builder, whole, word)

        return whole(table), generate

    return unpack


def _is_tuple(ty: types.Type) -> bool:
    return isinstance(ty, types.BaseTuple)


def _size(ty: Any) -> int:
    """The number of words of an argument of this type."""
    if _is_tuple(ty):
        return sum(map(_size, ty.types))
    return 1 + 2 * ty.ndim if isinstance(ty, types.Array) else 1


def _value(context, builder, ty: Any, word):
    """Emit the value of type `ty` from the next words; word() emits the load of one word."""
    if _is_tuple(ty):
        items = [_value(context, builder, item, word) for item in ty.types]
        return context.make_tuple(builder, ty, items)
    if isinstance(ty, types.Array):
        return _array(context, builder, ty, word)
    if isinstance(ty, types.Float):
        return context.cast(builder, builder.bitcast(word(), ir.DoubleType()), types.float64, ty)
    return context.cast(builder, word(), types.int64, ty)


def _array(context, builder, ty, word):
    """Emit an array that borrows its memory, so that no reference is counted."""
    array = context.make_array(ty)(context, builder)
    array.data = builder.inttoptr(word(), array.data.type)
    shape = [word() for _ in range(ty.ndim)]
    strides = [word() for _ in range(ty.ndim)]
    items = ir.Constant(_WORD, 1)
    for length in shape:
        items = builder.mul(items, length)
    array.nitems = items
    array.itemsize = ir.Constant(_WORD, context.get_abi_sizeof(context.get_data_type(ty.dtype)))
    array.shape = cgutils.pack_array(builder, shape, _WORD)
    array.strides = cgutils.pack_array(builder, strides, _WORD)
    array.meminfo = cgutils.get_null_value(array.meminfo.type)
    array.parent = cgutils.get_null_value(array.parent.type)
    return array._getvalue()


def as_word(result) -> Any:
    """The word of a result: a whole number, a truth value, or 0 for no result."""


@overload(as_word)
def _as_word(result):
    if isinstance(result, types.Integer | types.Boolean):
        return lambda result: types.int64(result)
    if isinstance(result, types.NoneType):
        return lambda result: 0
    return None
