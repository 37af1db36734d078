"""Denormal numbers, replaced by zero.

Numbers that decay, such as stored partials under a forget gate or the moments of a weight whose
gradient is zero, become denormal (float32: below 1.2e-38). Arithmetic on a denormal number takes a
hundred cycles or more. `flushed` replaces a number before it becomes denormal. `flush_denormals`
makes the processor treat denormal numbers as zero, and `restore_denormals` restores the caller's
setting. The setting belongs to the thread and is made again in every call, so bits do not depend on
other code of the thread. On processors other than x86-64 and ARM64, and in Python, both do nothing.
"""

from llvmlite import ir
from llvmlite.binding import get_process_triple
from numba import types
from numba.core import cgutils

from longlag.simd.llvm import I32, I64
from longlag.simd.vectors import select
from longlag.simd.words import compiles, phrase

LEAST = 1e-30  #: smaller numbers are too small to change any weight

# x86: flush results and operands (FTZ, DAZ), no exceptions, round to nearest. ARM: FZ alone.
_MXCSR, _FPCR = 0x9FC0, 1 << 24

_PROCESSOR = get_process_triple().split("-")[0]


@phrase
def flushed(x):
    """x, with 0 in place of numbers smaller than `LEAST` in absolute value."""
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
    """Treat denormal numbers as zero from here on; returns the previous setting."""
    return 0


@compiles(flush_denormals)
def _flush_denormals(typing):
    def generate(context, builder, signature, args):
        before = _read(builder)
        _write(builder, I64(_MXCSR if _PROCESSOR == "x86_64" else _FPCR))
        return before

    return types.int64(), generate


def restore_denormals(before) -> None:
    """Restore the setting that `flush_denormals` returned."""


@compiles(restore_denormals)
def _restore_denormals(typing, before):
    def generate(context, builder, signature, args):
        _write(builder, args[0])
        return context.get_dummy_value()

    return types.void(types.int64), generate
