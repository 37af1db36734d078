"""Names of months and weekdays in other languages than English, as dates have them."""

import re
import unicodedata

_MONTHS = (
    "jan januar janner janv janvier ene enero gen gennaio janeiro januari january "
    "sty styczen stycznia led leden ledna",
    "feb februar fevr fevrier febrero febbraio fev fevereiro februari february "
    "lut luty lutego uno unor unora",
    "mar marz mrz maerz mars marzo marco maart mrt march marzec marca bre brezen brezna",
    "apr april avr avril abr abril aprile kwi kwiecien kwietnia dub duben dubna",
    "may mai mayo mag maggio maio mei maj maja kve kveten kvetna",
    "jun juni juin junio giu giugno junho june cze czerwiec czerwca cvn cerven cervna",
    "jul juli juil juillet julio lug luglio julho july lip lipiec lipca cvc cervenec cervence",
    "aug august aout ago agosto augustus augusti sie sierpien sierpnia srp srpen srpna",
    "sep sept september septembre septiembre set settembre setembro wrz wrzesien wrzesnia zar zari",
    "oct okt oktober octobre octubre ott ottobre out outubro october "
    "paz pazdziernik pazdziernika rij rijen rijna",
    "nov november novembre noviembre novembro lis listopad listopada listopadu",
    "dec dez dezember decembre dic diciembre dicembre dezembro december "
    "gru grudzien grudnia pro prosinec prosince",
)
#: The English abbreviation of each name, without accents and in lower case.
_ENGLISH = {name: names.split()[0].title() for names in _MONTHS for name in names.split()}
#: The first letters of the months in Russian, whose endings vary.
_CYRILLIC = {
    "\u044f\u043d\u0432": "Jan",
    "\u0444\u0435\u0432": "Feb",
    "\u043c\u0430\u0440": "Mar",
    "\u0430\u043f\u0440": "Apr",
    "\u043c\u0430\u0438": "May",
    "\u043c\u0430\u044f": "May",
    "\u0438\u044e\u043d": "Jun",
    "\u0438\u044e\u043b": "Jul",
    "\u0430\u0432\u0433": "Aug",
    "\u0441\u0435\u043d": "Sep",
    "\u043e\u043a\u0442": "Oct",
    "\u043d\u043e\u044f": "Nov",
    "\u0434\u0435\u043a": "Dec",
}
_WEEKDAYS = frozenset(
    """mo di mi do fr sa so montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag
    lun mar mer jeu ven sam dim lundi mardi mercredi jeudi vendredi samedi dimanche mie jue vie sab
    dom lunes martes miercoles jueves viernes sabado domingo gio lunedi martedi mercoledi giovedi
    venerdi domenica ma wo za zo maandag dinsdag woensdag donderdag vrijdag zaterdag zondag seg ter
    qua qui sex mon tue wed thu fri sat sun pon pn wt sr czw pt sob ndz nd poniedzia\u0142ek wtorek
    sroda czwartek piatek sobota niedziela po ut st ct pa ne pondeli utery streda ctvrtek patek
    nedele \u043f\u043d \u0432\u0442 \u0441\u0440 \u0447\u0442 \u043f\u0442 \u0441\u0431
    \u0432\u0441 \u043f\u043e\u043d\u0435\u0434\u0435\u043b\u044c\u043d\u0438\u043a
    \u0432\u0442\u043e\u0440\u043d\u0438\u043a \u0441\u0440\u0435\u0434\u0430
    \u0447\u0435\u0442\u0432\u0435\u0440\u0433 \u043f\u044f\u0442\u043d\u0438\u0446\u0430
    \u0441\u0443\u0431\u0431\u043e\u0442\u0430
    \u0432\u043e\u0441\u043a\u0440\u0435\u0441\u0435\u043d\u044c\u0435""".split()  # noqa: SIM905
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
    return _WORD.sub(_month, text)


def _month(word: re.Match[str]) -> str:
    """The English abbreviation of the name of a month; any other word stays."""
    name = _plain(word[1])
    return _ENGLISH.get(name) or _CYRILLIC.get(name[:3], word[0])


def _plain(word: str) -> str:
    """The word in lower case and without accents."""
    letters = unicodedata.normalize("NFKD", word.lower())
    return "".join(filter(str.isalpha, letters))
