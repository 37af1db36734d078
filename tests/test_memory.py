"""The memory that is left to a process."""

import pytest

from longlag import InputError, memory


def test_pages_of_files_in_a_container_are_no_memory_in_use(monkeypatch, tmp_path):
    """The kernel gives up such pages before it refuses any memory."""
    texts = {"max": f"{8 << 30}\n", "current": f"{7 << 30}\n"}
    texts["stat"] = f"anon {1 << 30}\ninactive_file {5 << 30}\nactive_file {1 << 30}\n"
    for name, text in texts.items():
        (tmp_path / f"memory.{name}").write_text(text)
    monkeypatch.setattr(memory, "GROUP", tmp_path)
    for other in ("_of_machine", "_of_process"):
        monkeypatch.setattr(memory, other, lambda: None)
    assert memory.available() == 6 << 30
    memory.check_memory("a fleet", 5 << 30, "take fewer")
    with pytest.raises(InputError, match=r"needs 7.0 GiB of memory, and 6.0 GiB are available"):
        memory.check_memory("a fleet", 7 << 30, "take fewer")
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.available() is None
