"""Reber's grammar (Reber 1967), the embedded grammar (Smith & Zipser 1989) and its endless form.

Where two symbols may follow, each has probability 1/2.
"""

from longlag.errors import InputError

ALPHABET = "BTPSXVE"  #: symbol i is ALPHABET[i]

#: The edges out of each node: symbol -> next node. Strings begin at the first node and end at the
#: last.
Grammar = tuple[dict[str, int], ...]

REBER: Grammar = (
    {"B": 1},
    {"T": 2, "P": 3},
    {"S": 2, "X": 4},
    {"T": 3, "V": 5},
    {"X": 3, "S": 6},
    {"P": 4, "V": 6},
    {"E": 7},
    {},
)


def _embedded(inner: Grammar) -> Grammar:
    """B, T or P, a string of `inner`, the same T or P, E. Which copy of `inner` keeps T or P."""
    size = len(inner)
    after_t, after_p, last = 2, 2 + size, 2 + 2 * size
    nodes: list[dict[str, int]] = [{"B": 1}, {"T": after_t, "P": after_p}]
    for first, symbol in ((after_t, "T"), (after_p, "P")):
        copy = [{s: first + node for s, node in edges.items()} for edges in inner]
        nodes += [*copy[:-1], {symbol: last}]
    return (*nodes, {"E": last + 1}, {})


EMBEDDED: Grammar = _embedded(REBER)
#: Strings without end: the E of a string leads to the first node of the next string.
CONTINUAL: Grammar = (*EMBEDDED[:-2], {"E": 0})


def legal_next(symbols: str, grammar: Grammar = EMBEDDED) -> str:
    """The symbols that may follow `symbols`, the beginning of a string; "" after a whole string.

    Raises `InputError` if no string begins with `symbols`.

    >>> legal_next("BP")
    'B'
    >>> legal_next("BPBTXS"), legal_next("BPBTXSE")
    ('E', 'P')
    """
    node = 0
    for i, symbol in enumerate(symbols):
        if symbol not in grammar[node]:
            may = " or ".join(grammar[node]) or "nothing"
            raise InputError(
                f"symbols must begin a string of the grammar: {may} may follow "
                f"{symbols[:i]!r}, got {symbol!r}"
            )
        node = grammar[node][symbol]
    return "".join(grammar[node])
