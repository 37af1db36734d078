"""Tomita's strings against his languages, and against the numbers that Watrous & Kuhn print."""

from itertools import islice, product

import numpy as np
import pytest

from longlag.errors import InputError
from longlag.simd.random import Purpose
from longlag.tasks.tomita import AUTOMATA
from longlag.tasks.tomita_strings import STRINGS, TESTED, TomitaStrings

# Typed from Watrous & Kuhn (1992): strings of up to 10 bits, and longer ones, in the language and
# outside. In the language 5 the longer one is lost in the text that we could read.
PRINTED = {
    1: ((9, 0), (8, 0)),
    2: ((5, 1), (10, 0)),
    3: ((11, 2), (11, 1)),
    4: ((10, 1), (7, 2)),
    5: ((9, 1), (11, 1)),
    6: ((10, 0), (11, 1)),
    7: ((11, 2), (6, 2)),
}


def read(x):
    """The bits of a sequence that ends with the end symbol."""
    assert x[-1] == 2
    return "".join("01"[int(each)] for each in x[:-1, 0])


@pytest.mark.parametrize("grammar", STRINGS)
def test_each_string_is_where_it_belongs(grammar):
    for strings, member, (short, long) in zip(
        STRINGS[grammar], (True, False), PRINTED[grammar], strict=True
    ):
        bits = [string.strip("-") for string in strings.split()]
        assert len(set(bits)) == len(bits)
        assert [AUTOMATA[grammar].accepts(each) for each in bits] == [member] * len(bits)
        assert (sum(len(each) <= 10 for each in bits), sum(len(each) > 10 for each in bits)) == (
            short,
            long,
        )


def test_languages_share_a_driver():
    assert len({len(TomitaStrings(grammar).parameters) for grammar in STRINGS}) == 1


def test_the_set_of_a_batch_learner_holds_the_strings_in_order():
    inside, outside = (strings.split() for strings in STRINGS[2])
    wanted = [(string.strip("-"), 1.0) for string in inside]
    wanted += [(string, 0.0) for string in outside]
    drawn = islice(TomitaStrings(2).sequences(seed=1, purpose=Purpose.SETS), 2 * len(wanted))
    assert [(read(x), target[-1, 0]) for x, target in drawn] == 2 * wanted


@pytest.mark.parametrize("grammar", [3, 4])
def test_training_shows_all_strings_and_no_others(grammar):
    inside, outside = (strings.split() for strings in STRINGS[grammar])
    wanted = {(string.strip("-"), 1.0) for string in inside}
    wanted |= {(string.strip("-"), 0.0) for string in outside}
    seen = set()
    for x, target in islice(TomitaStrings(grammar).sequences(seed=1), 600):
        assert np.isnan(target[:-1]).all()
        seen.add((read(x), target[-1, 0]))
    assert seen == wanted  # fails by chance once in a thousand million


def test_a_share_of_the_short_strings_is_drawn_for_each_trial():
    task, sets = TomitaStrings(4, share=0.1), []
    for trial in range(2):
        drawn = islice(task.sequences(1, trial), 4000)
        sets.append({(read(x), target[-1, 0]) for x, target in drawn})
        strings = {string for string, _ in sets[-1]}
        # 204.7 of 2047 strings, with a standard deviation of 13.6: 5 of these either way. Nearly
        # all of them are among 4,000 draws.
        assert 137 < len(strings) < 273
        assert all(target == AUTOMATA[4].accepts(string) for string, target in sets[-1])
        assert max(map(len, strings)) == 10
    assert len(sets[0] & sets[1]) < 80
    shown = islice(task.sequences(1, 1, Purpose.SETS), 300)
    assert {(read(x), target[-1, 0]) for x, target in shown} >= sets[1]


def test_a_share_may_not_be_so_small_that_no_string_is_drawn():
    with pytest.raises(InputError, match=r"must be 0 or from 0\.01 to 1, got 0\.001"):
        TomitaStrings(share=0.001)


def test_a_test_shows_every_short_string_once():
    task, shown = TomitaStrings(7), []
    for x, target in islice(task.sequences(1, purpose=Purpose.TESTING), TESTED):
        shown.append(read(x))
        assert target[-1, 0] == AUTOMATA[7].accepts(shown[-1])
    assert shown == ["".join(bits) for n in range(11) for bits in product("01", repeat=n)]
