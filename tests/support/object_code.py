"""The names that object code shows to a linker, read from its ELF symbol table."""

import struct
from typing import NamedTuple

_SYMTAB = 2
_LOCAL = 0
_UNDEFINED = 0


class Symbols(NamedTuple):
    """Names that are not local."""

    defined: set[str]
    needed: set[str]


def visible(code: bytes) -> Symbols:
    """The symbols of 64-bit little-endian ELF that are global or weak."""
    assert code[:6] == b"\x7fELF\x02\x01"
    at, size, count = struct.unpack_from("<Q10xHH", code, 40)
    headers = [struct.unpack_from("<IIQQQQIIQQ", code, at + i * size) for i in range(count)]
    (table,) = (each for each in headers if each[1] == _SYMTAB)
    start, length, names = table[4], table[5], headers[table[6]][4]
    defined, needed = set(), set()
    for offset in range(start, start + length, 24):
        name, info, _, section = struct.unpack_from("<IBBH", code, offset)
        if info >> 4 != _LOCAL:
            text = code[names + name : code.index(b"\0", names + name)].decode()
            (needed if section == _UNDEFINED else defined).add(text)
    return Symbols(defined, needed)
