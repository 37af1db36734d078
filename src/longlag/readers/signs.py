"""Signs beside the numbers of a column: a currency, a percent sign or a unit, as in $5 and 12 %."""

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

#: Currencies that are written as words; in lower case, most of them are other words.
_CURRENCIES = frozenset(
    """EUR USD GBP CHF SEK NOK DKK ISK PLN CZK HUF RON BGN TRY RUB UAH INR PKR JPY CNY KRW AUD NZD
    CAD MXN BRL ARS CLP COP ZAR NGN KES EGP ILS AED SAR SGD HKD THB IDR MYR PHP VND kr Kr Rs Ft lei
    z\u0142 K\u010d""".split()  # noqa: SIM905
)
#: Units, in lower case. A single letter may be the name of a class or of a room: 1 A, 2 A.
_UNITS = frozenset(
    """mm cm km mi ft in nm \u00b5m kg mg \u00b5g lb lbs oz ml cl hl pa hpa kpa mpa mbar bar psi
    degc degf hz khz mhz ghz mv kv ma kw mw gw wh kwh mwh gwh va kva var kvar db lx lux ppm ppb ph
    ms sec secs min mins hr hrs hours days km/h kmh mph kn kt m/s m3 m\u00b3 m3/h m\u00b3/h l/s
    l/min l/h rpm bpm w/m2 w/m\u00b2 kcal cal kj mj mmhg g/l mg/l mg/dl mmol/l \u00b5g/m3
    \u00b5g/m\u00b3""".split()  # noqa: SIM905
)
_MARKS = "'\u2019 \u00a0\u202f\u2009"  # between thousands
_BESIDE = r"[^\W\d_]{0,3}[^\w\s\d()+\-.,'\u2212\u2013]?"  # letters, a symbol, or both, as in R$
_BARE = re.compile(r"[-+]?[0-9](?:[^A-Za-z]*[0-9])?")
_SIGNED = re.compile(
    rf"(?P<a>[-+(\u2212\u2013]?)\s*(?P<before>{_BESIDE})(?:(?<=[^\W\d_])\.)?\s*(?P<b>[-+(\u2212\u2013]?)\s*"
    rf"(?P<number>(?:\d(?:[\d.,{_MARKS}]*\d)?|[.,]\d+)(?:[eE][+-]?\d+)?|-)"
    r"\s*(?P<after>[^\d\s()+\-.,'\u2212\u2013][^\s()]{0,7})?\s*\)?"
)


def parted(text: str) -> tuple[str, str]:
    """The sign beside the number in a text, and the number; ("", text) where there is none.

    A dash beside a currency is the zero of accounts.

    >>> parted("$1,100.50"), parted("-12,5 %"), parted("($ 7)"), parted("$ -"), parted("a 1")
    (('$', '1,100.50'), ('%', '-12,5'), ('$', '-7'), ('$', '0'), ('', 'a 1'))
    """
    text = text.strip()
    found = _SIGNED.fullmatch(text)
    if found is None or text.count("(") != text.count(")") or (found["a"] and found["b"]):
        return "", text
    before, after, number = found["before"], found["after"] or "", found["number"]
    if bool(before) == bool(after) or not (is_currency(before) or _stands_behind(after)):
        return "", text
    if before.isalpha() and found.end("before") == found.start("b") and found["b"]:
        return "", text  # a name, such as CAD-1
    if number == "-":
        return (before, "0") if before and not found["a"] else ("", text)
    below_zero = (found["a"] or found["b"]) in ("-", "(", "\u2212", "\u2013")
    return before or after, f"-{number}" if below_zero else number


def sign_of(texts: Sequence[str]) -> str:
    """The sign beside most of these texts, where the others are no numbers; "" for none.

    Only a currency may be missing beside some numbers, as in accounts, and anything beside a zero.
    """
    if not any(text.strip() and not _is_bare(text.strip()) for text in texts):
        return ""
    found = [parted(text) for text in texts if text.strip()]
    counts = Counter(sign for sign, _ in found if sign)
    if len(counts) != 1:
        return ""
    (sign, count), *_ = counts.items()
    if not is_currency(sign) and all(text.strip()[0] == "(" for text in texts if parted(text)[0]):
        return ""  # shares beside other numbers, such as (12%)
    bare = [text for other, text in found if not other and any(map(str.isdigit, text))]
    if not is_currency(sign) and any(text.strip("0.,") for text in bare):
        return ""
    return sign if 2 * (count + len(bare)) > len(found) else ""


def is_currency(sign: str) -> bool:
    """Whether a sign is that of a currency, such as $, R$, CHF or kr."""
    return sign in _CURRENCIES or unicodedata.category(sign[-1:] or "a") == "Sc"


def _stands_behind(sign: str) -> bool:
    """Whether a sign may stand behind a number: a percent sign, a currency or a unit."""
    unit = sign.lower().replace("\u03bc", "\u00b5")  # the letter mu, and the sign for micro
    known = unit in _UNITS or sign in ("%", "\u2030", "\u00b0", "\u00b0C", "\u00b0F")
    return bool(sign) and (known or is_currency(sign.rstrip(".")))


def _is_bare(text: str) -> bool:
    """Whether a text begins and ends like a number without a sign: most of them do."""
    return _BARE.fullmatch(text) is not None
