"""Object code that stands alone: one name is visible in it, and nothing else can be reached.

Numba links every compiled function by its name: the qualified name, the types of the arguments and
a number that is counted within a process. Names of functions made at run time, with other captured
values, are therefore equal in object code that different processes leave on disk, and a linker that
sees two functions of one name takes the first for both. Numba's issue 10486 is about that.

So nothing that Numba named reaches a linker here. The optimised module of a function is taken as
text; every function and variable in it becomes internal and loses its name, and one new function
with a name made of a digest calls the entry. The object code that comes of it is a function of the
module alone, and each object is linked by an engine of its own. This does not depend on how Numba
chooses names: a name that is not visible cannot collide.
"""

import struct
from collections.abc import Callable
from ctypes import CFUNCTYPE, c_int32, c_uint64, c_void_p
from typing import Any, NamedTuple

import llvmlite.binding as llvm
from numba import config as _settings

config: Any = _settings  # its names are made at run time


class NotIsolated(Exception):
    """A module is not as expected, so its function cannot stand alone."""


class ObjectCode(NamedTuple):
    """What is kept of a function."""

    digest: str  #: 32 hex digits: of all that the function was made of
    needs: tuple[str, ...]  #: functions of the C library that it calls
    code: bytes  #: object code of this machine


class Loaded(NamedTuple):
    """Object code that is ready to run."""

    call: Callable[[int], int]  #: call(address of the table) -> status, 0 for success
    engine: llvm.ExecutionEngine  #: owns the code


def isolate(module_text: str, digest: str) -> ObjectCode:
    """Compile the only visible function of a module, int(result, exception, table), to stand alone.

    `module_text` is LLVM's assembly, optimised. Raises `NotIsolated` where there is not exactly one
    visible function of three arguments, and where a variable of the module lies elsewhere.
    """
    module = llvm.parse_assembly(module_text)
    visible = [
        function
        for function in module.functions
        if not function.is_declaration and function.linkage == llvm.Linkage.external
    ]
    if len(visible) != 1 or len(list(visible[0].arguments)) != 3:
        raise NotIsolated(f"{len(visible)} visible functions")
    # Numba fills variables from outside when it links: where a function calls itself with other
    # types, for one.
    outside = [variable.name for variable in module.global_variables if variable.is_declaration]
    if outside:
        raise NotIsolated(f"needs the variables {', '.join(outside)}")
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
    """Make all that is defined internal, under names that count from 0 in the order of the text."""
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
    """Link object code by itself, and ask it for its digest.

    Raises `NotIsolated` where the code is another function's, or needs what is not there.
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
    """Triple, name and features of the processor that code is compiled for, as Numba has them."""
    name = config.CPU_NAME or llvm.get_host_cpu_name()
    features = config.CPU_FEATURES
    if features is None:
        known = llvm.get_host_cpu_features()
        if not config.ENABLE_AVX:
            known.update({feature: False for feature in known if feature.startswith("avx")})
        features = known.flatten()
    return llvm.get_process_triple(), name, features


def _machine() -> llvm.TargetMachine:
    """A target machine with the settings of Numba's own, so that the code is the same.

    An engine owns the one that it is given.
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
