"""Every example that a reader may copy from the README, the documentation and examples/ works."""

import ast
import re
import runpy
import shlex
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from longlag import load_experiment
from longlag.cli import app, main

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), ROOT / "benchmarks/README.md"]
COMMANDS = (
    "list",
    "show",
    "reproduce",
    "run",
    "results",
    "verify",
    "report",
    "matrix",
    "ladder",
    "judge",
    "errorflow",
    "look",
    "learn",
    "predict",
    "cache",
    "bench",
)


def blocks(page, *languages):
    """(first line, text) of the page's fenced blocks in one of the languages."""
    text = page.read_text(encoding="utf-8")
    for fence in re.finditer(r"^```(\w*)\n(.*?)^```$", text, re.DOTALL | re.MULTILINE):
        if fence[1] in languages:
            yield text.count("\n", 0, fence.start(2)), fence[2]


def name(page):
    return str(page.relative_to(ROOT))


WITH_PYTHON = [page for page in PAGES if any(blocks(page, "python"))]


@pytest.mark.parametrize("page", WITH_PYTHON, ids=name)
def test_python_examples_run(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "example"}
    for line, text in blocks(page, "python"):
        code = compile("\n" * line + text, str(page), "exec")  # tracebacks show the page's lines
        exec(code, names)


@pytest.mark.parametrize(
    "path", [*WITH_PYTHON, *sorted((ROOT / "examples").rglob("*.py"))], ids=name
)
def test_python_examples_import_what_the_reference_documents(path):
    reference = (ROOT / "docs/api.md").read_text(encoding="utf-8")
    documented = set(re.findall(r"^\.\. auto\w+:: (.*)$", reference, re.MULTILINE))
    is_page = path.suffix == ".md"
    texts = [text for _, text in blocks(path, "python")] if is_page else [path.read_text("utf-8")]
    for node in (each for text in texts for each in ast.walk(ast.parse(text))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("longlag"):
            assert {f"{node.module}.{each.name}" for each in node.names} <= documented


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_are_known_with_their_options(page):
    for _, text in blocks(page, "", "console"):
        for line in text.splitlines():
            words = shlex.split(line.removeprefix("$ ").split("&&")[-1], comments=True)
            if words[:1] == ["longlag"]:
                app.parse_args(words[1:], exit_on_error=False, print_error=False)


def test_every_command_is_in_the_reference():
    text = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
    assert re.findall(r"^## longlag (\w+)", text, re.MULTILINE) == list(COMMANDS)
    registered = {each.removesuffix("_") for each in app if not each.startswith("-")}
    assert registered == set(COMMANDS)


OPTION = re.compile(r"(?<![\w-])--?[A-Za-z][\w-]*")


@cache
def options(command):
    """The options of a command; what it takes by place is none."""
    arguments = app[command].assemble_argument_collection()
    names = {name for each in arguments if each.index is None for name in each.names}
    return names - {"*"}


def sections():
    """The section of each command in the reference."""
    text = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
    found = re.finditer(r"^## longlag (\w+)(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    return {each[1]: each[2] for each in found}


def mentioned(text, beginning="`"):
    """The options in code within the text, of those codes that begin so."""
    return set(OPTION.findall(" ".join(re.findall(rf"{beginning}[^`\n]+`", text))))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_option_is_in_the_reference(command):
    assert options(command) <= mentioned(sections()[command])


@pytest.mark.parametrize("command", COMMANDS)
def test_the_tables_of_the_reference_have_no_other_options(command):
    first_cells = re.findall(r"^\| (`-(?:\\\||[^|])*) \|", sections()[command], re.MULTILINE)
    assert mentioned(" ".join(first_cells)) <= options(command)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_options_in_the_text_of_a_page_exist(page):
    known = {"--version", "--install-completion"}.union(*map(options, COMMANDS))
    code = "`--" if page.name == "commands.md" else "`longlag "
    assert mentioned(page.read_text(encoding="utf-8"), code) <= known


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_to_files(page):
    for target in re.findall(r"\]\(([^)#\s]+)", page.read_text(encoding="utf-8")):
        local = re.sub(r"^https://github.com/longlag/longlag/(blob|tree)/main/", f"{ROOT}/", target)
        if not local.startswith("https://"):
            assert (page.parent / local).exists(), target


def test_anchors_are_headings():
    for page in PAGES:
        for file, anchor in re.findall(r"\]\(([\w./-]*)#([\w-]+)\)", page.read_text("utf-8")):
            text = (page.parent / file if file else page).read_text(encoding="utf-8")
            headings = re.findall(r"^#+ (.*)$", text, re.MULTILINE)
            slugs = [re.sub(r"[^\w\- ]", "", each.lower()).replace(" ", "-") for each in headings]
            assert anchor in slugs, f"{name(page)}: {file}#{anchor}"


def test_the_readme_and_the_continuous_integration_run_the_same_tests():
    line = 'python -m pip install ".[test]" && python -m pytest'
    readme = [text for _, text in blocks(ROOT / "README.md", "")]
    assert f"{line}\n" in readme
    assert line in (ROOT / ".ci/run").read_text(encoding="utf-8")


def test_the_example_experiment_runs(tmp_path, capsys):
    file = ROOT / "examples/my.toml"
    assert len(load_experiment(file).readings) == 2
    with pytest.raises(SystemExit) as exit_:
        main(["run", str(file), "--T", "60", "--store", str(tmp_path / "store")])
    assert exit_.value.code == 0
    assert "T=60" in capsys.readouterr().out


def test_the_pieces_of_an_experiment_file_make_one(tmp_path):
    """The page shows rows, readings and a stop rule by themselves."""
    rest = """
[experiment]
title = "An example"
trials = 1
test = 1
reading = "adam"
[task]
type = "adding"
[learner]
type = "lstm"
"""
    pieces = [text for _, text in blocks(ROOT / "docs/extending.md", "toml")]
    file = tmp_path / "example.toml"
    file.write_text(rest + "\n".join(pieces), encoding="utf-8")
    experiment = load_experiment(file)
    assert experiment.stop["type"] == "exam"
    assert experiment.chosen(experiment.rows[1]) == "slow"


def test_the_example_script_trains_and_saves_a_picture(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(ROOT / "examples/adding.py"), run_name="__main__")
    assert "training ends" in capsys.readouterr().out
    assert (tmp_path / "adding.svg").stat().st_size > 0
    assert (tmp_path / "adding.png").stat().st_size > 0


#: No script finds what another one added to the path.
IMPORT = """import runpy, sys
path = list(sys.path)
for script in sys.argv[1:]:
    sys.path[:] = path
    runpy.run_path(script)
"""


def test_benchmarks_import():
    # In a process of their own; no main() runs.
    scripts = sorted(map(str, (ROOT / "benchmarks").glob("*.py")))
    assert scripts
    subprocess.run([sys.executable, "-c", IMPORT, *scripts], check=True)
