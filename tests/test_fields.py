"""Fields that a user sets keep the bounds of their annotations, and their documentation is true."""

import ast
import inspect
import math
import re
from dataclasses import MISSING, dataclass, fields, is_dataclass
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

import numpy as np
import pytest
from msgspec import Meta

import longlag
from longlag.errors import InputError, check_fields
from longlag.experiments.tables import TableError, construct
from longlag.learners import learners
from longlag.learners.base import Learner
from longlag.rules import rules
from longlag.tasks import tasks

PUBLIC = [each for name in sorted(longlag.__all__) if is_dataclass(each := getattr(longlag, name))]

SMALL = longlag.Conditions(
    longlag.Adding(), longlag.LSTM(2, 1), longlag.Recent(), 100, 10, "float32", seed=1
)


def entries(cls):
    """What the section `Args:` of a docstring says, by name."""
    section = re.search(r"^Args:\n((?: {4}.*\n?)+)", inspect.getdoc(cls) or "", re.MULTILINE)
    assert section, f"{cls.__name__} has no section Args"
    parts = re.split(r"^ {4}(\w+): ", section[1], flags=re.MULTILINE)[1:]
    return {name: " ".join(text.split()) for name, text in zip(*[iter(parts)] * 2, strict=True)}


def said_default(entry):
    """The value that an entry calls the default."""
    said = re.search(r'("[^"]*"|\([^()]*\)|[^\s()"]+) (?:by default|\(the default\))', entry)
    assert said, f"no default in {entry!r}"
    return math.inf if said[1] == "infinity" else ast.literal_eval(said[1])


def bounds(cls):
    """(field, int or float, Meta) of the fields with bounds, which may be None too."""
    for name, hint in get_type_hints(cls, include_extras=True).items():
        for each in (hint, *get_args(hint)):
            if get_origin(each) is Annotated and get_origin(hint) is not tuple:
                yield name, *get_args(each)


def limits(kind, meta):
    """(just outside, just inside) of each bound."""

    def beside(value, direction):
        return value + direction if kind is int else float(np.nextafter(value, direction * np.inf))

    for limit, inwards in ((meta.ge, 1), (meta.le, -1)):
        if limit is not None:
            yield beside(limit, -inwards), limit
    for limit, inwards in ((meta.gt, 1), (meta.lt, -1)):
        if limit is not None:
            yield limit, beside(limit, inwards)


BOUNDS = [
    pytest.param(cls, name, outside, inside, id=f"{cls.__name__}-{name}-{outside}")
    for cls in PUBLIC
    for name, kind, meta in bounds(cls)
    for outside, inside in limits(kind, meta)
]
#: Conditions are several tables.
TABLES = [each for each in BOUNDS if each.values[0] is not longlag.Conditions]


def arguments(cls, **changes) -> dict[str, Any]:
    """The fields without a default, and changes."""
    if cls is longlag.Conditions:
        return vars(SMALL) | changes
    return ({"inputs": 1, "outputs": 1} if issubclass(cls, Learner) else {}) | changes


def refusal(make, *given, **named) -> InputError | None:
    """The error that comes of it, if one does."""
    try:
        make(*given, **named)
    except InputError as error:
        return error
    return None


@pytest.mark.parametrize("cls", PUBLIC)
def test_every_field_is_documented_with_its_default(cls):
    said = entries(cls)
    assert list(said) == [field.name for field in fields(cls)]
    for field in fields(cls):
        if field.default is not MISSING:
            assert said_default(said[field.name]) == field.default, field.name


@pytest.mark.parametrize("cls", PUBLIC)
def test_bounds_are_documented(cls):
    said = entries(cls)
    for name, _, meta in bounds(cls):
        numbers = re.findall(r"-?\d[\d_]*(?:\.\d+)?(?:e-?\d+)?", said[name])
        given = {meta.ge, meta.gt, meta.le, meta.lt} - {None}
        assert given <= set(map(ast.literal_eval, numbers)), name


@pytest.mark.parametrize(("cls", "name", "outside", "inside"), BOUNDS)
def test_bounds_are_kept(cls, name, outside, inside):
    subject, message = str(refusal(cls, **arguments(cls, **{name: outside}))).split(" must be ")
    assert message.endswith(f", got {outside}")
    # What other fields ask of this one has another message.
    refused = refusal(cls, **arguments(cls, **{name: inside}))
    assert not str(refused).startswith(f"{subject} must be ")


@pytest.mark.parametrize(("cls", "name", "outside", "inside"), TABLES)
def test_tables_keep_the_same_bounds(cls, name, outside, inside):
    refused = refusal(construct, cls, arguments(cls, **{name: outside}))
    assert isinstance(refused, TableError)
    assert refused.path == name
    refused = refusal(construct, cls, arguments(cls, **{name: inside}))
    assert refused is None or (isinstance(refused, TableError) and refused.path == "")


@pytest.mark.parametrize("wrong", [math.nan, True, "1", 1j, np.ones(2), [1]], ids=repr)
def test_what_is_no_number_is_refused(wrong):
    for cls in PUBLIC:
        for name, _, _ in bounds(cls):
            with pytest.raises(InputError, match=r" must be a (whole )?number ") as caught:
                cls(**arguments(cls, **{name: wrong}))
            assert len(str(caught.value).splitlines()) == 1


@dataclass(frozen=True)
class Made:
    """A field for each kind of annotation."""

    least: Annotated[int, Meta(ge=1)] = 1
    most: Annotated[float, Meta(le=2)] = 2
    below: Annotated[float, Meta(gt=0, lt=1)] = 0.5
    whole: int = 0
    number: float = 0.0
    on: bool = True
    word: Literal["a", "b"] = "a"
    words: tuple[Literal["a", "b"], ...] = ()
    pair: tuple[Annotated[float, Meta(ge=0)], Annotated[float, Meta(ge=0)]] = (0, 1)
    maybe: Annotated[float, Meta(ge=0)] | None = None
    rule: longlag.Adam = longlag.Adam()  # noqa: RUF009
    titled: Annotated[int, Meta(title="the number of a thing", le=3)] = 3
    table: dict[str, int] | None = None
    anything: Any = None

    name = "made"

    def __post_init__(self):
        check_fields(self)


@pytest.mark.parametrize(
    ("field", "values"),
    {
        "least": [2, 10**30],
        "most": [-math.inf],
        "below": [0.1],
        "whole": [-1],
        "number": [-1, math.inf],
        "words": [("a",)],
        "pair": [(0.5, 3)],
        "maybe": [None, 0, 1.5],
        "table": [{"a": 1}],
        "anything": [object()],
    }.items(),
)
def test_what_an_annotation_says_is_taken_as_it_comes(field, values):
    for value in values:
        assert getattr(Made(**{field: value}), field) is value


def test_a_list_becomes_the_tuple_that_a_field_holds():
    made = Made(words=["b", "a"], pair=[1, 2])
    assert (made.words, made.pair) == (("b", "a"), (1, 2))


@pytest.mark.parametrize(
    ("field", "value", "held"),
    [
        ("least", np.int64(2), 2),
        ("most", np.float32(0.5), 0.5),
        ("most", np.float64(0.1), 0.1),
        ("most", np.array(0.5), 0.5),
        ("on", np.bool_(False), False),
        ("maybe", np.float32(0.5), 0.5),
        ("pair", np.array([1.0, 2.0]), (1.0, 2.0)),
        ("pair", [np.float32(1.0), np.int64(2)], (1.0, 2)),
        ("words", np.array(["a", "b"]), ("a", "b")),
    ],
)
def test_what_numpy_holds_becomes_what_python_holds(field, value, held):
    found = getattr(Made(**{field: value}), field)
    assert found == held
    numbers = found if isinstance(found, tuple) else (found,)
    assert {type(each) for each in numbers} <= {int, float, bool, str}


def test_a_number_of_numpy_is_refused_as_that_of_python_is():
    with pytest.raises(InputError, match=r"least of made must be at least 1, got 0$"):
        Made(least=np.int64(0))


@pytest.mark.parametrize("cls", [*tasks().values(), *learners().values(), *rules().values()])
def test_what_was_made_with_lists_equals_what_was_made_with_tuples(cls):
    """Kernels are found by the hash of a learner's structure."""
    plain = cls(**arguments(cls))
    held = {field.name: getattr(plain, field.name) for field in fields(cls) if field.init}
    lists = {name: list(each) for name, each in held.items() if isinstance(each, tuple)}
    listed = cls(**{**held, **lists})
    assert listed == plain
    assert hash(listed) == hash(plain)


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("least", 0, "least of made must be at least 1, got 0"),
        ("least", None, "least of made must be a whole number at least 1, got None"),
        ("least", 1.0, "least of made must be a whole number at least 1, got 1.0"),
        ("most", 2.5, "most of made must be a number at most 2, got 2.5"),
        ("below", 1.0, "below of made must be a number in (0, 1), got 1.0"),
        ("whole", True, "whole of made must be a whole number, got True"),
        ("number", math.nan, "number of made must be a number, got nan"),
        ("on", 1, "on of made must be true or false, got 1"),
        ("word", "c", "word of made must be one of 'a', 'b', got 'c'"),
        ("word", ("a",), "word of made must be one of 'a', 'b', got ('a',)"),
        ("words", "a", "words of made must be a list, each item one of 'a', 'b', got 'a'"),
        ("words", ("c",), "words of made must be a list, each item one of 'a', 'b', got ('c',)"),
        ("pair", (1, -1), "must be a list of 2 items, each a number at least 0, got (1, -1)"),
        ("pair", (1,), "must be a list of 2 items, each a number at least 0, got (1,)"),
        ("maybe", -1, "maybe of made must be a number at least 0, got -1"),
        ("rule", longlag.RMSProp, "rule of made must be an Adam, got <class "),
        ("titled", 4, "the number of a thing must be at most 3, got 4"),
        ("word", "c" * 100, f"must be one of 'a', 'b', got '{'c' * 37}...{'c' * 38}'"),
    ],
)
def test_a_wrong_field_gets_one_clear_line(field, value, message):
    with pytest.raises(InputError, match=re.escape(message)):
        Made(**{field: value})
