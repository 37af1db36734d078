"""What a field of text means: a number, a truth value, or a missing value."""

import re
from collections.abc import Sequence

import numpy as np

from longlag.errors import LARGEST
from longlag.quoting import quoted
from longlag.readers.durations import seconds_in
from longlag.readers.factors import DURATIONS, times, without_factor
from longlag.readers.footnotes import without_footnote
from longlag.readers.signs import is_currency, parted

#: How a missing value may be written, in upper or lower case and with blanks around it.
MISSING = frozenset(
    """na n/a n/e nan -nan null none nil nat n.a. n.d. k.a. missing #n/a #na <na> \\n ? * : . .. ...
    - -- --- 1.#qnan -1.#qnan 1.#ind -1.#ind #div/0! #value! #ref! #name? #num! #null! #nv #n/d
    #wert! #bezug! #zahl! #valeur! #nombre! #valor!""".split()  # noqa: SIM905
) | {""}

TRUTH = {"true": 1.0, "false": 0.0}

#: What stands for a missing value where a column holds numbers; elsewhere it may be a category.
_NO_NUMBER = re.compile(
    r"([-*./?#_~=+\u2013\u2014])\1*|unavailable|unknown|undefined|not available|no ?data|no_data"
    r"|invalid"
)
_FORTRAN = re.compile(r"([\d.])[dD]([+-]\d)")  # the exponent of double precision: 1.5D+03

BLANKS = "\u0020\u00a0\u202f\u2009"  #: that may stand between thousands


#: A number below zero as accounts have it: (1,234.50), or 1.234,50- with the sign behind it.
#: Without a mark in it, such a text may be the number of a note, or a grade.
_BELOW_ZERO = re.compile(r"\((?P<a>\d[^()]*[.,]\d+)\)|(?P<b>\d[^-]*[.,]\d+)-")
#: One below a thousand, and so without a mark, in a table whose thousands have marks.
_SHORT_BELOW_ZERO = re.compile(r"\((\d{1,3})\)")


def with_sign_in_front(text: str) -> str:
    """The text of a field without blanks around it, and with a sign as programs write it.

    >>> with_sign_in_front("(1,234.50)"), with_sign_in_front(" 2,5- "), with_sign_in_front("(3)")
    ('-1,234.50', '-2,5', '(3)')
    >>> with_sign_in_front("+  23.4"), with_sign_in_front("- 6")
    ('+23.4', '-6')
    """
    text = text.strip().replace("\u2212", "-")  # a minus sign for print
    if text[:1] == "\u2013":  # a dash for it
        text = f"-{text[1:]}"
    if text[:2] in ("- ", "+ "):  # as loggers align them
        text = f"{text[0]}{text[1:].lstrip()}"
    if text[-1:] not in (")", "-"):
        return text
    found = _BELOW_ZERO.fullmatch(text)
    return f"-{found['a'] or found['b']}" if found else text


def are_accounts(texts: Sequence[str]) -> bool:
    """Whether numbers in parentheses are below zero in this column.

    Where all stand so, they may be pairs, or errors of estimates, unless one has marks of thousands
    and of decimals.

    >>> are_accounts(["(2.5)", "3"]), are_accounts(["(2.5)", "(0.1)"]), are_accounts(["(1,234.50)"])
    (True, False, True)
    """
    given = [text.strip() for text in texts if text.strip().lower() not in MISSING]
    return any(text[0] != "(" or ("." in text and "," in text) for text in given)


class Values:
    """How numbers of one table are written."""

    def __init__(
        self,
        decimal: str = ".",
        thousands: str = "",
        missing: Sequence[str] = (),
        sign: str = "",
        factors: str = "",
    ):
        """`sign` stands beside the numbers, such as $ or %; `factors` are those of `FACTORS`."""
        self.decimal, self.thousands, self.sign, self.factors = decimal, thousands, sign, factors
        #: whether signs or factors stand beside the numbers
        self.marked = bool(sign or factors)
        self._missing = {text.strip().lower() for text in missing}
        #: whether Python and NumPy read such numbers as they are
        self.plain = decimal == "." and not thousands
        #: whether a person named texts that stand for a missing value, besides the empty text
        self.names_missing = bool(self._missing - {""})
        if thousands:
            mark, point = re.escape(thousands), re.escape(decimal)
            if thousands in BLANKS:
                mark = f"[{BLANKS}]"
            groups = rf"\d{{1,3}}(?:{mark}\d{{3}})+"
            if thousands == ",":  # of lakhs and crores: 12,34,567
                groups = rf"(?:{groups}|\d{{1,2}}(?:,\d{{2}})+,\d{{3}})"
            self._grouped = re.compile(rf"[+-]?{groups}(?:{point}\d*)?")
            self._mark = re.compile(mark)
        #: numbers that stand for a missing value
        self.sentinels = [x for x in map(self._read, self._missing) if x is not None and x == x]

    def named_missing(self, text: str) -> bool:
        """Whether a text is empty, or was named as one for a missing value."""
        text = text.strip()
        if not text or (self._missing and text.lower() in self._missing):
            return True
        return bool(self.sentinels) and self._read(text) in self.sentinels

    def missing(self, text: str) -> bool:
        """Whether a text stands for a missing value."""
        return text.strip().lower() in MISSING or self.named_missing(text)

    def number(self, text: str) -> float | None:
        """A number of at most `LARGEST`, NaN if it is missing, None if it is neither.

        The mark of a footnote behind a number is passed over.
        """
        value = self._read(text) if self.marked else self._bare(text)  # one call less for each
        if value is not None and value not in self.sentinels:
            return value if abs(value) <= LARGEST else (None if value == value else np.nan)
        lower = text.strip().lower()
        if value is not None or self.missing(lower) or _NO_NUMBER.fullmatch(lower):
            return np.nan
        bare = without_footnote(text)
        return TRUTH.get(lower) if bare == text else self.number(bare)

    def known(self, texts: Sequence[str]) -> list[str]:
        """The texts that do not stand for a missing value where a column holds numbers."""
        read = zip(texts, map(self.number, texts), strict=True)
        return [text for text, x in read if x is None or x == x]

    def ungrouped(self, text: str) -> str:
        """A number without the marks between its thousands; any other text as it is."""
        grouped = self.thousands and self._grouped.fullmatch(text)
        return self._mark.sub("", text) if grouped else text

    def beside(self, sign: str, factors: str) -> "Values":
        """The same for numbers with a sign beside them, or with factors; "" is none."""
        missing = tuple(self._missing)
        marked = sign or factors
        return Values(self.decimal, self.thousands, missing, sign, factors) if marked else self

    def _read(self, text: str) -> float | None:
        """The number in a text, with its factor, and without the sign beside it: see `sign_of`."""
        if not self.factors:
            return self._signed(text)
        if self.factors == DURATIONS and (seconds := seconds_in(text)) is not None:
            return seconds
        number, factor = without_factor(text, self.factors)
        value = self._signed(number)
        return value if value is None or factor == 1 else times(value, factor)

    def _signed(self, text: str) -> float | None:
        if not self.sign:
            return self._bare(text)
        sign, number = parted(text)
        value = self._bare(number)
        if sign == self.sign:
            return value
        bare = is_currency(self.sign) or not value or text.strip().lower() in self._missing
        return value if bare and not sign else None

    def _bare(self, text: str) -> float | None:
        if not self.plain:
            text = with_sign_in_front(text)
            text = self.ungrouped(text)
            if self.thousands and (short := _SHORT_BELOW_ZERO.fullmatch(text)):
                text = f"-{short[1]}"
            if self.decimal != ".":
                if "." in text:
                    return None
                text = text.replace(self.decimal, ".")
        try:
            value = float(text)
        except ValueError:
            other = with_sign_in_front(text)
            if "D" in text or "d" in text:
                other = _FORTRAN.sub(r"\1e\2", other)
            if text.startswith('="') and text.endswith('"'):  # a text of a spreadsheet
                other = text[2:-1]
            return self._bare(other) if other != text.strip() else None
        return value if "_" not in text else None


def no_number(name: str, text: str, values: Values) -> str:
    """What to say of a text in a column of numbers of this name, and what to do about it."""
    remedy = (
        "correct it, leave it empty, name it by --missing, --exclude the column, or say --classify "
        "if it is a target of classes"
    )
    other = "," if values.decimal == "." else "."
    word = "comma" if other == "," else "point"
    marks = {
        f"if this is a decimal {word}, say --decimal {word}": Values(other),
        f"if a {word} stands between thousands, say --thousands {word}": Values(
            values.decimal, values.thousands or other
        ),
    }
    if found := [remedy for remedy, each in marks.items() if each.number(text) is not None]:
        remedy = "; ".join(found)
    beside = f" beside {quoted(values.sign)}" if values.sign else ""
    if values.factors:
        beside += f" with {values.factors} behind them"
    return (
        f"column {name!r} must hold finite numbers up to {LARGEST:g}{beside}, got {text[:40]!r}: "
        f"{remedy}"
    )
