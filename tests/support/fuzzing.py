"""Seeded mutations of files: the same seed makes the same file."""

import json
import random
import re
import struct

import numpy as np

from support.hostile_names import NAMES

ODD = [
    *(None, True, -1, 0, 1, 2**31, 2**63, 10**40, 1e308, -0.5, float("nan"), float("inf")),
    *("", "x", [], {}, [[]], [None], {"a": 1}, ["a"] * 3, list(range(1000))),
    *(name for name in NAMES.values() if len(name) < 100),
]
TOKENS = [
    *(
        b"",
        b",",
        b";",
        b"\t",
        b"\n",
        b"\r",
        b"\r\n",
        b'"',
        b'""',
        b" ",
        b"\0",
        b"\xff",
        b"\xef\xbb\xbf",
    ),
    *(b"NA", b"nan", b"inf", b"-1e400", b"1e100", b"0x10", b"1_0", b"1,5", b"3.5", b"abc", b"=1+1"),
    *("\x0b\x85\u2028äß中".encode(), b"9" * 5000, b"a" * 140_000),
]


def bytes_of(rng: random.Random, data: bytes) -> bytes:
    """Some bits flipped, a stretch cut out, doubled, zeroed or drawn anew, or the end cut off."""
    data = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        start = rng.randrange(len(data) + 1)
        stop = min(len(data), start + rng.choice((1, 4, 60, 2000)))
        kind = rng.randrange(6)
        if kind == 0 and start < len(data):
            data[start] ^= 1 << rng.randrange(8)
        elif kind == 1:
            del data[start:stop]
        elif kind == 2:
            data[start:start] = data[start:stop]
        elif kind == 3:
            data[start:stop] = bytes(stop - start)
        elif kind == 4:
            data[start:stop] = rng.randbytes(stop - start)
        elif rng.random() < 0.3:
            del data[start:]
    return bytes(data)


def value_of(rng: random.Random, value):
    """A JSON value with one or a few of its parts replaced, doubled or left out."""
    if isinstance(value, dict) and value and rng.random() < 0.9:
        key = rng.choice(sorted(value))
        changed = dict(value)
        if rng.random() < 0.1:
            del changed[key]
        elif rng.random() < 0.1:
            changed[rng.choice(list(NAMES.values()))] = changed.pop(key)
        else:
            changed[key] = value_of(rng, value[key])
        return changed
    if isinstance(value, list) and value and rng.random() < 0.7:
        place = rng.randrange(len(value))
        return [*value[:place], value_of(rng, value[place]), *value[place + rng.randrange(2) :]]
    return rng.choice(ODD)


def model_of(rng: random.Random, data: bytes) -> bytes:
    """A model file with its header changed: of safetensors, or the one in it."""
    (length,) = struct.unpack("<Q", data[:8])
    outer = json.loads(data[8 : 8 + length])
    header = json.loads(outer["__metadata__"]["longlag"])
    for _ in range(rng.randint(1, 3)):
        if rng.random() < 0.8:
            header = value_of(rng, header)
        else:
            outer = value_of(rng, outer)
    if isinstance(outer, dict) and isinstance(outer.get("__metadata__"), dict):
        outer["__metadata__"]["longlag"] = json.dumps(header)
    text = json.dumps(outer).encode()
    return struct.pack("<Q", len(text)) + text + data[8 + length :]


def toml_of(rng: random.Random, text: str) -> str:
    """An experiment with values, keys and lines changed."""
    lines = text.splitlines()
    for _ in range(rng.randint(1, 3)):
        place, kind = rng.randrange(len(lines)), rng.randrange(5)
        key, _, _ = lines[place].partition("=")
        if kind == 0:
            odd = json.dumps(rng.choice(ODD), ensure_ascii=False)
            lines[place] = f"{key}= {odd.replace('NaN', 'nan').replace('Infinity', 'inf')}"
        elif kind == 1:
            lines.insert(place, rng.choice(lines))
        elif kind == 2:
            del lines[place : place + rng.randint(1, 3)]
        elif kind == 3:
            lines[place] = re.sub(
                r"\w+", lambda _: json.dumps(rng.choice(list(NAMES.values()))), key
            )
        else:
            lines[place] = (
                f"{key}= {rng.choice(('9' * 5000, '0x' + 'f' * 9000, '[' * 3000, '1e999'))}"
            )
        lines = lines or [""]
    return "\n".join(lines)


def samples_of(rng: random.Random) -> list[tuple[dict, object]]:
    """Samples with numbers, texts and worse under a few names, and targets of any kind."""
    names = [*("a", "wind", 0, 7), *rng.sample([*NAMES.values(), 2**70, "\ud800", None, True], 2)]
    values = [*ODD, 1.0, -2.5, "N", "S", "3.5", b"N", np.float32(2), np.nan, np.str_("W"), 1j]
    return [
        (
            {name: rng.choice(values) for name in rng.sample(names, rng.randrange(4))},
            rng.choice([*ODD, 1, 2.0, "x", "y"] if rng.random() < 0.5 else [1, 2]),
        )
        for _ in range(rng.randrange(1, 12))
    ]


def csv_of(rng: random.Random) -> bytes:
    """A small table, and what people and machines may make of one."""
    rows = [b"a,y"] + [b"%d,%.2f" % (t, rng.random()) for t in range(rng.randrange(30))]
    data = rng.choice((b"\n", b"\r\n", b"\r")).join([*rows, b""])
    for _ in range(rng.randint(0, 4)):
        start = rng.randrange(len(data) + 1)
        data = data[:start] + rng.choice(TOKENS) + data[start + rng.randrange(3) :]
    return data
