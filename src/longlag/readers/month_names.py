"""Names of months and weekdays in other languages than English, as dates have them."""

import re
import unicodedata

_MONTHS = (
    "jan januar janner janv janvier ene enero gen gennaio janeiro januari january",
    "feb februar fevr fevrier febrero febbraio fev fevereiro februari february",
    "mar marz mrz maerz mars marzo marco maart mrt march",
    "apr april avr avril abr abril aprile",
    "may mai mayo mag maggio maio mei maj",
    "jun juni juin junio giu giugno junho june",
    "jul juli juil juillet julio lug luglio julho july",
    "aug august aout ago agosto augustus augusti",
    "sep sept september septembre septiembre set settembre setembro",
    "oct okt oktober octobre octubre ott ottobre out outubro october",
    "nov november novembre noviembre novembro",
    "dec dez dezember decembre dic diciembre dicembre dezembro december",
)
#: The English abbreviation of each name, without accents and in lower case.
_ENGLISH = {name: names.split()[0].title() for names in _MONTHS for name in names.split()}
_WEEKDAYS = frozenset(
    """mo di mi do fr sa so montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag
    lun mar mer jeu ven sam dim lundi mardi mercredi jeudi vendredi samedi dimanche mie jue vie sab
    dom lunes martes miercoles jueves viernes sabado domingo gio lunedi martedi mercoledi giovedi
    venerdi domenica ma wo za zo maandag dinsdag woensdag donderdag vrijdag zaterdag zondag seg ter
    qua qui sex mon tue wed thu fri sat sun""".split()  # noqa: SIM905
)
_WORD = re.compile(r"([^\W\d_]+)\.?")
_WEEKDAY = re.compile(r"([^\W\d_]+)\.?,? (?=\d+(?:[./-]\d|(?:\.|er)? (?:de )?[^\W\d_]))")
_BETWEEN = re.compile(r"(?<=\d)(?:\.|er|\u00ba)? (?:de )?(?=[^\W\d_])|(?<=[^\W\d_])\.? de (?=\d)")


def in_english(text: str) -> str:
    """A date with English abbreviations for the names of months, and without that of a weekday.

    >>> in_english("Mi, 3. M\u00e4rz 2024"), in_english("janv.-24"), in_english("3 de mayo de 2024")
    ('3 Mar 2024', 'Jan-24', '3 May 2024')
    """
    text = text.strip(" -")
    if (found := _WEEKDAY.match(text)) and _plain(found[1]) in _WEEKDAYS:
        text = text[found.end() :]
    text = _BETWEEN.sub(" ", text)
    return _WORD.sub(lambda word: _ENGLISH.get(_plain(word[1]), word[0]), text)


def _plain(word: str) -> str:
    """The word in lower case and without accents."""
    letters = unicodedata.normalize("NFKD", word.lower())
    return "".join(filter(str.isalpha, letters))
