"""Where a report comes from: version, commit, machine and date."""

import os
import platform
import subprocess
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import longlag


@dataclass(frozen=True)
class Provenance:
    """What a report says of its origin."""

    version: str  #: of longlag
    machine: str
    date: str
    commit: str = ""  #: of the source tree, "" outside a checkout; "-dirty" with changes of its own


def provenance() -> Provenance:
    """The origin of a report that is made now."""
    package = Path(longlag.__file__).parent
    machine = (
        f"{_processor()}, {os.cpu_count()} cores, {platform.system()}, "
        f"Python {platform.python_version()}"
    )
    return Provenance(longlag.__version__, machine, date.today().isoformat(), _commit(package))


def _processor() -> str:
    """The model's name, which Python itself only knows on some systems."""
    try:
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return " ".join(line.partition(":")[2].split())
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _commit(package: Path) -> str:
    """The commit of the checkout in which the package lies at src/longlag; "" if there is none."""
    root = package.parents[1]
    if not (root / ".git").exists():
        return ""
    # Files written by the report itself, such as docs/results.md, do not change the source.
    commit = _git(root, "rev-parse", "--short=12", "HEAD")
    changed = _git(root, "status", "--porcelain", "--", str(package))
    return f"{commit}-dirty" if commit and changed else commit


def _git(root: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", "-C", str(root), *arguments], capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return ""  # git is not installed, or does not trust the checkout
    return done.stdout.strip()
