"""What tasks and learners declare alike: a name, citations, and fields that do not change."""

import dataclasses
from typing import Any

from longlag.errors import InputError
from longlag.quoting import quoted


def check_kind(what: str, thing: Any) -> None:
    """Raise `InputError` for what is no task or no learner at all."""
    if isinstance(thing, type):
        raise InputError(f"a {what} is an object, got the class {thing.__name__}: call it")
    wanted = {"task": ("kernel", "sequences"), "learner": ("kernel", "layout")}[what]
    known = {*dir(type(thing)), *getattr(thing, "__dataclass_fields__", ())}
    if lacking := [name for name in wanted if name not in known]:
        raise InputError(f"a {what} has {lacking[0]!r}, which {quoted(thing)} lacks")


def check_declaration(thing: Any) -> None:
    """A name, citations, and a frozen dataclass whose equal instances have equal hashes."""
    assert isinstance(thing.name, str), f"name must be a string, got {thing.name!r}"
    assert thing.name, "name is empty"
    assert thing.citation, "citation is empty"
    assert all(isinstance(key, str) and key for key in thing.citation), (
        f"citation must hold keys, got {thing.citation!r}"
    )
    kind = type(thing)
    assert dataclasses.is_dataclass(kind), f"{kind.__name__} is not a dataclass"
    assert kind.__dataclass_params__.frozen, (
        f"{kind.__name__} is not frozen: use @dataclass(frozen=True)"
    )
    twin = dataclasses.replace(thing)
    assert twin == thing, "a copy with the same fields is not equal"
    assert hash(twin) == hash(thing), "equal instances have different hashes"
