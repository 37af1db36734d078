"""Units of measurement, as lines below the names of columns hold them."""

import re
from collections.abc import Sequence

_UNITS = {"grad c"}.union(  # a text is easier to read than a hundred strings
    """- # % c f k v a w s h m mm cm km kn kt g kg t l ml pa hpa kpa mbar bar degc degf deg ppm ppb
    hz khz mhz v mv ma kw mw kwh mwh gwh wh va kva sec min hours days count counts unit units
    einheit einheiten ratio eur usd gbp lux lx db ph psi rpm ug/m3 mg/m3 mg/l m/s km/h kmh mph m3
    m3/s m3/h l/s l/h l/min w/m2 w/m^2 j/m2 m/s2 date/time datum/uhrzeit yyyy-mm-dd
    dd/mm/yyyy mm/dd/yyyy dd.mm.yyyy hh:mm hh:mm:ss hhmm utc local""".split()  # noqa: SIM905
)
_BRACKETED = re.compile(r"\(.*\)|\[.*\]|v vs\.? .*|.{0,12}[\u00b0\u00b5\u03bc\u00b2\u00b3%].{0,12}")

_FORMAT = re.compile(r"\d{1,3}[sdn]")  # of a column in tables of the USGS (RDB): 20d


def reads_like_units(fields: Sequence[str]) -> bool:
    """Whether all fields that hold something are units."""
    given = [field.strip().lower() for field in fields if field.strip()]
    if len(given) > 1 and all(map(_FORMAT.fullmatch, given)):
        return True
    return bool(given) and all(each in _UNITS or _BRACKETED.fullmatch(each) for each in given)
