"""What the code of a user's file changes in its process: each file has its own.

A process runs the code of several files. Defaults of PyTorch that one of them sets, and modules
beside it, are in place while its code runs, and no longer: else the next file would have them, too,
and which file that is would be chance.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from itertools import islice
from pathlib import Path
from types import ModuleType

import torch

Defaults = tuple[torch.dtype, torch.device]  #: of new tensors


class _Surroundings:
    """What the code of one file finds."""

    def __init__(self, path: Path, module: ModuleType):
        self.folder = path.resolve().parent
        self.defaults = _defaults()
        self.modules = {module.__name__: module}  #: by their names: the file, and those beside it

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """A context for the code of the file."""
        defaults, count = _defaults(), len(sys.modules.keys() | self.modules.keys())
        hidden = {name: sys.modules[name] for name in self.modules if name in sys.modules}
        _change(self.defaults)
        sys.modules.update(self.modules)
        sys.path.insert(0, str(self.folder))
        try:
            yield
        finally:
            sys.path.remove(str(self.folder))
            for name in [*islice(reversed(sys.modules), max(len(sys.modules) - count, 0))]:
                if self._lies_here(name):
                    self.modules[name] = sys.modules[name]
            for name in self.modules:
                sys.modules.pop(name, None)
            sys.modules.update(hidden)
            self.defaults = _defaults()
            _change(defaults)

    def _lies_here(self, name: str) -> bool:
        """Whether a module, or the package that it is a part of, lies beside the file."""
        spec = getattr(sys.modules.get(name.partition(".")[0]), "__spec__", None)
        places = spec and (spec.submodule_search_locations or [spec.origin])
        return any(place and Path(place).resolve().parent == self.folder for place in places or ())


_known: dict[str, _Surroundings] = {}  # by the file


def remember(path: Path, module: ModuleType) -> None:
    """Begin anew with a file, whose code runs as this module."""
    _known[str(path)] = _Surroundings(path, module)


@contextmanager
def surroundings(place: str) -> Iterator[None]:
    """A context for code of a user, from the file `place`, or from elsewhere if it is not known."""
    threads, learns = torch.get_num_threads(), torch.is_grad_enabled()
    own = _known.get(place)
    try:
        with own.in_place() if own else nullcontext():
            yield
    finally:
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        torch.set_grad_enabled(learns)


def _defaults() -> Defaults:
    return torch.get_default_dtype(), torch.get_default_device()


def _change(wanted: Defaults) -> None:
    (dtype, device), (_, present) = wanted, _defaults()
    torch.set_default_dtype(dtype)
    if device != present:
        torch.set_default_device(None if device.type == "cpu" else device)
