"""Streams in safetensors files: everything that an estimator knows, so that it goes on to the bit.

The file's metadata has one entry, "longlag": a header in JSON that says what the tensors are. Such
a file holds no code, and nothing in it is believed before it has been checked.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_bytes

from longlag.errors import InputError
from longlag.estimators.stream import NETWORK, StreamState
from longlag.estimators.target import Label
from longlag.writing import write_whole

FORMAT = 1  #: version of the header

Estimator = Literal["LSTMRegressor", "LSTMClassifier"]


class Version(msgspec.Struct):
    """The part of the header that every version has."""

    format: int


class Parameters(msgspec.Struct, forbid_unknown_fields=True):
    """What the constructor was given."""

    cells: int
    block_size: int
    rule: str
    rate: float
    forget_gates: bool
    peepholes: bool
    scaling: bool
    epochs: int
    seed: int
    dtype: str


class Header(msgspec.Struct, forbid_unknown_fields=True):
    """What the tensors of a file are."""

    format: int
    estimator: Estimator
    parameters: Parameters
    features: list[str | int]
    classes: list[Label]
    outputs: int
    notes: dict[str, Any]


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
        features=state.features,
        classes=state.labels,
        outputs=state.outputs,
        notes=saved.notes,
    )
    text = msgspec.json.encode(header).decode()
    write_whole(Path(path), to_bytes(state.tensors, {"longlag": text}))


def read(path: str | Path) -> Saved:
    """What `write` has written; the state is still to be checked, by what restores it.

    Raises `InputError` for a file that cannot be read, or is not whole.
    """
    with sound(path), safe_open(os.fspath(path), framework="numpy") as file:
        text = (file.metadata() or {}).get("longlag")
        if text is None:
            raise InputError("it has no header of longlag")
        found = msgspec.json.decode(text, type=Version).format
        if found != FORMAT:
            raise InputError(f"its format is {found}, this version of longlag reads {FORMAT}")
        header = msgspec.json.decode(text, type=Header)
        names = list(file.keys())
        for name in names:
            kind = file.get_slice(name).get_dtype()
            if kind not in ("F32", "F64"):
                raise InputError(f"{name} must be of type F32 or F64, got {kind}")
        tensors: dict[str, np.ndarray] = {name: file.get_tensor(name) for name in names}
    if (shares := tensors.pop(NETWORK + "corrections", None)) is not None:
        # Version 0.1.0 saved 1 - beta**n of Adam, where the running coefficients are beta**n.
        tensors[NETWORK + "running"] = 1.0 - shares.astype(np.float64)
    parameters = msgspec.structs.asdict(header.parameters)
    state = StreamState(parameters, header.features, header.classes, header.outputs, tensors)
    return Saved(header.estimator, state, header.notes)


@contextmanager
def sound(path: str | Path) -> Iterator[None]:
    """A context in which what is wrong with a file is said as `InputError`, with its path."""
    try:
        yield
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    except (SafetensorError, msgspec.DecodeError, RecursionError, InputError) as error:
        raise InputError(f"{path} is not a saved model, or is damaged: {error}") from error
