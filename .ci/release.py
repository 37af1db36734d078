#!/usr/bin/env python3
"""Build the sdist and the wheel, check both, and run the wheel's first lines on every Python.

python .ci/release.py [PYTHON ...]    (default: python3.11 python3.12 python3.13)

With pyenv, `PYENV_VERSION=3.11.7:3.12.1:3.13.0` puts several Pythons on the path. What was built
lies in dist/.
"""

import os
import re
import subprocess
import sys
import tarfile
import time
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).resolve().parent.parent
PYTHONS = "python3.11", "python3.12", "python3.13"


def run(*command: str | Path, **options) -> str:
    """What a command prints. A command that fails ends this program, after its output."""
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options
    )
    if done.returncode:
        sys.exit(f"{done.stdout}\n{' '.join(map(str, command))} ended with {done.returncode}")
    return done.stdout


def environment(python: str, folder: Path, *packages: str) -> Path:
    """The folder of the programs of a new virtual environment that has the packages."""
    run(python, "-m", "venv", folder)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    run(programs / "python", "-m", "pip", "install", "-q", *packages)
    return programs


def build(folder: Path) -> tuple[Path, Path]:
    """The wheel and the sdist, which is unpacked to build the wheel."""
    programs = environment(sys.executable, folder / "build", "build", "twine")
    target = ROOT / "dist"
    for old in target.glob("longlag-*"):  # of earlier versions, too
        old.unlink()
    run(programs / "python", "-m", "build", "--outdir", target, ROOT)
    (wheel,), (sdist,) = target.glob("*.whl"), target.glob("*.tar.gz")
    print(run(programs / "python", "-m", "twine", "check", "--strict", wheel, sdist).strip())
    return wheel, sdist


def check_contents(wheel: Path, sdist: Path) -> None:
    """End the program where a file that git tracks is missing, or the wheel holds another."""
    tracked = set(run("git", "ls-files", cwd=ROOT).splitlines())
    package = {name.removeprefix("src/") for name in tracked if name.startswith("src/")}
    with zipfile.ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if ".dist-info/" not in name}
    with tarfile.open(sdist) as archive:
        sent = {name.partition("/")[2] for name in archive.getnames()}
    unsent = {name for name in tracked - sent if not name.startswith((".git", ".pre-commit"))}
    for what, names in (
        ("the wheel lacks", package - held),
        ("only the wheel has", held - package),
        ("the sdist lacks", unsent),
    ):
        if names:
            sys.exit(f"{what}: {', '.join(sorted(names))}")
    for path, names in ((wheel, held), (sdist, sent)):
        print(f"{path.name}: {len(names)} files, {path.stat().st_size / 2**20:.1f} MiB")


def try_wheel(wheel: Path, python: str, folder: Path) -> None:
    """Install the wheel into a new environment and run what the README runs first."""
    programs = environment(python, folder, str(wheel))
    own = os.environ | {"HOME": str(folder), "XDG_CACHE_HOME": str(folder / "cache")}
    own |= {"LONGLAG_STORE": str(folder / "trials.longlag")}
    own.pop("PYTHONPATH", None)
    version = run(programs / "python", "-m", "longlag", "--version", cwd=folder, env=own).strip()
    if version != wheel.name.split("-")[1]:
        sys.exit(f"{python}: python -m longlag --version prints {version}, not that of the wheel")
    first = re.search(r"&& longlag (reproduce .+)", (ROOT / "README.md").read_text("utf-8"))
    assert first, "the README has lost its first line"
    start = time.monotonic()
    out = run(programs / "longlag", *first[1].split(), cwd=folder, env=own)
    if "10/10" not in out:
        sys.exit(f"{python}: longlag {first[1]} solved other than 10/10:\n{out}")
    full = run(programs / "python", "--version").strip()
    print(f"{full}: longlag {version}, {first[1]}: 10/10 in {time.monotonic() - start:.0f} s")


def main() -> None:
    """Check everything."""
    sys.stdout.reconfigure(line_buffering=True)
    with TemporaryDirectory() as folder:
        wheel, sdist = build(Path(folder))
        check_contents(wheel, sdist)
        for python in sys.argv[1:] or PYTHONS:
            try_wheel(wheel, python, Path(folder) / python)


if __name__ == "__main__":
    main()
