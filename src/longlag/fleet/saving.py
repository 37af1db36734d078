"""Fleets in safetensors files, of which some keys can be read without the others.

The tensors are the keys, the records, and a digest of each record with its key. The metadata has
one entry, a header in JSON with a checksum of the header, the keys and the digests. So header, keys
and digests are read and checked whole, and each wanted record is checked by its digest.
"""

import os
from collections.abc import Sequence
from hashlib import blake2b
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from safetensors.numpy import save as to_bytes

from longlag.errors import InputError
from longlag.estimators.categories import Name
from longlag.estimators.saving import (
    BLANK,
    check_format,
    check_seal,
    header_of,
    opened,
    sealed,
    sound,
)
from longlag.estimators.target import Label
from longlag.fleet.keys import Key, check_known
from longlag.quoting import quoted
from longlag.writing import write_whole

KEY, FORMAT = "longlag-fleet", 1
DIGEST = 16  #: bytes


class Parameters(msgspec.Struct, forbid_unknown_fields=True):
    """What the constructor was given."""

    cells: int
    cell: str
    block_size: int
    rule: str
    rate: float
    forget_gates: bool
    peepholes: bool
    scaling: bool
    seed: int
    dtype: str
    interval: float | None = None


class Header(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a reader must know of a file before its records."""

    format: int
    parameters: Parameters
    features: list[Name]
    kind: str = "Fleet"  #: name of the class
    begun: int = 0  #: inputs that the networks began with; 0 for all of them
    outputs: int = 1  #: of each network
    targets: list[Name] = []  #: names of several numbers
    labels: list[Label] = []  #: classes, in the order of their codes
    checksum: str  #: the last one


class Saved(NamedTuple):
    """What a file holds, or the part of it that was wanted."""

    parameters: dict[str, Any]
    features: list[Name]
    keys: list[Key]
    records: np.ndarray  #: (keys, bytes)
    kind: str = "Fleet"  #: name of the class
    begun: int = 0  #: inputs that the networks began with; 0 for all of them
    outputs: int = 1  #: of each network
    targets: Sequence[Name] = ()  #: names of several numbers
    labels: Sequence[Label] = ()  #: classes, in the order of their codes


def write(path: str | Path, saved: Saved) -> None:
    """Write a file; whatever was there is replaced in one instant, or not at all.

    Raises `InputError` if it cannot be written.
    """
    header = Header(
        format=FORMAT,
        parameters=Parameters(**saved.parameters),
        features=saved.features,
        kind=saved.kind,
        begun=saved.begun,
        outputs=saved.outputs,
        targets=list(saved.targets),
        labels=list(saved.labels),
        checksum=BLANK,
    )
    digests = [_digest(*each) for each in zip(saved.keys, saved.records, strict=True)]
    index = {
        "keys": np.frombuffer(msgspec.json.encode(saved.keys), np.uint8),
        "digests": np.frombuffer(b"".join(digests), np.uint8).reshape(-1, DIGEST),
    }
    text = sealed(header, index)
    write_whole(path, to_bytes(index | {"records": saved.records}, {KEY: text}))


def read(path: str | Path, wanted: list[Key] | None) -> Saved:
    """What `write` has written, or its part for the wanted keys; `Records.put` checks the numbers.

    Raises `InputError` for a file that cannot be read or is not whole, and for unknown keys.
    """
    header, keys, digests = _index(path)
    places = {key: place for place, key in enumerate(keys)}
    if wanted is not None:
        keys = list(dict.fromkeys(wanted))
        check_known(places, keys)
    chosen = np.array([places[key] for key in keys], np.int64)
    with sound(path):
        records = _records(path, chosen, len(digests))
        for key, record, digest in zip(keys, records, digests[chosen], strict=True):
            if _digest(key, record) != digest.tobytes():
                raise InputError(f"the network of key {quoted(key)} has changed")
    parameters = parameters_of(header.parameters, header.kind)
    more = header.kind, header.begun, header.outputs, header.targets, header.labels
    return Saved(parameters, header.features, keys, records, *more)


def keys_of(path: str | Path) -> list[Key]:
    """The keys in a file; raises `InputError` for a file that cannot be read or is not whole."""
    return _index(path)[1]


def parameters_of(found: Parameters, kind: str) -> dict[str, Any]:
    """What the constructor of this kind of fleet is given: classes have no intervals."""
    parameters = msgspec.structs.asdict(found)
    if kind != "Fleet":
        parameters.pop("interval")
    return parameters


def _index(path: str | Path) -> tuple[Header, list[Key], np.ndarray]:
    """The header of a file, all its keys, and the digests (keys, DIGEST) of their records."""
    with sound(path), opened(os.fspath(path)) as file:
        text = header_of(file, KEY)
        header = msgspec.json.decode(text, type=Header)
        check_format(header.format, FORMAT, FORMAT)
        index = {name: file.get_tensor(name) for name in ("keys", "digests")}
        check_seal(text, index)
        keys = msgspec.json.decode(index["keys"].tobytes(), type=list[Key])
        counts = {len(keys), len(set(keys)), len(index["digests"])}
        if len(counts) > 1:
            raise InputError("it must have a digest for each key, and no key twice")
        return header, keys, index["digests"]


def _records(path: str | Path, places: np.ndarray, count: int) -> np.ndarray:
    """The records (n, bytes) at some places, read in runs that follow each other in the file."""
    with opened(os.fspath(path)) as file:
        part = file.get_slice("records")
        rows, width = part.get_shape()
        if rows != count or part.get_dtype() != "U8":
            raise InputError(f"it must hold {count} records of bytes")
        starts = np.flatnonzero(np.append(True, np.diff(places) != 1)[: len(places)])
        runs = [part[places[a] : places[b - 1] + 1] for a, b in pairwise([*starts, len(places)])]
    return runs[0] if len(runs) == 1 else np.concatenate([np.zeros((0, width), np.uint8), *runs])


def _digest(key: Key, record: np.ndarray) -> bytes:
    """Of a record and of its key, so that records cannot change places."""
    # `ascii`, as the characters that `repr` shows differ between versions of Python.
    digest = blake2b(ascii(key).encode(), digest_size=DIGEST)
    digest.update(record.data)
    return digest.digest()
