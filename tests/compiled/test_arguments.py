"""What a compiled function reads of its arguments is what it was given, and nothing else is taken.

A driver compiles once for each form of arguments, so the examples of a test share one driver.
"""

import math
import struct
from enum import IntEnum
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import typeof

from longlag.compiled.arguments import form
from longlag.compiled.driver import Driver

#: Without gaps, so that records are equal where all their bytes are.
RECORD = np.dtype([("phase", "i8"), ("inner", [("pair", "f4", (2,)), ("flags", "u1", (8,))])])
DTYPES = ("?", "u2", "f4", "f8", RECORD)
ORDERS = ("C", "F", "gaps", "backwards", "repeated")


@st.composite
def arrays(draw):
    """Arrays of several types, shapes and strides, writable or not."""
    dtype = np.dtype(draw(st.sampled_from(DTYPES)))
    shape = draw(st.lists(st.integers(0, 3), max_size=3))
    order = draw(st.sampled_from(ORDERS))
    count = math.prod(shape) * 2 ** len(shape)
    bytes_ = np.random.default_rng(draw(st.integers(0, 99))).bytes(count * dtype.itemsize)
    if dtype.kind == "b":  # a truth value is a byte of 0 or 1
        bytes_ = bytes(each % 2 for each in bytes_)
    wide = np.frombuffer(bytes_, dtype).reshape([2 * n for n in shape])
    if order == "repeated":
        return np.broadcast_to(wide[(..., *(slice(1) for _ in shape))], shape)
    step = {"gaps": 2, "backwards": -2}.get(order)
    cut = ..., *(slice(None, None, step) if step else slice(n) for n in shape)
    x = np.array(wide)[cut] if step else np.array(wide[cut], order=order)
    x.flags.writeable = draw(st.booleans())
    return x


def _copy(x, out):
    for i in np.ndindex(x.shape):
        out[i] = x[i]
    return x.size


copy = Driver(_copy, None)


@settings(max_examples=60)
@given(arrays())
def test_arrays(x):
    out = np.zeros(x.shape, x.dtype)
    assert copy(x, out) == x.size
    assert out.tobytes() == x.tobytes()


@settings(max_examples=150)
@given(arrays(), arrays())
def test_arrays_of_one_form_have_one_type(x, y):
    """Else an array would run in what was compiled for another kind."""
    assert form(x) != form(y) or typeof(x) == typeof(y)


def test_arrays_that_fill_their_memory_in_another_order():
    """Both have two dimensions and are not in C's order; only one has gaps."""
    whole = np.asfortranarray(np.arange(12.0).reshape(3, 4))
    gaps = np.arange(48.0).reshape(6, 8)[::2, ::2]
    for x in (whole, gaps, whole):
        out = np.zeros(x.shape)
        copy(x, out)
        assert (out == x).all()


def test_records_that_differ_in_their_alignment_alone():
    aligned = np.zeros(1, np.dtype([("number", "f8")], align=True))
    packed = np.zeros(1, np.dtype([("number", "f8")], align=False))
    assert typeof(aligned) != typeof(packed)
    assert form(aligned) != form(packed)


class Inner(NamedTuple):
    x: np.ndarray
    number: float


class Outer(NamedTuple):
    inner: Inner
    pair: tuple
    flag: bool


def _read_nested(outer, whole, out):
    out[0], out[1], out[2] = outer.inner.x[1, 0], outer.inner.number, outer.pair[0]
    out[3], out[4], out[5] = outer.pair[1][1], outer.flag, whole
    return len(outer.pair[1])


read_nested = Driver(_read_nested, None)
ANY_FLOAT = st.floats(width=64)


@settings(max_examples=50)
@given(ANY_FLOAT, ANY_FLOAT, ANY_FLOAT, st.booleans(), st.integers(-(2**53), 2**53))
def test_nested_tuples(first, second, third, flag, whole):
    x = np.array([[0.0, 0.0, 0.0], [first, 0.0, 0.0]])
    outer = Outer(Inner(x, second), (third, np.arange(3.0)), flag)
    out = np.zeros(6)
    assert read_nested(outer, whole, out) == 3
    assert out.tobytes() == struct.pack("=6d", first, second, third, 1.0, flag, whole)


def _store(number, out):
    out[0] = number


store = Driver(_store, None)
WHOLE = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 64)]


@st.composite
def numbers(draw):
    """A number of any type that a driver takes, and that type for NumPy."""
    kind = draw(st.sampled_from(["bool", "bool_", "int", "float", "float32", "float64", *WHOLE]))
    if kind in ("bool", "bool_"):
        value = draw(st.booleans())
        return value if kind == "bool" else np.bool_(value), bool
    if kind == "int":
        return draw(st.integers(-(2**63), 2**63 - 1)), np.int64
    if kind == "float":
        return draw(ANY_FLOAT), np.float64
    dtype = np.dtype(kind)
    if dtype.kind == "f":
        return dtype.type(draw(st.floats(width=8 * dtype.itemsize))), dtype
    limits = np.iinfo(dtype)
    return dtype.type(draw(st.integers(int(limits.min), int(limits.max)))), dtype


@settings(max_examples=150)
@given(numbers())
def test_numbers(drawn):
    number, dtype = drawn
    out = np.zeros(1, dtype)
    store(number, out)
    same = out.tobytes() == np.array([number], dtype).tobytes()
    # A conversion between the two precisions may set a bit of a NaN.
    assert same or (number != number and np.isnan(out[0]))


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan, -0.0])
@pytest.mark.parametrize("kind", [float, np.float32, np.float64])
def test_special_numbers(number, kind):
    out = np.zeros(1, np.dtype(kind))
    store(kind(number), out)
    assert out.tobytes() == np.array([number], out.dtype).tobytes()


class Colour(IntEnum):
    RED = 1


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize(
    "argument",
    [
        *("abc", b"abc", None, [1], {1: 2}, {1}, range(3), print, int, 1j, Colour.RED, slice(1)),
        *(2**63, -(2**63) - 1, np.float16(1.5), np.longdouble(1.5), np.complex64(1)),
        *(np.timedelta64(3, "s"), np.datetime64(3, "s"), np.str_("abc"), np.void(b"abc")),
        *(np.zeros(2, object), np.zeros(1, [("name", object)]), np.zeros(2, ">f8")),
        *(np.zeros(2, np.longdouble), np.ma.zeros(2)),
    ],
    ids=lambda argument: str(type(argument).__name__),
)
def test_nothing_else_is_taken(argument, nested):
    driver = Driver(_store, None)
    with pytest.raises(TypeError, match="a compiled function") as caught:
        driver((1.5, (argument,)) if nested else argument, np.zeros(1))
    assert len(str(caught.value).splitlines()) == 1


def test_a_number_beyond_64_bits_is_refused_where_others_were_taken():
    store(1, np.zeros(1))
    with pytest.raises(TypeError, match="whole numbers of 64 bits"):
        store(2**63, np.zeros(1))
