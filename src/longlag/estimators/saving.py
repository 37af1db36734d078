"""Estimators of streams in safetensors files: everything they know, so that they go on to the bit.

The file's metadata has one entry, "longlag": a header in JSON that says what the tensors are. Such
a file holds no code, and nothing in it is believed before it has been checked.
"""

import os
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import msgspec
import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save as to_bytes

from longlag.errors import InputError
from longlag.estimators.classifier import Label, LSTMClassifier
from longlag.estimators.estimator import StreamEstimator
from longlag.estimators.features import Features
from longlag.estimators.regressor import LSTMRegressor
from longlag.estimators.scaling import COUNT, SQUARES, RunningScale
from longlag.estimators.stream import Stream
from longlag.learners.lstm.units import StreamNetwork
from longlag.writing import write_whole

FORMAT = 1  #: version of the header

ESTIMATORS = {"LSTMRegressor": LSTMRegressor, "LSTMClassifier": LSTMClassifier}
NETWORK, INPUTS, TARGETS = "network.", "scale.inputs", "scale.targets"  #: names of tensors


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
    estimator: Literal["LSTMRegressor", "LSTMClassifier"]
    parameters: Parameters
    features: list[str | int]
    classes: list[Label]
    outputs: int
    notes: dict[str, Any]


def save(model: StreamEstimator, path: str | Path, notes: dict[str, Any] | None = None) -> None:
    """Write the model to a file; whatever was there is replaced in one instant, or not at all.

    `notes` is a dict of what else belongs to it, of JSON values. Raises `InputError` if the model
    has learned nothing yet or has diverged, and if the file cannot be written.
    """
    stream = model._begun
    tensors = {NETWORK + name: array for name, array in stream.network.arrays().items()}
    for name, array in tensors.items():
        if not np.isfinite(array).all():
            raise InputError(f"a network that has diverged is not saved: {name} is not finite")
    if stream.scale:
        tensors[INPUTS] = stream.scale.table
        if isinstance(model, LSTMRegressor):
            tensors[TARGETS] = model._targets.table
    header = Header(
        format=FORMAT,
        estimator="LSTMRegressor" if isinstance(model, LSTMRegressor) else "LSTMClassifier",
        parameters=Parameters(**stream.parameters),
        features=stream.features.names,
        classes=list(model._codes) if isinstance(model, LSTMClassifier) else [],
        outputs=stream.network.learner.outputs,
        notes=dict(notes or {}),
    )
    text = msgspec.json.encode(header).decode()
    write_whole(Path(path), to_bytes(tensors, {"longlag": text}))


def load(path: str | Path) -> LSTMRegressor | LSTMClassifier:
    """The model that was saved; it goes on from there with the bits it would have had.

    Raises `InputError` for a file that cannot be read, or is not whole and sound.
    """
    return load_with_notes(path)[0]


def load_with_notes(path: str | Path) -> tuple[LSTMRegressor | LSTMClassifier, dict[str, Any]]:
    """`load`, and the notes that were saved with the model."""
    try:
        header, tensors = _read(path)
        return _model(header, tensors), header.notes
    except OSError as error:
        raise InputError(f"cannot read {path}: {error.strerror or error}") from error
    except (SafetensorError, msgspec.DecodeError, RecursionError) as error:
        raise InputError(f"{path} is not a saved model, or is damaged: {error}") from error
    except InputError as error:
        raise InputError(f"{path} is not a saved model, or is damaged: {error}") from error


def _read(path: str | Path) -> tuple[Header, dict[str, np.ndarray]]:
    with safe_open(os.fspath(path), framework="numpy") as file:
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
        return header, {name: file.get_tensor(name) for name in names}


def _model(header: Header, tensors: dict[str, np.ndarray]) -> LSTMRegressor | LSTMClassifier:
    parameters = msgspec.structs.asdict(header.parameters)
    model = ESTIMATORS[header.estimator](**parameters)
    features, count = header.features, len(header.features)
    for name, listed in (("features", features), ("classes", header.classes)):
        if len(set(listed)) != len(listed):
            raise InputError(f"its {name} must be different, got {listed}")
    most = max(1, len(header.classes))
    if not count or not 1 <= header.outputs <= most:
        raise InputError(
            f"it must have at least one feature and 1 to {most} outputs, "
            f"got {count} and {header.outputs}"
        )
    columns = {INPUTS: count} if model.scaling else {}
    if isinstance(model, LSTMRegressor):
        columns |= {TARGETS: 1} if model.scaling else {}
    else:
        model._new_codes(header.classes)
    scales = {name: _scale(name, tensors.pop(name, None), n) for name, n in columns.items()}
    if TARGETS in scales:
        model._targets = scales[TARGETS]

    arrays = {name.removeprefix(NETWORK): array for name, array in tensors.items()}
    if "corrections" in arrays:  # what version 0.1.0 saved of Adam: 1 - beta**n
        arrays["running"] = 1.0 - arrays.pop("corrections").astype(np.float64)
    learner = replace(model._learner(count), outputs=header.outputs)
    network = StreamNetwork.from_arrays(learner, arrays)
    if network.dtype != model.dtype:
        raise InputError(f"its network must be of {model.dtype}, got {network.dtype}")
    model._stream = Stream(Features(features), scales.get(INPUTS), network, parameters)
    return model


def _scale(name: str, table: np.ndarray | None, columns: int) -> RunningScale:
    if table is None:
        raise InputError(f"{name} is missing")
    if table.dtype != np.float64 or table.shape != (3, columns):
        raise InputError(
            f"{name} must be float64 of shape (3, {columns}), got {table.dtype} {table.shape}"
        )
    if not np.isfinite(table).all() or (table[[COUNT, SQUARES]] < 0).any():
        raise InputError(f"{name} must be finite, its counts and squares not negative")
    scale = RunningScale(columns)
    scale.table[:] = table
    return scale
