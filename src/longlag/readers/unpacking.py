"""Packed data, told by the first bytes: gzip, bzip2, xz, zstandard and zip, files and pipes."""

import bz2
import gzip
import io
import lzma
import struct
import sys
import tempfile
import zipfile
import zlib
from contextlib import ExitStack
from typing import Any, BinaryIO, NamedTuple, Protocol

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

from longlag.errors import InputError

#: What files of each kind begin with.
MAGIC = {
    b"\x1f\x8b": "gzip",
    **{b"BZh%d1AY&SY" % level: "bzip2" for level in range(1, 10)},
    b"\xfd7zXZ\x00": "xz",
    b"\x28\xb5\x2f\xfd": "zstandard",
    b"PK\x03\x04": "zip",
    b"PK\x05\x06": "zip",  # one that holds nothing
    b"PAR1\x15": "Parquet",
}

#: Exceptions of reading: the packed data are damaged or cut off, or the machine fails.
UNREADABLE = (
    *(OSError, EOFError, ValueError, RuntimeError, NotImplementedError, struct.error),
    *(zlib.error, lzma.LZMAError, zipfile.BadZipFile, zstd.ZstdError),
)

HELD = 1 << 24  #: bytes of a pipe that are kept in memory if reading must go back and forth


class Bytes(Protocol):
    """A stream that can be read as its bytes come."""

    def read1(self, size: int, /) -> bytes:
        """The bytes that are there, at most `size`; b"" at the end."""
        ...


class Unpacked(NamedTuple):
    """A stream of the unpacked data."""

    stream: Bytes
    packing: str | None  #: one of `MAGIC`; None if the data were not packed


def unpacked(stream: BinaryIO, name: str, files: ExitStack) -> Unpacked:
    """The data in a stream, from here on; raises `InputError` if they cannot be unpacked.

    `files` closes a temporary file, if one is needed.
    """
    try:
        start = stream.tell() if stream.seekable() else None
        head = _first_bytes(stream)
        kind = next((kind for magic, kind in MAGIC.items() if head.startswith(magic)), None)
        whole = io.BufferedReader(_Rejoined(head, stream))
        if kind == "gzip":
            return Unpacked(gzip.GzipFile(fileobj=whole), kind)
        if kind == "bzip2":
            return Unpacked(bz2.BZ2File(whole), kind)
        if kind == "xz":
            return Unpacked(lzma.LZMAFile(whole), kind)
        if kind == "zstandard":
            return Unpacked(zstd.ZstdFile(whole), kind)
        if kind == "zip":
            return Unpacked(_only_member(seekable(stream, whole, files), name), kind)
        if kind == "Parquet":
            return Unpacked(seekable(stream, whole, files), kind)
    except UNREADABLE as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{name} cannot be read: {reason(error)}") from None
    if start is not None:  # the file itself reads faster than a rejoined stream
        stream.seek(start)
        return Unpacked(stream, None)  # pyright: ignore[reportArgumentType]
    return Unpacked(whole, None)


def reason(error: Exception) -> str:
    """What an error of reading says, in one short line."""
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(said.split())[:120] or type(error).__name__


def seekable(stream: BinaryIO, whole: BinaryIO, files: ExitStack) -> Any:
    """The stream itself if it is a file, otherwise a temporary file with a copy of all of it."""
    if stream.seekable():
        stream.seek(0)
        return stream
    copy = files.enter_context(tempfile.SpooledTemporaryFile(HELD))  # noqa: SIM115
    while data := whole.read(1 << 18):
        copy.write(data)
    copy.seek(0)
    return copy


def _first_bytes(stream: BinaryIO) -> bytes:
    """As many bytes as tell the kind, and no more: a slow pipe keeps nobody waiting."""
    head = b""
    while any(len(head) < len(magic) and magic.startswith(head) for magic in MAGIC):
        byte = stream.read1(1)  # pyright: ignore[reportAttributeAccessIssue]
        if not byte:
            break
        head += byte
    return head


class _Rejoined(io.RawIOBase):
    """The first bytes, and then the rest of a stream."""

    def __init__(self, head: bytes, rest: BinaryIO):
        self._head, self._rest = head, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # pyright: ignore[reportIncompatibleMethodOverride]
        data, self._head = self._head[: len(buffer)], self._head[len(buffer) :]
        if not data:
            data = self._rest.read1(len(buffer))  # pyright: ignore[reportAttributeAccessIssue]
        buffer[: len(data)] = data
        return len(data)


def _only_member(stream: BinaryIO, name: str) -> Bytes:
    archive = zipfile.ZipFile(stream)
    inside = [each for each in archive.namelist() if not each.endswith("/")]
    if "[Content_Types].xml" in inside:
        raise InputError(f"{name} is a workbook, not text: save its sheet as CSV")
    tables = [each for each in inside if not each.startswith("__MACOSX/")]
    if len(tables) != 1:
        raise InputError(
            f"{name} is a zip archive of {len(tables)} files: unpack it, and name one of them"
        )
    return archive.open(tables[0])  # pyright: ignore[reportReturnType]
