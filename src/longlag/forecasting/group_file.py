"""The file of several series: for each group, what the file of a single series holds.

It is a safetensors file, as that of an estimator (`longlag.estimators.saving`), and nothing in it
is believed before it has been checked. Of group number n, "n" is a `SavedGroup` in JSON, as bytes,
and the tensors of its network begin with "n.".
"""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from safetensors.numpy import save as to_bytes

from longlag.errors import InputError
from longlag.estimators.categories import Name
from longlag.estimators.features import Input
from longlag.estimators.saving import BLANK, Parameters, contents, sealed, sound
from longlag.estimators.stream import StreamState
from longlag.estimators.target import Label, Tensors
from longlag.forecasting.classes import ClassSeries
from longlag.forecasting.evaluation import Evaluation
from longlag.forecasting.groups import Groups, Start
from longlag.forecasting.numbers import NumberSeries
from longlag.forecasting.resuming import SavedStream, notes, resume
from longlag.writing import write_whole

KEY, FORMAT = "longlag-groups", 1


class Header(msgspec.Struct, forbid_unknown_fields=True):
    """What all groups have in common."""

    format: int
    groups: int
    group: str  #: name of the column
    shared: bool  #: whether the networks share weights
    latest: str | None  #: group of the last row
    parameters: dict[str, str | int | float]  #: of networks that begin
    notes: dict[str, Any]  #: of a stream before its first row
    checksum: str


class SavedGroup(msgspec.Struct, forbid_unknown_fields=True):
    """One group; without parameters, it has no network yet."""

    name: str
    notes: dict[str, Any]
    parameters: Parameters | None = None
    inputs: list[Input] = []
    blank: list[Name] = []
    labels: list[Label] = []
    outputs: int = 0


def write(path: Path, saved: SavedStream, groups: Groups) -> None:
    """Replace the file in one instant; raises `InputError` if it cannot be written."""
    tensors: Tensors = {}
    groups.widen()
    for n, (name, stream) in enumerate(groups.members.items()):
        member = SavedGroup(name, notes(stream, saved.time))
        if stream.model.begun:
            state = stream.model.state()
            member.parameters = Parameters(**state.parameters)
            member.inputs, member.blank, member.labels = state.inputs, state.blank, state.labels
            member.outputs = state.outputs
            tensors |= {f"{n}.{key}": array for key, array in state.tensors.items()}
        tensors[str(n)] = np.frombuffer(msgspec.json.encode(member), np.uint8)
    header = Header(
        format=FORMAT,
        groups=len(groups.members),
        group=saved.group or "",
        shared=groups.shared,
        latest=groups.latest,
        parameters=groups.start.parameters,
        notes=saved.notes(groups.start.evaluation()),
        checksum=BLANK,
    )
    write_whole(path, to_bytes(tensors, {KEY: sealed(header, tensors)}))


def read(path: Path) -> SavedStream | None:
    """What `write` has written; None for another file, `InputError` for one that is damaged."""
    with sound(path):
        found = contents(path, KEY, Header, FORMAT)
        if found is None:
            return None
        header, tensors = found
        parts: dict[str, Tensors] = {}
        for key, array in tensors.items():
            number, _, name = key.partition(".")
            parts.setdefault(number, {})[name] = array
        if set(parts) != {str(n) for n in range(header.groups)}:
            raise InputError(f"it must hold {header.groups} groups, got {len(parts)}")
        members = [
            msgspec.json.decode(parts[str(n)].pop("").tobytes(), type=SavedGroup)
            for n in range(header.groups)
        ]
        try:
            return _resumed(header, members, parts)
        except (InputError, KeyError, TypeError) as error:
            raise InputError(f"it cannot go on: {error}") from None


def start_of(blank: Evaluation, parameters: dict[str, str | int | float]) -> Start:
    """How the streams of groups begin, from one before its first row."""
    times = blank.times and blank.times.state()
    return Start(
        blank.question,
        parameters,
        timed=times is not None,
        form=times.form if times else None,
        given=times.given if times else False,
        calendar=blank.calendar is not None,
    )


def _resumed(header: Header, members: list[SavedGroup], parts: dict[str, Tensors]) -> SavedStream:
    """The groups that go on; raises `InputError` if they are not those of one run."""
    kind = ClassSeries if header.notes["classify"] else NumberSeries
    blank = resume(kind.model(header.notes["horizon"], **header.parameters), header.notes)
    first, found = blank.evaluation, {}
    start = start_of(first, header.parameters)
    for n, member in enumerate(members):
        model = kind.model(first.question.horizon, **header.parameters)
        if member.parameters is not None:
            state = StreamState(
                parameters=msgspec.structs.asdict(member.parameters),
                inputs=member.inputs,
                blank=member.blank,
                labels=member.labels,
                outputs=member.outputs,
                tensors=parts[str(n)],
            )
            model = kind.estimator.from_state(state)
        stream = found[member.name] = resume(model, member.notes).evaluation
        if stream.question != first.question:
            raise InputError("its groups have different questions")
    if len(found) < len(members) or (header.latest is not None and header.latest not in found):
        raise InputError("its groups must be different, with the latest among them")
    groups = Groups(start, shared=header.shared, members=found, latest=header.latest)
    return blank._replace(evaluation=groups, group=header.group)


def save(path: Path, saved: SavedStream) -> None:
    """Write the file of one series or of several; raises `InputError` if it cannot be written."""
    if isinstance(saved.evaluation, Groups):
        write(path, saved, saved.evaluation)
    else:
        saved.save(path)


def load(path: Path) -> SavedStream:
    """The stream or the streams of a file; raises `InputError` for what `save` did not write."""
    return read(path) or SavedStream.load(path)
