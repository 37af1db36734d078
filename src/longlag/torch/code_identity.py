"""What tells the code of one model from that of another, as text.

A file is its code. Functions are their code and the values that it sees: `model` may be made by
another function, which gave it a size or a rate.
"""

import ast
import inspect
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import Any

import numpy as np
from torch import Tensor, nn

_PLAIN = str, bytes, int, float, complex, type(None)
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")  # another one in every process


def structure(path: Path) -> str:
    """The code of a file without its comments and its layout."""
    return ast.dump(ast.parse(path.read_bytes()))


def code_of(thing: Any) -> str:
    """The code of a class or function, or its name where the code is not to be found."""
    try:
        source = inspect.getsource(thing)
    except (OSError, TypeError):
        name = getattr(thing, "__qualname__", None) or _shown(thing)
        source = f"{getattr(thing, '__module__', '')}.{name}"
    else:
        if getattr(thing, "__name__", "") != "<lambda>":  # of which a line may have several
            return source
    compiled = _compiled(thing.__code__) if isinstance(thing, FunctionType) else ()
    return "\n".join([source, *compiled])


def code_and_values(things: Iterable[Any]) -> list[str]:
    """The code of functions and classes, and what it sees: defaults, closures, globals it names.

    Of other modules than that of a function or class, only names count.
    """
    seen: dict[int, Any] = {}
    return [text for each in things for text in _texts(each, _home(each), seen)]


def _home(thing: Any) -> str | None:
    """The module of a function or class, or of that which a value stands for."""
    return _home(thing.func) if isinstance(thing, partial) else getattr(thing, "__module__", None)


def _compiled(code: CodeType) -> Iterator[str]:
    yield f"{code.co_code.hex()} {code.co_names}"
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _compiled(each)
        else:
            yield repr(each)


def _texts(thing: Any, home: str | None, seen: dict[int, Any]) -> Iterator[str]:
    """What tells a value from others; `seen` are those that have begun, as they may be cyclic.

    In the order in which they began, by their `id`, which no other has while they are kept.
    """
    if isinstance(thing, _PLAIN):
        yield repr(thing)
        return
    if id(thing) in seen:
        yield f"again {[*seen].index(id(thing))}"
        return
    seen[id(thing)] = thing
    code = isinstance(thing, FunctionType | type)
    if isinstance(thing, ModuleType) or (code and thing.__module__ != home):
        yield f"{getattr(thing, '__module__', '')}.{getattr(thing, '__qualname__', thing.__name__)}"
        return
    yield code_of(thing) if code else type(thing).__qualname__
    for name, part in _parts(thing):
        yield str(name)
        yield from _texts(part, home, seen)


def _parts(thing: Any) -> Iterable[tuple[object, Any]]:
    """What a value consists of, by name or number."""
    match thing:
        case FunctionType():
            return _seen_by(thing)
        case type():
            functions = {
                name: getattr(each, "__func__", each) for name, each in vars(thing).items()
            }
            own = [each for each in functions.items() if isinstance(each[1], FunctionType)]
            return [*own, ("bases", thing.__bases__)]
        case MethodType():
            return [("function", thing.__func__), ("self", thing.__self__)]
        case partial():
            return [("function", thing.func), *enumerate(thing.args), *thing.keywords.items()]
        case dict():
            return [(_shown(key), part) for key, part in thing.items()]
        case list() | tuple():
            return enumerate(thing)
        case set() | frozenset():
            return [("items", sorted(map(_shown, thing)))]
        case np.ndarray() | Tensor():
            return [("shown", _shown(thing)), ("values", _values(thing))]
        case nn.Module():
            return [("class", type(thing)), ("shown", _shown(thing)), *thing.state_dict().items()]
    if type(thing).__repr__ is object.__repr__ and hasattr(thing, "__dict__"):
        return [("class", type(thing)), *vars(thing).items()]
    return [("class", type(thing)), ("shown", _shown(thing))]


def _seen_by(function: FunctionType) -> Iterator[tuple[object, Any]]:
    yield from enumerate(function.__defaults__ or ())
    yield from (function.__kwdefaults__ or {}).items()
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        with suppress(ValueError):  # nothing is in it yet
            yield name, cell.cell_contents
    for name in sorted(_names(function.__code__) & function.__globals__.keys()):
        yield name, function.__globals__[name]


def _names(code: CodeType) -> set[str]:
    inner = (each for each in code.co_consts if isinstance(each, CodeType))
    return {*code.co_names}.union(*map(_names, inner))


def _values(array: np.ndarray | Tensor) -> str:
    """All numbers of an array, of which fewer are shown, with fewer digits."""
    try:
        return _shown(array.tolist())
    except (RuntimeError, NotImplementedError):  # of PyTorch, for tensors without numbers
        return ""


def _shown(thing: Any) -> str:
    try:
        return _ADDRESS.sub("", repr(thing))
    except Exception:  # how it is shown is code of the user
        return type(thing).__qualname__
