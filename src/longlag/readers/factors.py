"""Numbers with a factor behind them, as in 1.2K, $3.45M and 512 MiB; durations are read as seconds.

A column has one kind of both, so that the same text is the same number in all of its rows.
"""

import re
from collections.abc import Sequence
from decimal import Decimal

from longlag.readers.durations import are_durations
from longlag.readers.signs import is_currency, parted

#: Words and signs that mean one thing, whatever stands in the other rows.
_WORDS = {
    **dict.fromkeys(("k", "K", "Tsd", "tys", "\u0442\u044b\u0441"), 10**3),
    **dict.fromkeys(("\u4e07", "\u842c", "\ub9cc"), 10**4),
    **dict.fromkeys(("lakh", "lakhs", "Lakh"), 10**5),
    **dict.fromkeys(("MM", "Mn", "mn", "mln", "Mio", "mio", "\u043c\u043b\u043d"), 10**6),
    **dict.fromkeys(("Cr", "crore", "Crore"), 10**7),
    **dict.fromkeys(("\u4ebf", "\u5104", "\uc5b5"), 10**8),
    **dict.fromkeys(("Bn", "bn", "Mrd", "mrd", "mld", "\u043c\u043b\u0440\u0434"), 10**9),
    **dict.fromkeys(("Tn", "tn"), 10**12),
}
_BYTES = {f"{letter}i": 2 ** (10 * n) for n, letter in enumerate("KMGTP", 1)}
DURATIONS = "h, min, s"  #: of a column of texts such as 1h 5m
#: The factors that may stand in one column, by what a person is told. MB is none, which is a
#: million bytes to some and 2**20 to others; nor is G, which may be either as well.
FACTORS = {
    "K, M, B": _WORDS | {"M": 10**6, "B": 10**9, "T": 10**12},
    "k, m, b": _WORDS | {"m": 10**6, "b": 10**9},
    "KiB, MiB, GiB": _BYTES | {f"{name}B": factor for name, factor in _BYTES.items()} | {"B": 1},
    DURATIONS: {},
}
_ANY = frozenset().union(*FACTORS.values())
_UNSURE = {"m", "b", "T"}  #: that mean something else where no other factor stands in the column
_FACTORED = re.compile(  # T\u20ac are thousands in German
    r"(?P<number>.*\d\.?)(?P<blank>\s?)(?P<factor>(?!T\s*[^\w\s.,()])[^\W\d_]{1,5})\.?"
    r"(?P<more>(?:\s*[^\w\s.,()]|\s+[A-Z]{3})?\s*\)?)"
)
_DECIMAL = re.compile(r"[-+]?\d+[.,]\d+")
FAR = 30  #: times the largest number without a factor, from which on the next one is far from it
_BARE = re.compile(r"[-+(\u2212\u2013]?[\d.,'\u2019\s]*\d\.?(?:[eE][-+]?\d+)?\)?")


def without_factor(text: str, factors: str) -> tuple[str, int]:
    """The text without the factor behind its number, and the factor: 1 where there is none.

    >>> without_factor("$1.2M", "K, M, B"), without_factor("(0,7 Mrd. \u20ac)", "K, M, B")
    (('$1.2', 1000000), ('(0,7 \u20ac)', 1000000000))
    >>> without_factor("5 kg", "K, M, B")
    ('5 kg', 1)
    """
    found = _FACTORED.fullmatch(text.strip())
    factor = FACTORS[factors].get(found["factor"]) if found else None
    return (found["number"] + found["more"], factor) if found and factor else (text, 1)


def times(value: float, factor: int) -> float:
    """The product as a person computes it: 4.35 times 100 is 435."""
    return float(Decimal(repr(value)) * factor)


def factors_of(texts: Sequence[str]) -> str:
    """The factors behind the numbers of a column, as `FACTORS` calls them; "" for none.

    `texts` are without those for a missing value. All must be numbers. A single letter may be a
    name, as in 1 A and 2 B, 34M beside 27F, or 1.5T: so one number has decimals, the factor k or a
    currency behind it, or two have different factors. Where some beside zeros have no factor, one
    with it has decimals or a currency. A letter behind a few numbers of the same size as all others
    marks them, as where 3.46M is a doubtful level among 3.41 and 3.52.
    """
    texts = [text for text in texts if text.strip("0., ")]
    others = [text for text in texts if not _BARE.fullmatch(text.strip())]
    if not others:
        return ""
    if len(others) == len(texts) and are_durations(others):
        return DURATIONS
    found = []
    for text in others:
        each = _FACTORED.fullmatch(text.strip())
        if each and each["factor"] in _ANY and _is_number(each["number"] + each["more"]):
            found.append(each)
        elif not _is_number(text):
            return ""
    names = {each["factor"] for each in found}
    factors = next((name for name, known in FACTORS.items() if names <= known.keys()), "")
    if not names or (names <= _UNSURE and len(names) < 2):
        return ""
    mixed = len(names) > 1 and not names.isdisjoint("Kk")  # 1.2K among 3.4M
    if not mixed and all(len(name) == 1 for name in names) and _are_flags(found, texts, factors):
        return ""
    words = any(len(name) > 1 or not name.isascii() for name in names)
    words = words or any(each["more"].strip(" )") for each in found)  # a currency: 5 k\u20ac
    if words or any(re.search(r"\d[.,]\d", each["number"]) for each in found):
        return factors
    apart = len(found) < len(texts) or any(each["blank"] for each in found)
    return factors if not apart and (len(names) > 1 or names & {"k", "K"}) else ""


def _are_flags(found: Sequence[re.Match[str]], texts: Sequence[str], factors: str) -> bool:
    """Whether letters behind the numbers that were `found` among these texts only mark them.

    They are of the size of most numbers, and with their factors far from all of them.
    """
    plain = sorted(_size(text) for text in texts if _DECIMAL.fullmatch(text.strip()))
    marked = [_size(each["number"]) for each in found if _DECIMAL.fullmatch(each["number"])]
    if len(marked) < len(found) or len(plain) < len(found) or not plain[-1]:
        return False
    times = min(FACTORS[factors][each["factor"]] * _size(each["number"]) for each in found)
    near = plain[0] / 2 <= min(marked) and max(marked) <= 2 * plain[-1]
    return near and times > FAR * plain[-1]


def _size(text: str) -> float:
    return abs(float(text.replace(",", ".")))


def _is_number(text: str) -> bool:
    """Whether a text without a factor is a number, maybe beside a currency."""
    sign, number = parted(text)
    price = is_currency(sign) and (len(sign) == 1 or sign[-1] not in "\u20ac\u00a3")  # no k\u20ac
    return (not sign or price) and _BARE.fullmatch(number) is not None
