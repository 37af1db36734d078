"""Shells complete the commands and options of `longlag`, once its completion is installed."""

import shutil
import subprocess

import pytest

#: Reads the file that was installed, and prints what completes the words of a line
COMPLETE = {
    "bash": """source "$1"
completed() { COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _longlag; echo "${COMPREPLY[@]}"; }
completed longlag jud; completed longlag judge --fam""",
    "zsh": """autoload -Uz compinit; compinit -u -d "$1.dump"; source "$1"
functions | grep -o -e "judge:" -e "--families\\["
""",
    "fish": """source $argv[1]
complete -C "longlag jud" | string split -f1 \\t
complete -C "longlag judge --fam" | string split -f1 \\t""",
}

WORDS = ["judge", "--families"]


@pytest.mark.parametrize("shell", COMPLETE)
def test_a_shell_completes_commands_and_options(shell, longlag, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    script = tmp_path / "completion"
    status, out, _ = longlag("--install-completion", "--shell", shell, "-o", script)
    assert status == 0
    assert str(script) in out.replace("\n", "")
    if not shutil.which(shell):
        pytest.skip(f"{shell} is not installed")
    own = [] if shell == "fish" else ["completion"]
    command = [shell, "-c", COMPLETE[shell], *own, script]
    said = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert said.stderr == ""
    assert list(dict.fromkeys(each.strip(":[") for each in said.stdout.split())) == WORDS
