"""The options that no network of a stream supports, whatever its cells are."""

from typing import Any

from longlag.errors import InputError

UNFIT = (
    ("coding", "symbol", "give each symbol an input of its own, 1 where it is shown"),
    ("update", "sequence", "a stream has no end of a sequence to learn at: take 'step'"),
)


def check_streamable(learner: Any, *more: tuple[str, object, str]) -> None:
    """Raise `InputError` for fields that only networks in lanes can have.

    `more` are further fields of this learner: a field, a value that streams do not support, and a
    remedy.
    """
    for field, wrong, remedy in (*UNFIT, *more):
        if getattr(learner, field) == wrong:
            raise InputError(f"{field} of the learner of a stream cannot be {wrong!r}: {remedy}")
    if learner.rule.whole:
        raise InputError(
            f"rule of the learner of a stream cannot be {learner.rule.name}, which looks at the "
            "whole gradient before a weight changes: a stream changes each at once"
        )
