"""What is shown of text from outside."""

import pytest
from support.hostile_names import NAMES, control_characters

from longlag.errors import InputError, check_whole
from longlag.quoting import MESSAGE, QUOTED, one_line, quoted, shortened
from longlag.registry import suggestion


@pytest.mark.parametrize(
    "value",
    [*NAMES.values(), list(NAMES.values()), {"a": ["b" * 1000] * 1000}, 10**5000, -(10**5000)],
    ids=lambda value: type(value).__name__,
)
def test_values_are_quoted_in_a_short_line(value):
    text = quoted(value)
    assert len(text) <= QUOTED
    assert text.isprintable()


def test_short_values_are_quoted_as_they_are():
    for value in ("level", 12, 0.1, None, (1, "two"), [0.5, -0.5], {"T": 100}):
        assert quoted(value) == repr(value)


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_every_message_is_one_short_line(name):
    message = str(InputError(f"no column {name}: known are {name}"))
    assert len(message) <= MESSAGE
    assert not control_characters(message)
    assert "\n" not in message


def test_the_end_of_a_long_message_stays():
    assert one_line("x" * 10_000 + ": take another").endswith(": take another")
    assert shortened("0123456789" * 2, 10) == "01234...89"


def test_a_number_of_thousands_of_digits_is_refused_in_one_line():
    with pytest.raises(InputError, match="T must be from 1 to 9, got a number of some 5001 digits"):
        check_whole("T", 10**5000, 1, 9)


def test_suggestions_list_some_names_of_many():
    text = suggestion("z", [f"{'column' * 1000}{i}" for i in range(5000)])
    assert len(text) < 4000
    assert text.endswith(", ...")
