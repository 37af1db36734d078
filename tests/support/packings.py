"""Packed data in tests."""

import bz2
import gzip
import io
import lzma
import sys
import zipfile

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd


PACKINGS = {
    "": lambda data: data,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lambda data: lzma.compress(data, preset=0),
    "zstandard": zstd.compress,
}


def zipped(*members):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, data in members:
            # Without the time of day, which would be part of the names of tests.
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return whole.getvalue()


PACKINGS["zip"] = lambda data: zipped(("folder/a.csv", data), ("__MACOSX/folder/._a.csv", b"x"))
