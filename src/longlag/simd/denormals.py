"""Denormal numbers, kept out of the way.

Numbers that fade away, such as stored partials under a forget gate or the moments of a weight whose
gradient is zero, end as denormal numbers (float32: below 1.2e-38), on which processors spend a
hundred cycles or more. `flushed` replaces one that is about to. `flush_denormals` makes the
processor take all of them as zero, and `restore_denormals` brings the caller's setting back; it is
one of the thread, made anew in every call, so that bits do not depend on what else runs there. On
processors other than x86-64 and ARM64, and in Python, nothing happens.
"""

from llvmlite import ir
from llvmlite.binding import get_process_triple
from numba import types
from numba.core import cgutils

from longlag.simd.llvm import I32, I64
from longlag.simd.vectors import select
from longlag.simd.words import compiles, phrase

LEAST = 1e-30  #: no weight can notice what is below this

# x86: results and operands (FTZ, DAZ); no exceptions, rounding to nearest. ARM: FZ alone.
_MXCSR, _FPCR = 0x9FC0, 1 << 24

_PROCESSOR = get_process_triple().split("-")[0]


@phrase
def flushed(x):
    """0 in place of numbers smaller than `LEAST` in size."""
    return select((x < LEAST) & (x > -LEAST), 0.0, x)


def _call(builder, name, result, *args):
    kind = ir.FunctionType(result, [arg.type for arg in args])
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, name), args)


def _read(builder):
    if _PROCESSOR == "x86_64":
        at = cgutils.alloca_once(builder, I32)
        pointer = builder.bitcast(at, ir.PointerType(ir.IntType(8)))
        _call(builder, "llvm.x86.sse.stmxcsr", ir.VoidType(), pointer)
        return builder.zext(builder.load(at), I64)
    if _PROCESSOR in ("aarch64", "arm64"):
        return _call(builder, "llvm.aarch64.get.fpcr", I64)
    return ir.Constant(I64, 0)


def _write(builder, value):
    if _PROCESSOR == "x86_64":
        at = cgutils.alloca_once(builder, I32)
        builder.store(builder.trunc(value, I32), at)
        pointer = builder.bitcast(at, ir.PointerType(ir.IntType(8)))
        _call(builder, "llvm.x86.sse.ldmxcsr", ir.VoidType(), pointer)
    elif _PROCESSOR in ("aarch64", "arm64"):
        _call(builder, "llvm.aarch64.set.fpcr", ir.VoidType(), value)


def flush_denormals() -> int:
    """Denormal numbers count as zero from here on; returns the setting before."""
    return 0


@compiles(flush_denormals)
def _flush_denormals(typing):
    def generate(context, builder, signature, args):
        before = _read(builder)
        _write(builder, I64(_MXCSR if _PROCESSOR == "x86_64" else _FPCR))
        return before

    return types.int64(), generate


def restore_denormals(before) -> None:
    """Set what `flush_denormals` returned."""


@compiles(restore_denormals)
def _restore_denormals(typing, before):
    def generate(context, builder, signature, args):
        _write(builder, args[0])
        return context.get_dummy_value()

    return types.void(types.int64), generate
