"""Random streams that compiled code and NumPy both produce, bit for bit.

A stream is NumPy's SFC64 (Doty-Humphrey's Small Fast Chaotic generator), seeded through
`numpy.random.SeedSequence((seed, trial, purpose))`; see `numpy_stream` for seeds from 2**32 on. The
compiled functions of a task receive a stream and draw with `uniform`, `below` and `normal`;
`numpy_stream` gives NumPy the same words.
"""

from enum import IntEnum

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import models, register_model

from longlag.compiled.compiling import uncounted
from longlag.simd.gaussian import gaussian
from longlag.simd.llvm import VecType, call, widen
from longlag.simd.vectors import floor, only_lane
from longlag.simd.words import Number, chooses, compiles, intrinsic, phrase


class Purpose(IntEnum):
    """The purposes for which a trial draws random numbers; each purpose has its own stream."""

    WEIGHTS = 0
    TRAINING = 1
    TESTING = 2
    EXAM = 3  #: deciding whether a trial is solved
    SETS = 4  #: drawing sets of sequences: those of a task, or the training set of a batch learner


def numpy_stream(seed: int, trial: int, purpose: Purpose) -> np.random.Generator:
    """The trial's stream as a NumPy generator: `.random()` gives the numbers of `uniform`."""
    # NumPy cuts numbers into words of 32 bits and puts 0s behind them, so that 2**32 + 5, 1, 0 and
    # 5, 1, 1 are the same to it. A spawn key comes behind the 0s: it says which numbers are longer.
    long = seed >> 32 > 0, trial >> 32 > 0
    words = np.random.SeedSequence((seed, trial, purpose), spawn_key=long if any(long) else ())
    return np.random.Generator(np.random.SFC64(words))


def stream_state(seed: int, trial: int, purpose: Purpose) -> np.ndarray:
    """The trial's stream for compiled code: four words of 64 bits."""
    return numpy_stream(seed, trial, purpose).bit_generator.state["state"]["state"].copy()


class LaneStreams:
    """The streams of all lanes in Python; each draw advances the words, of shape (4, lanes)."""

    def __init__(self, words: np.ndarray):
        self.words = words

    def draw(self) -> np.ndarray:
        """The next 64 random bits of every lane (SFC64)."""
        a, b, c, counter = self.words.copy()
        drawn = a + b + counter
        self.words[0] = b ^ b >> 11
        self.words[1] = c + (c << 3)
        self.words[2] = (c << 24 | c >> 40) + drawn
        self.words[3] = counter + 1
        return drawn

    def uniform(self) -> np.ndarray:
        """The next number in [0, 1) of every lane."""
        return (self.draw() >> 11) * 2.0**-53


class Stream(LaneStreams):
    """One lane's stream in Python."""


class StreamType(types.Type):
    """One lane's stream, opened by a kernel; its words stay in registers until it is closed."""

    def __init__(self):
        super().__init__(name="Stream")


class LaneStreamsType(types.Type):
    """The streams of all lanes, for draws in all lanes at once."""

    def __init__(self, lanes):
        self.lanes = lanes
        super().__init__(name=f"LaneStreams({lanes})")


STREAM = StreamType()
_WORD = ir.IntType(64)


@register_model(StreamType)
@register_model(LaneStreamsType)
class _PointerModel(models.PrimitiveModel):
    def __init__(self, manager, ty):
        super().__init__(manager, ty, ir.PointerType(_WORD))


def _lane_words(context, builder, ty, states, lane):
    """Addresses of the four words of a lane in a C-contiguous (4, lanes) array."""
    array = context.make_array(ty)(context, builder, states)
    lanes = builder.extract_value(array.shape, 1)
    for i in range(4):
        yield builder.gep(array.data, [builder.add(builder.mul(_WORD(i), lanes), lane)])


def open_stream(states, lane) -> Stream:
    """The stream that continues from column `lane` of a (4, lanes) array of words."""
    return Stream(states[:, lane : lane + 1].copy())


@compiles(open_stream)
def _open_stream(typing, states, lane):
    def generate(context, builder, signature, args):
        stream = cgutils.alloca_once(builder, _WORD, size=ir.Constant(ir.IntType(32), 4))
        for i, at in enumerate(_lane_words(context, builder, signature.args[0], *args)):
            builder.store(builder.load(at), builder.gep(stream, [_WORD(i)]))
        return stream

    return STREAM(states, types.intp), generate


def close_stream(stream, states, lane) -> None:
    """Write the stream's words back to column `lane`."""
    states[:, lane] = stream.words[:, 0]


@compiles(close_stream)
def _close_stream(typing, stream, states, lane):
    def generate(context, builder, signature, args):
        stream_, states_, lane_ = args
        for i, at in enumerate(_lane_words(context, builder, signature.args[1], states_, lane_)):
            builder.store(builder.load(builder.gep(stream_, [_WORD(i)])), at)
        return context.get_dummy_value()

    return types.void(stream, states, types.intp), generate


def lane_streams(states, lanes) -> LaneStreams:
    """The streams of a C-contiguous (4, lanes) array of words, one per column."""
    return LaneStreams(states)


@compiles(lane_streams, prefer_literal=True)
def _lane_streams(typing, states, lanes):
    ty = LaneStreamsType(lanes.literal_value)

    def generate(context, builder, signature, args):
        return context.make_array(signature.args[0])(context, builder, args[0]).data

    return ty(states, lanes), generate


def _emit_draw(builder, stream, lanes):
    """Emit the next 64 random bits of a stream, or of every lane's stream as a vector."""
    word = ir.VectorType(_WORD, lanes) if lanes else _WORD
    base = builder.bitcast(stream, ir.PointerType(word))
    at = [builder.gep(base, [_WORD(i)]) for i in range(4)]
    # A row of a (4, lanes) array is aligned only like a single word.
    a, b, c, counter = (builder.load(pointer, align=8) for pointer in at)
    drawn = builder.add(builder.add(a, b), counter)
    turned = builder.or_(builder.shl(c, _each(word, 24)), builder.lshr(c, _each(word, 40)))
    for pointer, value in zip(
        at,
        (
            builder.xor(b, builder.lshr(b, _each(word, 11))),
            builder.add(c, builder.shl(c, _each(word, 3))),
            builder.add(turned, drawn),
            builder.add(counter, _each(word, 1)),
        ),
        strict=True,
    ):
        builder.store(value, pointer, align=8)
    return drawn


def _emit_uniform(builder, stream, lanes):
    """Emit a float64 in [0, 1) from the highest 53 of the next 64 random bits."""
    drawn = _emit_draw(builder, stream, lanes)
    unit = ir.VectorType(ir.DoubleType(), lanes) if lanes else ir.DoubleType()
    whole = builder.uitofp(builder.lshr(drawn, _each(drawn.type, 11)), unit)
    return builder.fmul(whole, _each(unit, 2.0**-53))


def _each(ty, number):
    """The number as a constant of a scalar type, or for every lane of a vector type."""
    if isinstance(ty, ir.VectorType):
        return ir.Constant(ty, [ty.element(number)] * ty.count)
    return ty(number)


def next_word(stream) -> int:
    """The next 64 random bits of one lane's stream (SFC64)."""
    return stream.draw().item()


@compiles(next_word)
def _next_word(typing, stream):
    def generate(context, builder, signature, args):
        return _emit_draw(builder, args[0], None)

    return (types.uint64(stream), generate) if isinstance(stream, StreamType) else None


@uncounted
def reseed_stream(states, lane):
    """Replace column `lane` of a (4, lanes) array by a stream seeded with its next three words.

    The seeding is NumPy's: the three words and a counter of 1, then twelve draws are dropped.
    """
    stream = open_stream(states, lane)
    words = next_word(stream), next_word(stream), next_word(stream)
    for i in range(3):
        states[i, lane] = words[i]
    states[3, lane] = 1
    stream = open_stream(states, lane)
    for _ in range(12):
        next_word(stream)
    close_stream(stream, states, lane)


def uniform(stream) -> Number:
    """A number in [0, 1): a multiple of 2**-53, as NumPy's `Generator.random` draws it."""
    drawn = stream.uniform()
    return drawn.item() if isinstance(stream, Stream) else drawn


@compiles(uniform)
def _uniform(typing, stream):
    drawn = _drawn(stream)

    def generate(context, builder, signature, args):
        return _emit_uniform(builder, args[0], getattr(drawn, "lanes", None))

    return (drawn(stream), generate) if drawn else None


def _drawn(stream):
    """The type of what is drawn from a stream or from all lanes' streams; None for other types."""
    if isinstance(stream, LaneStreamsType):
        return VecType(types.float64, stream.lanes)
    return types.float64 if isinstance(stream, StreamType) else None


def below(stream, n) -> Number:
    """A whole number in [0, n), from one `uniform` draw."""
    drawn = uniform(stream) * n
    return int(drawn) if isinstance(stream, Stream) else floor(drawn)


@compiles(below)
def _below(typing, stream, n):
    drawn = _drawn(stream)
    if not drawn or not isinstance(n, types.Number | VecType):
        return None
    lanes = getattr(drawn, "lanes", None)

    def generate(context, builder, signature, args):
        if lanes:
            n = widen(context, builder, drawn, signature.args[1], args[1])
        else:
            n = context.cast(builder, args[1], signature.args[1], types.float64)
        scaled = builder.fmul(_emit_uniform(builder, args[0], lanes), n)
        return call(builder, "floor", [scaled]) if lanes else builder.fptosi(scaled, _WORD)

    return (drawn if lanes else types.int64)(stream, n), generate


def normal(stream) -> Number:
    """A Gaussian number, mean 0, variance 1, from two `uniform` draws: see `gaussian`."""
    drawn = gaussian(stream.uniform(), stream.uniform())
    return drawn.item() if isinstance(stream, Stream) else drawn


@phrase
def _normal_in_lanes(stream):
    return gaussian(uniform(stream), uniform(stream))


@phrase
def _normal(stream):
    return only_lane(_normal_in_lanes(_as_lanes(stream)))


@chooses(normal)
def _choose_normal(stream):
    return {LaneStreamsType: _normal_in_lanes, StreamType: _normal}.get(type(stream))


@intrinsic
def _as_lanes(typing, stream):
    """A stream as the streams of one lane, because its words already form a (4, 1) array."""

    def generate(context, builder, signature, args):
        return args[0]

    return LaneStreamsType(1)(stream), generate
