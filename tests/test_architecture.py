"""Imports go one way, and files stay small."""

import ast
from pathlib import Path

import pytest

import longlag

ROOT = Path(longlag.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))

# What each part may import of ours, besides itself. Parts not named may import all but the command.
KERNELS = {"errors", "kernels"}
LEARNING = KERNELS | {"registry", "tasks", "learners"}
EXPERIMENTS = LEARNING | {"experiments"}
ALLOWED = {
    "errors": set(),
    "registry": {"errors"},
    "writing": {"errors"},
    "kernels": {"errors"},
    "tasks": KERNELS | {"registry"},
    "learners": KERNELS | {"registry"},
    "testing": LEARNING,
    "network": LEARNING,
    "experiments": LEARNING,
    "streams": LEARNING | {"writing"},
    "citations": EXPERIMENTS,
    "errorflow": EXPERIMENTS,
    "report": EXPERIMENTS | {"citations", "network", "errorflow", "streams", "writing"},
}


def part(path: Path) -> str:
    """The package or module of ours that a file belongs to: "kernels", "cli", or "" for the top."""
    first = path.relative_to(ROOT).parts[0]
    return first.removesuffix(".py").replace("__init__", "")


def imported(path: Path) -> set[str]:
    """The parts of ours that a file imports, wherever in the file it does."""
    modules = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path.name} has a relative import"
            modules.add(node.module)
            modules |= {f"{node.module}.{alias.name}" for alias in node.names}
    ours = {module.split(".")[1] for module in modules if module.startswith("longlag.")}
    parts = {part(file) for file in FILES}
    return ours & parts


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path):
    here = part(path)
    if here in ALLOWED:
        assert imported(path) <= ALLOWED[here] | {here}
    elif here != "cli":
        assert "cli" not in imported(path)


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_are_short(path):
    """House rule: one idea per file; nobody reads a file of more than 450 lines."""
    assert len(path.read_text("utf-8").splitlines()) <= 450


def test_files_are_named_by_what_they_hold():
    vague = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
    assert not vague & {path.stem.strip("_") for path in FILES}
