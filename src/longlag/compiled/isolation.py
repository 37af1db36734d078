"""Self-contained object code, with a single visible name.

Numba links every compiled function by its name: the qualified name, the types of the arguments and
a number that counts within a process. Functions made at run time with different captured values can
therefore have equal names in object code from different processes, and a linker that sees two
functions of one name takes the first for both (Numba's issue 10486).

Here no name from Numba reaches a linker. Every function and variable in the optimised module of a
function becomes internal and loses its name. One new function, named after a digest, calls the
entry. The resulting object code depends only on the module, and each object has its own linker.
This does not depend on how Numba chooses names, because an invisible name cannot collide.
"""

import struct
from collections.abc import Callable
from ctypes import CFUNCTYPE, c_int32, c_uint64, c_void_p
from typing import Any, NamedTuple

import llvmlite.binding as llvm
from numba import config as _settings

from longlag.errors import InputError

config: Any = _settings  # its names are made at run time


class NotIsolated(Exception):
    """A module is not as expected, so its function cannot be isolated."""


class ObjectCode(NamedTuple):
    """A function as it is kept on disk."""

    digest: str  #: 32 hex digits of everything that determines the code
    needs: tuple[str, ...]  #: the functions of the C library that it calls
    code: bytes  #: object code of this machine


class Loaded(NamedTuple):
    """Object code that is ready to run."""

    call: Callable[[int], int]  #: call(address of the table) -> status, 0 for success
    engine: llvm.ExecutionEngine  #: owns the code


def isolate(module_text: str, digest: str) -> ObjectCode:
    """Compile and isolate the only visible function of a module, int(result, exception, table).

    `module_text` is optimised LLVM assembly. Raises `NotIsolated` unless the module has exactly one
    visible function, of three arguments. Raises `InputError` if the module does not define all its
    variables.
    """
    module = llvm.parse_assembly(module_text)
    visible = [
        function
        for function in module.functions
        if not function.is_declaration and function.linkage == llvm.Linkage.external
    ]
    if len(visible) != 1 or len(list(visible[0].arguments)) != 3:
        raise NotIsolated(f"{len(visible)} visible functions")
    # Numba would fill such a variable with an address of the function when it loads that function.
    # Parts of a compiled function are never loaded.
    if any(variable.is_declaration for variable in module.global_variables):
        raise InputError(
            "a compiled function calls itself with arguments of other types than it was given: "
            "convert the arguments before the first call"
        )
    _hide(module)
    module.link_in(llvm.parse_assembly(_door(visible[0].name, module.triple, digest)), False)
    module.get_function(visible[0].name).linkage = llvm.Linkage.internal
    module.verify()
    needs = sorted(
        function.name
        for function in module.functions
        if function.is_declaration and not function.name.startswith("llvm.")
    )
    return ObjectCode(digest, tuple(needs), _machine().emit_object(module))


def _hide(module: llvm.ModuleRef) -> None:
    """Make all definitions internal, with names that count from 0 in the order of the text."""
    for i, function in enumerate(module.functions):
        if not function.is_declaration:
            function.name = f"f{i}"
            if function.linkage != llvm.Linkage.external:
                function.linkage = llvm.Linkage.internal
    for i, variable in enumerate(module.global_variables):
        if not variable.is_declaration:
            variable.name = f"v{i}"
            variable.linkage = llvm.Linkage.internal


def _door(entry: str, triple: str, digest: str) -> str:
    """A module with the two visible functions: the call of the entry, and the digest itself."""
    high, low = (int(half, 16) for half in (digest[:16], digest[16:]))
    return f"""
        target triple = "{triple}"
        declare i32 @{entry}(ptr, ptr, ptr)
        define i32 @{_name(digest)}(ptr %table) {{
            %result = alloca i64
            %exception = alloca ptr
            %status = call i32 @{entry}(ptr %result, ptr %exception, ptr %table)
            ret i32 %status
        }}
        define void @{_name(digest)}_digest(ptr %out) {{
            store i64 {_signed(high)}, ptr %out
            %second = getelementptr i64, ptr %out, i64 1
            store i64 {_signed(low)}, ptr %second
            ret void
        }}
        """


def _name(digest: str) -> str:
    return f"longlag_{digest}"


def _signed(word: int) -> int:
    return struct.unpack("=q", struct.pack("=Q", word))[0]


def load(kept: ObjectCode) -> Loaded:
    """Link object code separately, and check the digest in the code.

    Raises `NotIsolated` if the code is of another function, or needs functions that do not exist.
    """
    missing = [name for name in kept.needs if llvm.address_of_symbol(name) is None]
    if missing:
        raise NotIsolated(f"needs {', '.join(missing)}")
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), _machine())
    engine.add_object_file(llvm.ObjectFileRef.from_data(kept.code))
    engine.finalize_object()
    said = (c_uint64 * 2)()
    ask = engine.get_function_address(f"{_name(kept.digest)}_digest")
    entry = engine.get_function_address(_name(kept.digest))
    if not ask or not entry:
        raise NotIsolated("has no such function")
    CFUNCTYPE(None, c_void_p)(ask)(said)
    if f"{said[0]:016x}{said[1]:016x}" != kept.digest:
        raise NotIsolated("was made of something else")
    return Loaded(CFUNCTYPE(c_int32, c_void_p)(entry), engine)


def processor() -> tuple[str, str, str]:
    """Triple, name and features of the processor that Numba compiles for."""
    name = config.CPU_NAME or llvm.get_host_cpu_name()
    features = config.CPU_FEATURES
    if features is None:
        known = llvm.get_host_cpu_features()
        if not config.ENABLE_AVX:
            known.update({feature: False for feature in known if feature.startswith("avx")})
        features = known.flatten()
    return llvm.get_process_triple(), name, features


def _machine() -> llvm.TargetMachine:
    """A target machine with Numba's own settings, so that the code is the same.

    An engine takes ownership of its target machine, so each engine needs a new one.
    """
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    triple, name, features = processor()
    return llvm.Target.from_triple(triple).create_target_machine(
        cpu=name,
        features=features,
        opt=int(config.OPT),
        reloc="static" if triple.startswith(("x86", "i386", "i686")) else "default",
        codemodel="jitdefault",
        jit=True,
    )
