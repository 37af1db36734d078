"""Imports go one way, and files stay small."""

import ast
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import longlag

ROOT = Path(longlag.__file__).parent
FILES = sorted(ROOT.rglob("*.py"))

# What each part may import of ours, besides itself. Parts not named may import all but the command.
KERNELS = {"quoting", "memory", "errors", "compiled", "simd", "contract"}
LEARNING = KERNELS | {"registry", "rules", "tasks", "learners"}
EXPERIMENTS = LEARNING | {"engine", "experiments"}
STREAMS = LEARNING | {"engine", "writing", "estimators", "readers", "forecasting"}
ALLOWED = {
    "quoting": set(),
    "cores": set(),
    "errors": {"quoting"},
    "memory": {"errors"},
    "registry": {"quoting", "errors"},
    "writing": {"quoting", "errors"},
    "compiled": {"quoting", "errors"},
    "simd": {"errors", "memory", "compiled"},
    "contract": {"errors", "compiled"},
    "executors": {"quoting", "errors", "compiled"},
    "dask_executor": {"quoting", "errors", "cores"},
    "rules": KERNELS | {"registry"},
    "tasks": KERNELS | {"registry"},
    "learners": KERNELS | {"registry", "rules"},
    "engine": KERNELS,
    "side_by_side": LEARNING,
    "automata": LEARNING,
    "testing": EXPERIMENTS | {"side_by_side"},
    "network": LEARNING | {"engine"},
    "experiments": LEARNING | {"engine", "cores", "executors"},
    "estimators": LEARNING | {"engine", "writing"},
    "readers": {"quoting", "errors", "contract", "registry", "writing"},
    "forecasting": STREAMS,
    "fleet": STREAMS | {"cores", "executors"},
    "citations": EXPERIMENTS,
    "errorflow": EXPERIMENTS,
    "report": EXPERIMENTS | STREAMS | {"citations", "network", "errorflow"},
    "torch": EXPERIMENTS | {"executors", "network"},
    "commands": EXPERIMENTS
    | STREAMS
    | {"bench", "cores", "dask_executor", "errorflow", "fleet", "report", "torch"},
}


def part(path: Path) -> str:
    """The package or module of ours that a file belongs to: "engine", "cli", or "" for the top."""
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


def name_of(path: Path) -> str:
    """The module that a file is: "longlag.tasks.adding", or a package."""
    return ".".join(("longlag", *path.relative_to(ROOT).with_suffix("").parts)).removesuffix(
        ".__init__"
    )


def imported_at_once(path: Path, modules: set[str], *, later: bool = False) -> set[str]:
    """The modules of ours that are run before this one, as far as its own imports ask for it.

    A module is run after the packages that it lies in. Packages around both modules do not count:
    they have begun already. With `later`, imports within functions are counted, too.
    """
    here, found = name_of(path), set()
    tree = ast.parse(path.read_text("utf-8"))
    for node in ast.walk(tree) if later else tree.body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            inner = {f"{node.module}.{alias.name}" for alias in node.names}
            found |= inner & modules
            if inner - modules:
                found.add(node.module)
    outer = {".".join(name.split(".")[:n]) for name in found for n in range(1, name.count(".") + 1)}
    around = {here, *(here[:at] for at in range(len(here)) if here[at] == ".")}
    return (found | outer - around) & modules


def test_no_module_imports_itself_through_others():
    refuse_circles(FILES)


@pytest.mark.parametrize("package", ["estimators", "readers", "forecasting"])
def test_not_even_functions_import_in_circles(package):
    refuse_circles(sorted((ROOT / package).glob("*.py")), later=True)


def refuse_circles(files: list[Path], *, later: bool = False) -> None:
    modules = {name_of(path) for path in files}
    imports = {name_of(path): imported_at_once(path, modules, later=later) for path in files}
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as error:
        pytest.fail(" <- ".join(error.args[1]))


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_files_are_short(path):
    """House rule: one idea per file; nobody reads a file of more than 450 lines."""
    assert len(path.read_text("utf-8").splitlines()) <= 450


def test_files_are_named_by_what_they_hold():
    vague = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
    assert not vague & {path.stem.strip("_") for path in FILES}
