"""Random streams that compiled code and NumPy both produce, bit for bit.

A stream is NumPy's SFC64 (Doty-Humphrey's Small Fast Chaotic generator), seeded through
`numpy.random.SeedSequence((seed, trial, purpose))`. A task's compiled functions receive a stream
and draw from it with `uniform`, `below` and `normal`; `numpy_stream` gives the same words to NumPy.
"""

import math
from enum import IntEnum

import numpy as np
from llvmlite import ir
from numba import njit, types, uint64
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model


class Purpose(IntEnum):
    """What a trial draws random numbers for; each purpose has a stream of its own."""

    WEIGHTS = 0
    TRAINING = 1
    TESTING = 2


def numpy_stream(seed: int, trial: int, purpose: Purpose) -> np.random.Generator:
    """The trial's stream as a NumPy generator: `.random()` gives what `uniform` gives."""
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence((seed, trial, purpose))))


def stream_state(seed: int, trial: int, purpose: Purpose) -> np.ndarray:
    """The trial's stream as compiled code keeps it: four words of 64 bits."""
    return numpy_stream(seed, trial, purpose).bit_generator.state["state"]["state"].copy()


class Stream(types.Type):
    """A stream opened by a kernel: its four words live in registers until it is closed."""

    def __init__(self):
        super().__init__(name="Stream")


STREAM = Stream()


@register_model(Stream)
class _StreamModel(models.PrimitiveModel):
    def __init__(self, manager, ty):
        super().__init__(manager, ty, ir.PointerType(ir.IntType(64)))


def _word(builder, stream, index):
    return builder.gep(stream, [ir.Constant(ir.IntType(64), index)])


@intrinsic
def open_stream(typing, states, lane):
    """A stream that continues from row `lane` of a (lanes, 4) array of words."""

    def generate(context, builder, signature, args):
        word = ir.IntType(64)
        stream = cgutils.alloca_once(builder, word, size=ir.Constant(ir.IntType(32), 4))
        data = context.make_array(signature.args[0])(context, builder, args[0]).data
        first = builder.mul(args[1], word(4))
        for i in range(4):
            value = builder.load(builder.gep(data, [builder.add(first, word(i))]))
            builder.store(value, _word(builder, stream, i))
        return stream

    return STREAM(states, types.intp), generate


@intrinsic
def close_stream(typing, stream, states, lane):
    """Write the stream's words back to where it was opened."""

    def generate(context, builder, signature, args):
        word = ir.IntType(64)
        data = context.make_array(signature.args[1])(context, builder, args[1]).data
        first = builder.mul(args[2], word(4))
        for i in range(4):
            value = builder.load(_word(builder, args[0], i))
            builder.store(value, builder.gep(data, [builder.add(first, word(i))]))
        return context.get_dummy_value()

    return types.void(stream, states, types.intp), generate


@intrinsic
def _get_word(typing, stream, index):
    def generate(context, builder, signature, args):
        return builder.load(builder.gep(args[0], [args[1]]))

    return types.uint64(stream, types.intp), generate


@intrinsic
def _set_word(typing, stream, index, value):
    def generate(context, builder, signature, args):
        builder.store(args[2], builder.gep(args[0], [args[1]]))
        return context.get_dummy_value()

    return types.void(stream, types.intp, types.uint64), generate


@njit(forceinline=True)
def next_word(stream):
    """The next 64 random bits (SFC64)."""
    a, b = _get_word(stream, 0), _get_word(stream, 1)
    c, counter = _get_word(stream, 2), _get_word(stream, 3)
    word = a + b + counter
    _set_word(stream, 0, b ^ (b >> uint64(11)))
    _set_word(stream, 1, c + (c << uint64(3)))
    _set_word(stream, 2, ((c << uint64(24)) | (c >> uint64(40))) + word)
    _set_word(stream, 3, counter + uint64(1))
    return word


@njit(forceinline=True)
def uniform(stream):
    """A number in [0, 1): a multiple of 2**-53, as NumPy's `Generator.random` draws it."""
    return (next_word(stream) >> uint64(11)) * (1.0 / 9007199254740992.0)


@njit(forceinline=True)
def below(stream, n):
    """A whole number in [0, n), from one `uniform` draw."""
    return int(uniform(stream) * n)


@njit(forceinline=True)
def normal(stream):
    """A Gaussian number of mean 0 and variance 1, from two `uniform` draws (Box and Muller 1958)."""
    radius = math.sqrt(-2.0 * math.log(1.0 - uniform(stream)))
    return radius * math.cos(2.0 * math.pi * uniform(stream))
