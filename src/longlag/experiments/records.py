"""Records of trials as rows of the store; nothing that is read from a row is trusted."""

import hashlib
import io
import json

import msgspec
import numpy as np

from longlag.experiments.conditions import to_tables
from longlag.experiments.trial import Conditions, Status, TrialKey, TrialRecord
from longlag.quoting import quoted


class _Outcome(msgspec.Struct, forbid_unknown_fields=True):
    """The content of the column "outcome"; records older than search learners have no guesses.

    Memory is left out where it was not measured, so that longlag 0.1.0 reads all other records.
    """

    status: Status
    sequences: int
    steps: int
    seconds: float
    wrong: int | None
    tested: int
    test_error: float | None
    guesses: int | None = None
    memory: int | None = None


#: Exceptions from a row that has the right checksum but was not written by longlag.
ODD = (
    *(ValueError, TypeError, LookupError, AttributeError, EOFError, RecursionError, MemoryError),
    msgspec.ValidationError,
)


def to_row(record: TrialRecord, fingerprint: str) -> tuple[str | int | bytes, ...]:
    """The row of a record, without its checksum."""
    key = record.key
    outcome = {name: getattr(record, name) for name in _Outcome.__struct_fields__}
    if record.memory is None:
        del outcome["memory"]
    return (
        *(key.experiment, key.row, key.reading, key.trial),
        fingerprint,
        json.dumps(to_tables(record.conditions)),
        json.dumps(outcome),
        _pack(record.curve),
        _pack(record.column),
    )


def from_row(row: tuple, conditions: Conditions) -> TrialRecord:
    """The record in a row of the table "trials"; raises one of `ODD` for an invalid row."""
    key = TrialKey(*row[:4])
    if not isinstance(key.trial, int) or key.trial < 0:
        raise ValueError(f"the number of its trial is {quoted(key.trial)}")
    outcome = msgspec.convert(json.loads(row[6]), _Outcome)
    curve, column = _unpack(row[7]), _unpack(row[8])
    if curve.ndim != 2 or curve.shape[1] != 3 or column.ndim != 1:
        raise ValueError(f"its curve has the shape {curve.shape}, its network {column.shape}")
    return TrialRecord(
        key=key,
        conditions=conditions,
        **msgspec.structs.asdict(outcome),
        curve=curve,
        column=column,
    )


def reason(error: Exception) -> str:
    """The reason for an error, as a short line."""
    return " ".join(str(error).split())[:80] or type(error).__name__


def _pack(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return file.getvalue()


def _unpack(blob: bytes) -> np.ndarray:
    return np.load(io.BytesIO(blob), allow_pickle=False)


def checksum(values: tuple) -> str:
    """SHA-256 of the values, each preceded by its type and length."""
    digest = hashlib.sha256()
    for value in values:
        content = value if isinstance(value, bytes) else str(value).encode()
        digest.update(f"{type(value).__name__} {len(content)} ".encode())
        digest.update(content)
    return digest.hexdigest()


def intact(row: tuple) -> bool:
    """Whether a row, whose last value is its checksum, is as it was written."""
    return checksum(row[:-1]) == row[-1]
