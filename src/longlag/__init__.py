"""longlag: learning across long time lags.

Long Short-Term Memory as first published (Hochreiter & Schmidhuber 1996, 1997), its experiments and
its truncated online gradient, at the speed of hand-written SIMD code and in constant memory.
"""

import ast
from importlib import import_module, resources
from typing import Any

# It must note the source files before any other module is imported.
from longlag.compiled import sources as _sources  # noqa: F401
from longlag_command import __version__ as __version__


def _modules() -> dict[str, str]:
    """The module of each public name, as `__init__.pyi` imports it for type checkers."""
    stub = resources.files(__name__).joinpath("__init__.pyi").read_text("utf-8")
    return {
        alias.name: node.module
        for node in ast.parse(stub).body
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
    }


# A name is imported at its first use: what computes takes a second to import, and River, where it
# is installed, longer. A stub beside this file and `__getattr__` are the way of SPEC 1 of
# Scientific Python (https://scientific-python.org/specs/spec-0001).
_MODULES = _modules()

__all__ = sorted(set(_MODULES) - {"__version__"})  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return getattr(import_module(_MODULES[name]), name)
    if not name.startswith("_"):
        try:
            return import_module(f"{__name__}.{name}")
        except ModuleNotFoundError as error:
            if error.name != f"{__name__}.{name}":  # one of ours lacks what it imports
                raise
    raise AttributeError(f"module 'longlag' has no attribute {name!r}")


def __dir__() -> list[str]:
    """The public names, without the modules that this file needs."""
    special = (name for name in globals() if name.startswith("__"))
    return sorted({*special, *__all__})
