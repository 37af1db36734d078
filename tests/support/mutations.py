"""Modules with another term in the place of one: a test that still passes does not look at it."""

import inspect
import sys
from types import ModuleType
from unittest.mock import patch


def mutated_names(module, term="", replacement=""):
    """The names of a module, made anew with the term replaced, if one is given."""
    source = inspect.getsource(module)
    assert not term or source.count(term) == 1, term
    names = {"__name__": f"mutated_{module.__name__}"}
    exec(source.replace(term, replacement) if term else source, names)
    return names


def mutate(modules, term, replacement):
    """The last of the modules, made anew after the others, with the term replaced in one of them.

    Modules that import others of them come later.
    """
    sources = {module.__name__: inspect.getsource(module) for module in modules}
    assert sum(source.count(term) for source in sources.values()) == 1, term
    with patch.dict(sys.modules):
        for name, source in sources.items():
            module = sys.modules[name] = ModuleType(name)
            exec(source.replace(term, replacement), vars(module))
    return module
