"""Streams in safetensors files: everything that an estimator knows, so that it goes on to the bit.

The file's metadata has one entry, "longlag": a header in JSON that says what the tensors are, and
ends with a checksum of itself and of the tensors. Such a file holds no code, and nothing in it is
believed before it has been checked.
"""

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple, TypeVar

import msgspec
import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_bytes

from longlag.errors import InputError
from longlag.estimators.categories import Name
from longlag.estimators.features import Input
from longlag.estimators.stream import NETWORK, StreamState
from longlag.estimators.target import Label, Tensors
from longlag.quoting import quoted, shortened
from longlag.writing import write_whole

T = TypeVar("T")

#: Version of the file. Files of format 1, of longlag 0.1, have no checksum. Those of formats 1 and
#: 2 hold three numbers for the scale of each column, later ones nine.
FORMAT = 3
BLANK = "0" * 64  #: in the place of a checksum while it is made
_END = BLANK + '"}'  # of a header

_LEARNED = (
    "holds what `longlag learn --group` has saved: `longlag predict` and `longlag learn --resume` "
    "go on with it"
)
#: What a file is that has this entry among its metadata, and who reads it.
KINDS = {
    "longlag": "holds one network: LSTMRegressor.load or LSTMClassifier.load reads it",
    "longlag-groups": _LEARNED,
    "longlag-fleet-of-groups": _LEARNED,
    "longlag-fleet": "holds a fleet that Python has saved: Fleet.load or FleetClassifier.load "
    "reads it; no command does",
}


class OtherKind(InputError):
    """What a file is that is whole, but none of those that are wanted."""


Estimator = Literal["LSTMRegressor", "LSTMClassifier"]


class Version(msgspec.Struct):
    """The part of the header that every version has."""

    format: int


class Parameters(msgspec.Struct, forbid_unknown_fields=True):
    """What the constructor was given."""

    cells: int
    block_size: int
    rule: str
    rate: float | tuple[float, ...]
    forget_gates: bool
    peepholes: bool
    scaling: bool
    epochs: int
    seed: int
    dtype: str
    cell: str = "memory"


class Header(msgspec.Struct, forbid_unknown_fields=True):
    """What the tensors of a file are."""

    format: int
    estimator: Estimator
    parameters: Parameters
    features: list[Input]  #: one for each input of the network
    classes: list[Label]
    outputs: int
    notes: dict[str, Any]
    blank: list[Name] = []  #: files of version 0.1.0 do not say, and have no categories
    checksum: str = ""  #: the last one; none in files of format 1


class Saved(NamedTuple):
    """What a file holds."""

    estimator: Estimator
    state: StreamState
    notes: dict[str, Any]  #: what else belongs to it, JSON values


def write(path: str | Path, saved: Saved) -> None:
    """Write a file; whatever was there is replaced in one instant, or not at all.

    Raises `InputError` if it cannot be written.
    """
    state = saved.state
    header = Header(
        format=FORMAT,
        estimator=saved.estimator,
        parameters=Parameters(**state.parameters),
        features=state.inputs,
        blank=state.blank,
        classes=state.labels,
        outputs=state.outputs,
        notes=_json_values(saved.notes),
        checksum=BLANK,
    )
    try:
        text = sealed(header, state.tensors)
    except (ValueError, OverflowError):
        raise InputError(
            "a feature or a class has a name that cannot be saved: use texts and whole numbers "
            "below 2**63"
        ) from None
    write_whole(path, to_bytes(state.tensors, {"longlag": text}))


def sealed(header: msgspec.Struct, tensors: Tensors) -> str:
    """A header in JSON, whose last field is a checksum of itself and of tensors, `BLANK` so far."""
    return _filled(msgspec.json.encode(header).decode(), tensors)


def check_seal(text: str, tensors: Tensors) -> None:
    """Raise `InputError` unless header and tensors are as they were `sealed`."""
    if text != _filled(text[: -len(_END)] + _END, tensors):
        raise InputError("its checksum is not that of what it holds")


def _filled(header: str, tensors: Tensors) -> str:
    return header.removesuffix(_END) + checksum(header, tensors) + _END[-2:]


def checksum(header: str, tensors: Tensors) -> str:
    """SHA-256 of a header, its own checksum blank, and of tensors with names, types and shapes."""
    digest = hashlib.sha256(header.encode())
    for name in sorted(tensors):
        array = np.ascontiguousarray(tensors[name])
        digest.update(f"{name} {array.dtype} {array.shape} ".encode())
        digest.update(array.data)
    return digest.hexdigest()


def _json_values(notes: Any) -> dict[str, Any]:
    """The notes as they will be read; raises `InputError` for what JSON cannot hold."""
    plain = None
    try:
        plain = msgspec.to_builtins(notes)
        same = isinstance(plain, dict) and msgspec.json.decode(msgspec.json.encode(plain)) == plain
    except (TypeError, ValueError, OverflowError, RecursionError):
        same = False
    if plain is None or not same:
        raise InputError(
            "notes must be a dict of JSON values: texts, finite numbers, booleans, None, and lists "
            f"and dicts of these, got {quoted(notes)}"
        )
    return plain


def read(path: str | Path) -> Saved:
    """What `write` has written; the state is still to be checked, by what restores it.

    Raises `InputError` for a file that cannot be read, or is not whole.
    """
    with sound(path), opened(os.fspath(path)) as file:
        text = header_of(file, "longlag")
        found = msgspec.json.decode(text, type=Version).format
        check_format(found, 1, FORMAT)
        header = msgspec.json.decode(text, type=Header)
        names = list(file.keys())
        for name in names:
            kind = file.get_slice(name).get_dtype()
            if kind not in ("F32", "F64"):
                raise InputError(f"{shortened(name)} must be of type F32 or F64, got {kind}")
        tensors: Tensors = {name: file.get_tensor(name) for name in names}
        if found > 1:
            check_seal(text, tensors)
    if (shares := tensors.pop(NETWORK + "corrections", None)) is not None:
        # Version 0.1.0 saved 1 - beta**n of Adam, where the running coefficients are beta**n.
        tensors[NETWORK + "running"] = 1.0 - shares.astype(np.float64)
    parameters = msgspec.structs.asdict(header.parameters)
    state = StreamState(
        parameters, header.features, header.blank, header.classes, header.outputs, tensors
    )
    return Saved(header.estimator, state, header.notes)


def check_format(found: int, oldest: int, newest: int) -> None:
    """Raise `InputError` unless this version of longlag reads the format of a file."""
    if not oldest <= found <= newest:
        reads = f"up to {newest}" if oldest < newest else f"{newest}"
        raise InputError(
            f"its format is {quoted(found)}, this version of longlag reads {reads}: read it with "
            "the version that wrote it"
        )


def contents(path: str | Path, entry: str, kind: type[T], version: int) -> tuple[T, Tensors] | None:
    """The header of a file, and all its tensors; None if its metadata have no such `entry`.

    The header is of the type `kind`. Raises `InputError` for a header of another version, its field
    `format`, and for a broken seal. Call it in a context of `sound`.
    """
    with opened(os.fspath(path)) as file:
        text = (file.metadata() or {}).get(entry)
        if text is None:
            return None
        check_format(msgspec.json.decode(text, type=Version).format, version, version)
        tensors: Tensors = {name: file.get_tensor(name) for name in list(file.keys())}
    check_seal(text, tensors)
    return msgspec.json.decode(text, type=kind), tensors


def header_of(file: safe_open, kind: str) -> str:
    """The header of a file of this kind, a key of `KINDS`.

    Raises `OtherKind` for a file of another kind of ours, and `InputError` for any other file.
    """
    metadata = file.metadata() or {}
    if kind in metadata:
        return metadata[kind]
    for other, is_ in KINDS.items():
        if other in metadata:
            raise OtherKind(is_)
    raise InputError("it has no header of longlag")


def opened(path: str) -> safe_open:
    """The tensors of a file; raises `InputError` for what is no file."""
    # What safetensors says of a file that it cannot open differs from system to system.
    mode = os.stat(path).st_mode
    if stat.S_ISDIR(mode):
        raise OtherKind("is a folder: name a file; PartitionedFleet opens a fleet in parts")
    if not stat.S_ISREG(mode):
        raise InputError("it is not a regular file")
    return safe_open(path, framework="numpy")


@contextmanager
def sound(path: str | Path) -> Iterator[None]:
    """A context in which what is wrong with a file is said as `InputError`, with its path."""
    if not isinstance(path, str | os.PathLike):
        raise InputError(f"cannot read {quoted(path)}: name a file")
    try:
        yield
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    except OtherKind as error:
        raise InputError(f"{path} {error}") from error
    except (SafetensorError, msgspec.DecodeError, RecursionError, ValueError) as error:
        raise InputError(f"{path} is not a saved model, or is damaged: {error}") from error
