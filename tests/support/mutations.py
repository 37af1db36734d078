"""Modules with another term in the place of one: a test that still passes does not look at it."""

import inspect
import sys
from types import ModuleType
from unittest.mock import patch


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
