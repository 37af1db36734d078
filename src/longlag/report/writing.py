"""Files that appear whole or not at all."""

import os
import secrets
from pathlib import Path

from longlag.errors import InputError


def write_whole(path: Path, data: bytes) -> None:
    """Write a file beside its place and move it there, so that no reader meets half of it."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(exist_ok=True)
        try:
            temporary.write_bytes(data)
            os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError(
            f"cannot write {path}: {error.strerror or error}; name a file you may write"
        ) from error
