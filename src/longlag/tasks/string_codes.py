"""Strings of 0s and 1s as numbers: their bits after a 1, so that the empty string is 1."""

from longlag.compiled.compiling import inlined


def number_of(string: str) -> int:
    """The number of a string: its bits after a 1.

    >>> number_of("-"), number_of("0"), number_of("1"), number_of("00")
    (1, 2, 3, 4)
    """
    return int("1" + string.strip("-"), 2)


@inlined
def length_of(code):
    """The bits of a string."""
    bits = 0
    while code >= 2 << bits:
        bits += 1
    return bits


@inlined
def bit_of(code, bits, t):
    """Bit t, counted from 0, of a string of so many bits."""
    return (int(code) >> (int(bits) - 1 - int(t))) & 1
