"""The file of several series whose networks are a fleet.

It is a safetensors file, as that of `longlag.forecasting.group_file`, and nothing in it is believed
before it has been checked. The tensors are the names of the groups and what their times were, as
JSON; the records of the groups; and the keys and the records of the fleet.
"""

from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from safetensors.numpy import save as to_bytes

from longlag.errors import InputError
from longlag.estimators.categories import Name
from longlag.estimators.saving import BLANK, contents, sealed, sound
from longlag.fleet.choosing import kind_of
from longlag.fleet.class_groups import ClassGroups
from longlag.fleet.classifier import FleetClassifier
from longlag.fleet.fleet import Fleet
from longlag.fleet.groups import FleetGroups
from longlag.fleet.keys import Key, Slots
from longlag.fleet.number_groups import NumberGroups
from longlag.fleet.saving import Parameters, Saved, parameters_of
from longlag.forecasting import group_file
from longlag.forecasting.calendar import CalendarSoFar
from longlag.forecasting.classes import ClassSeries
from longlag.forecasting.numbers import NumberSeries
from longlag.forecasting.resuming import SavedStream, resume
from longlag.forecasting.target_times import TimesSoFar
from longlag.writing import write_whole

KEY, FORMAT = "longlag-fleet-of-groups", 2


class Header(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What all groups have in common."""

    format: int
    group: str  #: name of the column
    parameters: dict[str, str | int | float]  #: that were given for the networks
    notes: dict[str, Any]  #: of a stream before its first row
    fleet: Parameters
    features: list[Name]  #: of the fleet
    #: of the rings of numbers, see `SeriesRecords`; of classes, how many there is room for
    slots: int
    # Of classes alone.
    outputs: int = 1  #: of each network
    labels: list[int] = []  #: of the fleet
    classes: list[str] = []  #: of all groups
    checksum: str


class Series(msgspec.Struct, forbid_unknown_fields=True):
    """One group, besides its records."""

    name: str
    calendar: CalendarSoFar | None
    times: TimesSoFar | None


def save(path: Path, saved: SavedStream) -> None:
    """Write the file of one series or of several; raises `InputError` if it cannot be written."""
    if isinstance(saved.evaluation, FleetGroups):
        write(path, saved, saved.evaluation)
    else:
        group_file.save(path, saved)


def load(path: Path) -> SavedStream:
    """The stream or the streams of a file; raises `InputError` for what `save` did not write."""
    return read(path) or group_file.load(path)


def write(path: Path, saved: SavedStream, groups: FleetGroups) -> None:
    """Replace the file in one instant; raises `InputError` if it cannot be written."""
    fleet = groups.fleet.state()
    series = [
        Series(name, *groups.calendars.state(name, slot))
        for name, slot in zip(groups.members, groups.slots.of.values(), strict=True)
    ]
    tensors = {
        "series": _bytes(series),
        "records": groups.records.take(groups.slots.all()),
        "fleet.keys": _bytes(fleet.keys),
        "fleet.records": fleet.records,
    }
    own: dict[str, Any] = {}
    if isinstance(groups, NumberGroups):
        own = {"slots": groups.records.slots}
    elif isinstance(groups, ClassGroups):
        own = {"slots": groups.records.classes, "classes": list(groups.classes)}
        own |= {"outputs": fleet.outputs, "labels": list(fleet.labels)}
    header = Header(
        format=FORMAT,
        group=saved.group or "",
        parameters=groups.start.parameters,
        notes=saved.notes(groups.start.evaluation()),
        fleet=Parameters(**fleet.parameters),
        features=list(fleet.features),
        checksum=BLANK,
        **own,
    )
    write_whole(path, to_bytes(tensors, {KEY: sealed(header, tensors)}))


def read(path: Path) -> SavedStream | None:
    """What `write` has written; None for another file, `InputError` for one that is damaged."""
    with sound(path):
        found = contents(path, KEY, Header, FORMAT)
        if found is None:
            return None
        try:
            return _resumed(*found)
        except (InputError, KeyError, TypeError, ValueError) as error:
            raise InputError(f"it cannot go on: {error}") from None


def _resumed(header: Header, tensors: dict[str, np.ndarray]) -> SavedStream:
    """The groups that go on; raises `InputError` if they are not those of one run."""
    classify = header.notes["classify"]
    kind = ClassSeries if classify else NumberSeries
    blank = resume(kind.model(header.notes["horizon"], **header.parameters), header.notes)
    start = group_file.start_of(blank.evaluation, header.parameters)
    groups = kind_of(start.question)(start)
    series = msgspec.json.decode(tensors["series"].tobytes(), type=list[Series])
    keys = msgspec.json.decode(tensors["fleet.keys"].tobytes(), type=list[Key])
    kind_of_fleet = type(groups.fleet).saved_as
    parameters, records = parameters_of(header.fleet, kind_of_fleet), tensors["fleet.records"]
    state = Saved(parameters, header.features, keys, records, kind_of_fleet, groups.inputs)
    state = state._replace(outputs=header.outputs, labels=header.labels)
    names = [each.name for each in series]
    if len(set(names)) < len(names) or not set(keys) <= set(names):
        raise InputError("its groups must be different, with the keys of its fleet among them")
    if len(tensors["records"]) != len(names) or len(records) != len(keys):
        raise InputError("it must have a record for each of its groups")
    if parameters != groups.fleet.parameters:
        raise InputError("its fleet has not the networks of its groups")
    slots, own = Slots(names), tensors["records"]
    if isinstance(groups, ClassGroups):
        fleet = FleetClassifier.from_state(state)
        groups.go_on(fleet, slots, header.slots, header.classes, own)
    else:
        groups.go_on(Fleet.from_state(state), slots, header.slots, own)
    for each in series:
        groups.calendars.restore(each.name, groups.slots.of[each.name], each.calendar, each.times)
    return blank._replace(evaluation=groups, group=header.group)


def _bytes(value: Any) -> np.ndarray:
    """A value in JSON."""
    return np.frombuffer(msgspec.json.encode(value), np.uint8)
