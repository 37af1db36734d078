"""What decides about compiled code is in its digest, which is the same in every process."""

import os
import subprocess
import sys
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pytest
from numba import config, types

from longlag.compiled import key
from longlag.compiled.compiling import inner
from longlag.compiled.key import description, digest
from longlag.learners import learners
from longlag.learners.lstm import LSTM
from longlag.rules import Adam, GradientDescent
from longlag.tasks import tasks
from longlag.tasks.adding import Adding

MADE_OF = "driver", Adding, 4, frozenset({"b", "a"}), Adam(0.5)
ARRAYS = (types.Array(types.float32, 2, "C"), types.int64)
SEEN = "what the function sees"


@dataclass(frozen=True)
class Foreign:
    """Of a module whose imports nobody looks at."""

    number: int = 3


@dataclass(frozen=True)
class Ours:
    """Of this package, with a field that can hold anything."""

    __module__ = "longlag.tasks.ours"
    field: object


def test_a_digest_is_32_hex_digits():
    assert len(digest(MADE_OF, ARRAYS, SEEN)) == 32
    assert int(digest(MADE_OF, ARRAYS, SEEN), 16)


@pytest.mark.parametrize(
    "made_of",
    [
        ("driver", Adding, 8, frozenset({"b", "a"}), Adam(0.5)),
        ("driver", Adding, "4", frozenset({"b", "a"}), Adam(0.5)),
        ("driver", Adding, 4.0, frozenset({"b", "a"}), Adam(0.5)),
        ("driver", Adding, 4, frozenset({"b"}), Adam(0.5)),
        ("driver", Adding, 4, ("a", "b"), Adam(0.5)),
        ("driver", Adding, 4, frozenset({"b", "a"}), Adam(0.25)),
        ("driver", Adding, 4, frozenset({"b", "a"}), GradientDescent(0.5)),
        ("driver", Adding, (4, frozenset({"b", "a"})), Adam(0.5)),
        ("driver", LSTM, 4, frozenset({"b", "a"}), Adam(0.5)),
        ("present", Adding, 4, frozenset({"b", "a"}), Adam(0.5)),
    ],
)
def test_what_it_was_made_of_decides(made_of):
    assert digest(made_of, ARRAYS, SEEN) != digest(MADE_OF, ARRAYS, SEEN)


@pytest.mark.parametrize(
    "arguments",
    [
        ARRAYS[:1],
        ARRAYS[::-1],
        (types.Array(types.float64, 2, "C"), types.int64),
        (types.Array(types.float32, 1, "C"), types.int64),
        (types.Array(types.float32, 2, "F"), types.int64),
        (types.Array(types.float32, 2, "C", readonly=True), types.int64),
        (types.Array(types.float32, 2, "C", aligned=False), types.int64),
        (types.Array(types.float32, 2, "C"), types.uint64),
        (types.Tuple(ARRAYS),),
    ],
)
def test_the_types_of_the_arguments_decide(arguments):
    assert digest(MADE_OF, arguments, SEEN) != digest(MADE_OF, ARRAYS, SEEN)


@pytest.mark.parametrize(
    ("owner", "name", "value"),
    [
        (key, "FORMAT", key.FORMAT + 1),
        (key, "processor", lambda: ("a", "b", "c")),
        (key.sources, "digest", lambda: "0" * 64),
        (key.numba, "__version__", "0"),
        (key.llvmlite, "__version__", "0"),
        (key.sys, "version", "0"),
        (config, "OPT", 1),
        (config, "BOUNDSCHECK", 1),
        (config, "LOOP_VECTORIZE", 0),
        (config, "SLP_VECTORIZE", 1),
        (config, "DEBUGINFO_DEFAULT", 1),
        (config, "USING_SVML", "another"),
        (config, "CPU_NAME", "generic"),
        (config, "CPU_FEATURES", "+avx"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_compiles_decides(owner, name, value, monkeypatch):
    before = digest(MADE_OF, ARRAYS, SEEN)
    monkeypatch.setattr(owner, name, value)
    assert digest(MADE_OF, ARRAYS, SEEN) != before


def test_what_the_function_sees_decides():
    assert digest(MADE_OF, ARRAYS, "another") != digest(MADE_OF, ARRAYS, SEEN)
    assert digest(MADE_OF, ARRAYS, None) is None


def test_without_the_sources_of_the_code_in_memory_there_is_no_digest(monkeypatch):
    monkeypatch.setattr(key.sources, "digest", lambda: None)
    assert digest(MADE_OF, ARRAYS, SEEN) is None


@pytest.mark.parametrize(
    "made_of",
    [
        None,
        Foreign,
        Foreign(),
        ("add", (Foreign(),)),
        frozenset({Foreign()}),
        Ours(Foreign()),
        ("add", object()),
        type("longlagging", (), {"__module__": "longlagging.tasks"}),
    ],
    ids=["None", "type", "instance", "nested", "set", "field", "an object", "another package"],
)
def test_nothing_foreign_has_a_digest(made_of):
    assert digest(made_of, ARRAYS, SEEN) is None


def test_descriptions_are_spelled_out():
    assert description(frozenset({"b", "a", "c"})) == "{'a', 'b', 'c'}"
    assert description((Adam, 1, 2.5, None)) == "(longlag.rules.adam.Adam, 1, 2.5, None)"
    assert (
        description(GradientDescent(0.5))
        == "longlag.rules.gradient_descent.GradientDescent(0.5, 'half')"
    )


DESCRIPTIONS = """
from longlag.compiled.key import description
from longlag.learners import learners
from longlag.tasks import tasks

for task in tasks().values():
    print(description(task))
for learner in learners().values():
    print(description(learner(3, 2).structure))
"""


def test_descriptions_are_the_same_in_every_process():
    """However Python orders its sets, and wherever things lie in memory."""
    printed = {
        subprocess.run(
            [sys.executable, "-c", DESCRIPTIONS],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    (lines,) = printed
    assert len(lines.splitlines()) == len(tasks()) + len(learners())


def made(value, default=1):
    """A function of ours that sees a captured value, a default argument and a global."""

    def kept(x=default):
        return x, value, CONSTANT

    kept.__module__ = "longlag.tasks.adding"
    return kept


CONSTANT = 3.0
kept = made(2)


def another_kernel():
    return 2


another_kernel.__module__ = "a_package_of_somebody_else"


@pytest.mark.parametrize(
    "other",
    [
        made(3),
        made(2.0),
        made(None),
        made((2,)),
        made(frozenset({2})),
        made(np.int64(2)),
        made(LSTM),
        made(made(1)),
        made(inner(made(1))),
        made(2, default=2),
    ],
)
def test_what_a_function_captures_or_has_by_default_is_seen(other):
    assert key.sees(other) != key.sees(kept)
    assert key.sees(made(other)) != key.sees(made(kept))


def test_a_constant_that_a_program_has_set_is_seen(monkeypatch):
    """Or the next process would take code with the constant of this one, or this one with its."""
    before = key.sees(inner(kept))
    assert key.sees(inner(made(2))) == before
    monkeypatch.setattr(sys.modules[__name__], "CONSTANT", 4.0)
    assert key.sees(inner(kept)) != before


class Kernel(NamedTuple):
    """As of an update rule: compiled code gets a tuple, and finds methods by its type."""

    rate: float = 1.0
    change = kept


def test_the_methods_of_a_kernel_are_seen(monkeypatch):
    before = key.sees(made(Kernel))
    assert before is not None
    monkeypatch.setattr(Kernel, "change", made(3))
    assert key.sees(made(Kernel)) != before
    monkeypatch.setattr(Kernel, "change", another_kernel)
    assert key.sees(made(Kernel)) is None


@pytest.mark.parametrize(
    ("wrap", "ours"),
    [
        (lambda function: function, True),
        (lambda function: inner(function), True),
        (lambda function: (1, (function,)), True),
        (lambda function: (1, (another_kernel,)), False),
        (lambda function: another_kernel, False),
        (lambda function: inner(another_kernel), False),
    ],
    ids=["a function", "compiled", "in a tuple", "foreign in a tuple", "foreign", "both"],
)
def test_a_function_of_somebody_else_is_found_behind_ours(wrap, ours):
    """As where a kernel of the package was replaced by another."""
    captured = wrap(kept)

    def driver():
        return captured

    driver.__module__ = "longlag.engine.online"
    assert (key.sees(driver) is not None) is ours
