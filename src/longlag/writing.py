"""Files that appear whole or not at all."""

import os
import secrets
from pathlib import Path

from longlag.errors import InputError


def write_whole(path: Path, data: bytes) -> None:
    """Write a file beside its place and move it there once it is on the disk.

    So no reader meets half of it, and a crash leaves what was there. A missing folder is made, but
    not one within another. Raises `InputError` if the file cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        path.parent.mkdir(exist_ok=True)
        try:
            with temporary.open("xb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
    except OSError as error:
        raise InputError(
            f"cannot write {path}: {error.strerror or error}; name a file you may write"
        ) from error
