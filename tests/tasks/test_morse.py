"""Morse code, written out by hand."""

from itertools import islice

import numpy as np

from longlag import Morse
from longlag.simd.random import Purpose
from longlag.tasks.morse import CODES, inputs_of


def examined():
    return islice(Morse().sequences(1, purpose=Purpose.EXAM), 26)


def test_the_letters_of_a_test_come_in_the_order_of_the_lessons():
    assert "".join(CODES) == "ETAINDGHKRUWBFLOVCJPQXYZMS"
    for number, (x, target) in enumerate(examined()):
        assert target[-1].tolist() == [1.0] + [float(i == number) for i in range(26)]
        assert not target[:-1].any()
        assert target.shape == (len(x), 27)


def test_codes_are_dots_dashes_and_a_second_zero():
    letters = {letter: x[:, 0] for letter, (x, _) in zip(CODES, examined(), strict=True)}
    assert letters["E"].tolist() == [1, -1, -1]
    assert letters["T"].tolist() == [1, 1, -1, -1]
    assert letters["V"].tolist() == [1, -1, 1, -1, 1, -1, 1, 1, -1, -1]  # as the source prints it
    assert len({tuple(code) for code in letters.values()}) == 26


def test_letters_have_the_lengths_of_the_source():
    lengths = [len(inputs_of(letter)) for letter in CODES]
    assert (min(lengths), max(lengths)) == (3, 12)
    assert sum(lengths) == 228  # the source counts 226, "an average of 8"


def test_every_letter_is_drawn():
    drawn = {int(np.argmax(y[-1, 1:])) for _, y in islice(Morse().sequences(1), 400)}
    assert drawn == set(range(26))  # fails by chance once in 250,000
