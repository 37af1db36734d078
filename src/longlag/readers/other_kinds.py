"""Files that are no tables of text, told by their first bytes or characters, to be named."""

import json
import re

#: What files of each kind begin with.
_BYTES = {
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1": "a workbook (.xls)",
    b"ARROW1": "Arrow (Feather)",
    b"FEA1": "Feather",
    b"\x89HDF\r\n\x1a\n": "HDF5",
    **{b"CDF%c" % version: "NetCDF" for version in (1, 2, 5)},
    b"SQLite format 3\0": "a database of SQLite",
    b"\x93NUMPY": "an array of NumPy",
    b"Obj\x01": "Avro",
    b"%PDF-": "PDF",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"Rar!\x1a\x07": "a RAR archive",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"MATLAB 5.0 MAT-file": "a file of MATLAB",
    b"$FL2@(#)": "a file of SPSS",
    b"<stata_dta>": "a file of Stata",
    b"version https://git-lfs": "a pointer of Git LFS (`git lfs pull` fetches the file)",
}
_TEXTS = re.compile(
    r"\s*(?:(?P<JSON>\{\s*\"|\[\s*[\[{])|(?P<HTML><!doctype html|<html|<table)|(?P<XML><\?xml)"
    r"|(?:%.*\n|\s)*(?P<ARFF>@relation\s))",
    re.IGNORECASE,
)

#: What the first line of a text with another notation looks like.
_NOTATIONS = {
    "metrics of Prometheus": re.compile(r"# (?:HELP|TYPE) [A-Za-z_:][\w:]* \S"),
    "line protocol of InfluxDB": re.compile(
        r"[^\s,=\"]+(?:,[^\s,=]+=[^\s,=]+)* [^\s,=]+=[^\s,=]+(?:,[^\s,=]+=[^\s,=]+)* \d{10,19}"
    ),
}


def other_kind(data: bytes) -> str | None:
    """What data are that are no text, by their first bytes; None if these say nothing."""
    if data[257:262] == b"ustar":
        return "a tar archive"
    return next((kind for magic, kind in _BYTES.items() if data.startswith(magic)), None)


def other_kind_of_text(text: str) -> str | None:
    """What a text is that is no table, by its first characters."""
    if found := _TEXTS.match(text):
        return found.lastgroup
    line = text.lstrip().partition("\n")[0].strip().rstrip(",")
    for kind, notation in _NOTATIONS.items():
        if notation.match(line):
            return kind
    return "JSON" if line.startswith("[") and _is_json(line) else None


def _is_json(line: str) -> bool:
    """Whether a line is JSON, or its beginning up to the end of a value."""
    for text in (line, f"{line}]"):
        try:
            json.loads(text)
        except (ValueError, RecursionError):
            continue
        return True
    return False
