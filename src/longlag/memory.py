"""The available memory, so that arrays beyond it are refused before they are allocated."""

from contextlib import suppress
from pathlib import Path

from longlag.errors import InputError

GROUP = Path("/sys/fs/cgroup")  #: of a container
SMALL = 1 << 28  #: bytes that are always granted


def check_memory(what: str, size: int, remedy: str) -> None:
    """Raise `InputError` if fewer than `size` bytes are available; `remedy` says what to do."""
    if size < SMALL:
        return
    free = available()
    if free is not None and size > free:
        raise InputError(
            f"{what} needs {_written(size)} of memory, and {_written(free)} are available: {remedy}"
        )


def available() -> int | None:
    """Bytes that this process can still get; None on a system that does not say."""
    limits = [_of_machine(), _of_container(), _of_process()]
    return min((limit for limit in limits if limit is not None), default=None)


def _of_machine() -> int | None:
    with suppress(OSError, ValueError, IndexError):
        for line in Path("/proc/meminfo").read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return 1024 * int(line.split()[1])
    return None


def _of_container() -> int | None:
    """Bytes left to the control group (version 2) of a container."""
    with suppress(OSError, ValueError):
        most, used = (int((GROUP / f"memory.{n}").read_text("ascii")) for n in ("max", "current"))
        for line in (GROUP / "memory.stat").read_text("ascii").splitlines():
            if line.startswith("inactive_file "):  # pages of files, given up when memory is short
                used -= int(line.split()[1])
        return max(0, most - used)
    return None


def _of_process() -> int | None:
    """Bytes left of what `ulimit -v` allows."""
    with suppress(ImportError, OSError, ValueError):
        import resource  # not on every system

        most = resource.getrlimit(resource.RLIMIT_AS)[0]
        if most != resource.RLIM_INFINITY:
            used = int(Path("/proc/self/statm").read_text("ascii").split()[0])
            return max(0, most - used * resource.getpagesize())
    return None


def _written(size: int) -> str:
    """A size in the largest unit that it reaches.

    >>> _written(3 << 30), _written(5_280_000_000_000)
    ('3.0 GiB', '4.8 TiB')
    """
    number, units = float(size), ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB"]
    while number >= 1024 and len(units) > 1:
        number, units = number / 1024, units[1:]
    return f"{number:.1f} {units[0]}"
