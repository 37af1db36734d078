"""Decorators for functions that only other compiled functions call."""

from typing import Any

from numba import njit

#: Without the wrappers that Python would need to call it, a function compiles in less time.
NO_WRAPPERS: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}

#: Functions that allocate nothing need no reference counts for their array arguments. Counting is
#: atomic and would take as long as the work itself.
NO_REFERENCE_COUNTS: dict[str, Any] = {"_nrt": False}

inner: Any = njit(**NO_WRAPPERS)  #: called by compiled functions only
inlined: Any = njit(forceinline=True, **NO_WRAPPERS)  #: inlined into its compiled callers
uncounted: Any = njit(**NO_WRAPPERS, **NO_REFERENCE_COUNTS)  #: like `inner`, with array arguments
