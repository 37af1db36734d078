"""Decorators for the parts of compiled functions."""

from collections.abc import Callable
from functools import partial
from typing import Any

from numba.core.compiler_lock import global_compiler_lock
from numba.core.registry import CPUDispatcher

from longlag.compiled.interpreting import INTERPRETING

#: Without the wrappers that Python would need to call it, a function compiles in less time.
NO_WRAPPERS: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}

#: Functions that allocate nothing need no reference counts for their array arguments. Counting is
#: atomic and would take as long as the work itself.
NO_REFERENCE_COUNTS: dict[str, Any] = {"_nrt": False}


class _Part(CPUDispatcher):
    """A function whose code becomes a part of its callers, and is never loaded by itself.

    Numba's own dispatcher emits and links object code for every function as soon as its types are
    known. For a function that only compiled code calls, this would be a third of the time to
    compile. Python runs the function as it is written, as under NUMBA_DISABLE_JIT=1.
    """

    def __init__(self, py_func: Callable, **options: Any):
        super().__init__(py_func, targetoptions={"nopython": True, **NO_WRAPPERS, **options})
        self._compiler: Any = self._compiler
        self._compiler._customize_flags = _not_loaded

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run the Python function."""
        return self.py_func(*args, **kwargs)

    def add_overload(self, cres: Any) -> None:
        """Make the code for these types known to callers, under a key instead of an address."""
        key = object()
        # Numba would otherwise emit object code when a caller takes in the optimised code.
        cres.library._finalize_final_module = partial(setattr, cres.library, "_finalized", True)
        self.targetctx.insert_user_function(key, cres.fndesc, [cres.library])
        self.overloads[tuple(cres.signature.args)] = cres._replace(entry_point=key)


def _not_loaded(flags: Any) -> Any:
    flags.no_compile = True
    return flags


def module(function: Callable, signature: tuple, **options: Any) -> str:
    """Optimised LLVM assembly of a function of these types, with everything that it calls."""
    whole = _Part(function, **options)
    whole.compile(signature)
    library = whole.overloads[signature].library
    with global_compiler_lock:
        library.finalize()
    return library.get_llvm_str()


def part(**options: Any) -> Callable[[Callable], Callable]:
    """Decorates a function that only compiled functions call, with options of Numba's `jit`."""

    def decorate(function: Callable) -> Callable:
        return function if INTERPRETING else _Part(function, **options)

    return decorate


#: Decorates a function that only compiled functions call.
inner = part()

#: Decorates a function that is inlined into its compiled callers.
inlined = part(forceinline=True)

#: Like `inner`, for a function with array arguments.
uncounted = part(**NO_REFERENCE_COUNTS)
