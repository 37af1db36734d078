"""What is kept on disk: found again, never where it is not sound, and nothing else is touched."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from longlag.compiled import cache
from longlag.compiled.cache import Contents, clear, contents, find, folder, keep
from longlag.compiled.isolation import ObjectCode

resource = pytest.importorskip("resource", reason="modes, owners and limits are those of POSIX")

CODE = ObjectCode("0123456789abcdef" * 2, ("cbrt",), b"\x7fELF" + bytes(range(256)))
OTHER = CODE._replace(digest="f" * 32, code=b"another")

root = os.geteuid() == 0


@pytest.fixture(autouse=True)
def place(monkeypatch, tmp_path):
    """The folder, which is not there yet."""
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))
    cache._say_once.cache_clear()
    return tmp_path / "longlag" / "compiled"


def numbered(i):
    return CODE._replace(digest=f"{i:032x}")


def tree(top):
    """Everything in a folder: paths, kinds, modes and contents."""
    return {
        str(path): (path.lstat().st_mode, path.read_bytes() if path.is_file() else None)
        for path in (top, *sorted(top.rglob("*")))
    }


def said(capsys):
    """What was said, at most one line."""
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") <= 1
    return err


def test_what_is_kept_is_found(place, capsys):
    assert find(CODE.digest) is None
    assert not place.exists()
    keep(CODE)
    assert find(CODE.digest) == CODE
    assert find(OTHER.digest) is None
    assert folder() == place
    assert said(capsys) == ""


def test_nobody_else_can_write(place):
    before = os.umask(0)
    try:
        keep(CODE)
    finally:
        os.umask(before)
    assert place.stat().st_mode & 0o777 == 0o700
    assert (place / CODE.digest).stat().st_mode & 0o777 == 0o600
    assert find(CODE.digest) == CODE


def test_a_umask_that_lets_nobody_write_is_no_obstacle(place):
    before = os.umask(0o777)
    try:
        keep(CODE)
    finally:
        os.umask(before)
    assert find(CODE.digest) == (CODE if root else None)  # root can write everywhere


@pytest.mark.parametrize("length", [0, 1, 31, 32, 33, 100])
def test_a_file_that_was_cut_is_not_used(place, length):
    keep(CODE)
    file = place / CODE.digest
    file.write_bytes(file.read_bytes()[:length])
    assert find(CODE.digest) is None
    keep(CODE)
    assert find(CODE.digest) == CODE


def test_a_file_with_any_bit_changed_is_not_used(place):
    keep(CODE)
    file = place / CODE.digest
    whole = file.read_bytes()
    for i in range(len(whole)):
        file.write_bytes(whole[:i] + bytes([whole[i] ^ 1]) + whole[i + 1 :])
        assert find(CODE.digest) is None
    file.write_bytes(whole + b"\0")
    assert find(CODE.digest) is None


@pytest.mark.parametrize(
    "body",
    [
        b"",
        msgspec.msgpack.encode(None),
        msgspec.msgpack.encode(["0" * 32]),
        msgspec.msgpack.encode(("0" * 32, "cbrt", b"")),
        msgspec.msgpack.encode((1, ("cbrt",), b"")),
        msgspec.msgpack.encode(CODE) + b"\0",
    ],
)
def test_a_file_of_another_kind_is_not_used(place, body):
    keep(CODE)
    (place / CODE.digest).write_bytes(cache.hashlib.sha256(body).digest() + body)
    assert find(CODE.digest) is None


def test_another_functions_file_is_not_used(place):
    keep(CODE)
    (place / CODE.digest).rename(place / OTHER.digest)
    assert find(OTHER.digest) is None


@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777])
def test_a_folder_that_others_can_write_to_is_not_used(place, mode, capsys):
    keep(CODE)
    place.chmod(mode)
    before = tree(place)
    for _ in range(2):
        assert find(CODE.digest) is None
        keep(OTHER)
        assert contents() == Contents(0, 0)
        with pytest.raises(PermissionError):
            clear()
    assert tree(place) == before
    assert said(capsys).startswith(f"longlag: compiled code is not kept in {str(place)!r}: ")


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_can_write_to_is_not_used(place, mode):
    keep(CODE)
    (place / CODE.digest).chmod(mode)
    assert find(CODE.digest) is None
    keep(CODE)  # another file in its place
    assert find(CODE.digest) == CODE


@pytest.mark.skipif(not root, reason="only root can give a file to another user")
def test_what_belongs_to_another_user_is_not_used(place, capsys):
    keep(CODE)
    os.chown(place / CODE.digest, 12345, 12345)
    assert find(CODE.digest) is None
    os.chown(place / CODE.digest, 0, 0)
    os.chown(place, 12345, 12345)
    before = tree(place)
    assert find(CODE.digest) is None
    keep(OTHER)
    with pytest.raises(PermissionError):
        clear()
    assert tree(place) == before
    assert "must be a folder of yours" in said(capsys)


def test_a_link_in_the_place_of_the_folder_is_not_followed(place, tmp_path, capsys):
    keep(CODE)
    elsewhere = tmp_path / "elsewhere"
    place.rename(elsewhere)
    place.symlink_to(elsewhere)
    before = tree(elsewhere)
    assert find(CODE.digest) is None
    keep(OTHER)
    with pytest.raises(PermissionError):
        clear()
    assert tree(elsewhere) == before
    assert place.is_symlink()
    assert "remove it, or set NUMBA_CACHE_DIR" in said(capsys)


def test_a_link_in_the_place_of_a_file_is_not_followed(place, tmp_path):
    keep(CODE)
    precious = tmp_path / "precious"
    (place / CODE.digest).rename(precious)
    (place / CODE.digest).symlink_to(precious)
    before = precious.read_bytes()
    assert find(CODE.digest) is None
    keep(CODE)
    assert precious.read_bytes() == before
    assert find(CODE.digest) == CODE
    assert not (place / CODE.digest).is_symlink()


def test_a_folder_in_the_place_of_a_file_stays(place):
    keep(OTHER)
    (place / CODE.digest).mkdir()
    (place / CODE.digest / "precious").write_text("mine")
    before = tree(place)
    assert find(CODE.digest) is None
    keep(CODE)
    assert tree(place) == before
    clear()
    assert (place / CODE.digest / "precious").read_text() == "mine"


@pytest.mark.parametrize("way", ["above", "folder"])
def test_a_file_in_the_place_of_a_folder_stays(place, way, capsys):
    blocked = place if way == "folder" else place.parent
    blocked.parent.mkdir(exist_ok=True)
    blocked.write_text("in the way")
    assert find(CODE.digest) is None
    keep(CODE)
    assert contents() == Contents(0, 0)
    if way == "folder":
        with pytest.raises(PermissionError):
            clear()
    else:
        assert clear() == Contents(0, 0)
    assert blocked.read_text() == "in the way"
    assert said(capsys).startswith(f"longlag: compiled code is not kept in {str(place)!r}: ")


@pytest.mark.parametrize("number", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_where_nothing_can_be_written_what_is_there_is_used(place, number, monkeypatch, capsys):
    keep(CODE)

    def fail(*arguments, **options):
        raise OSError(number, os.strerror(number))

    for owner, name in ((os, "utime"), (os, "replace"), (cache.tempfile, "mkstemp")):
        monkeypatch.setattr(owner, name, fail)
    before = tree(place)
    keep(OTHER)
    assert tree(place) == before
    assert find(CODE.digest) == CODE
    assert said(capsys) == ""


def test_a_place_that_was_asked_for_and_cannot_be_made_is_named_once(monkeypatch, capsys):
    monkeypatch.setenv("NUMBA_CACHE_DIR", "/dev/null/place")
    keep(CODE)
    keep(OTHER)
    assert find(CODE.digest) is None
    assert "'/dev/null/place/longlag/compiled': Not a directory; every" in said(capsys)


def test_a_full_disk_leaves_nothing_behind(place, capsys):
    keep(CODE)
    before = tree(place)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, hard))  # Python ignores the signal of it
    try:
        keep(OTHER._replace(code=bytes(1000)))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert tree(place) == before
    assert said(capsys) == ""


def ages(*files):
    """Let files be of these ages, however coarse the clock: the first is the oldest."""
    for age, file in enumerate(files):
        os.utime(file, (age, age), follow_symlinks=False)


def test_those_not_used_for_longest_go(place, monkeypatch):
    monkeypatch.setattr(cache, "MOST", 3)
    for i in range(3):
        keep(numbered(i))
    ages(*(place / numbered(i).digest for i in range(3)))
    assert find(numbered(0).digest)  # now the youngest
    keep(numbered(3))
    assert [bool(find(numbered(i).digest)) for i in range(4)] == [True, False, True, True]


def test_only_names_of_ours_go(place, monkeypatch):
    monkeypatch.setattr(cache, "MOST", 1)
    keep(CODE)
    mine = [
        "b" * 32,
        "notes.txt",
        "new-ideas.txt",
        CODE.digest.upper(),
        CODE.digest[:-1],
        f"{CODE.digest}.1",
    ]
    for name in mine:
        (place / name).write_text("mine")
    links = ["a" * 32]
    (place / links[0]).symlink_to(place / "notes.txt")
    (place / "new-0123abcd").touch()  # left by a process that was killed
    (place / "new-0123abce").write_bytes(cache._MARK + b"left by another")
    ages(*place.iterdir())
    keep(OTHER)
    assert sorted(each.name for each in place.iterdir()) == sorted([*mine, *links, OTHER.digest])
    clear()
    assert sorted(each.name for each in place.iterdir()) == sorted([*mine, *links])


def test_contents_and_clear(place):
    assert contents() == clear() == Contents(0, 0)
    keep(CODE)
    keep(OTHER)
    size = sum(file.stat().st_size for file in place.iterdir())
    assert contents() == Contents(2, size)
    assert clear() == Contents(2, size)
    assert contents() == Contents(0, 0)
    assert find(CODE.digest) is None


@pytest.fixture
def older(place):
    """The folder of version 0.1.0."""
    old = place.parent / "drivers"
    old.mkdir(parents=True)
    for name in ("0" * 32, "f" * 32, f"{'0' * 32}.1234", "notes.txt"):
        (old / name).write_text("what version 0.1.0 wrote")
    return old


@pytest.mark.parametrize("mode", [0o755, 0o775, 0o777])
@pytest.mark.parametrize("act", [lambda: keep(CODE), clear], ids=["keep", "clear"])
def test_files_of_version_0_1_0_are_removed(older, mode, act, capsys):
    older.chmod(mode)
    act()
    assert [each.name for each in older.iterdir()] == ["notes.txt"]
    (older / "notes.txt").unlink()
    act()
    assert not older.exists()
    assert said(capsys) == ""


def test_a_link_to_what_version_0_1_0_wrote_is_not_followed(older, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    older.rename(elsewhere)
    older.symlink_to(elsewhere)
    before = tree(elsewhere)
    keep(CODE)
    clear()
    assert tree(elsewhere) == before


@pytest.mark.skipif(not root, reason="only root can give a file to another user")
def test_what_another_user_left_of_version_0_1_0_stays(older):
    os.chown(older, 12345, 12345)
    before = tree(older)
    keep(CODE)
    clear()
    assert tree(older) == before


WRITER = """
import sys
from longlag.compiled.cache import find, keep
from longlag.compiled.isolation import ObjectCode

for i in range(200):
    code = ObjectCode(f"{i % 10:032x}", ("cbrt",), bytes([i % 10]) * 5000)
    found = find(code.digest)
    assert found in (None, code)
    keep(code)
    assert find(code.digest) == code
"""


def test_processes_that_write_at_once(place):
    processes = [
        subprocess.Popen([sys.executable, "-c", WRITER], stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    assert [process.communicate()[1] for process in processes] == ["", ""]
    assert sorted(each.name for each in place.iterdir()) == [f"{i:032x}" for i in range(10)]


def test_where_it_lies(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NUMBA_CACHE_DIR", "relative")
    assert folder() == tmp_path / "relative" / "longlag" / "compiled"
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    assert folder().is_relative_to(tmp_path / "home")
    assert folder().parts[-2:] == ("longlag", "compiled")


@pytest.mark.parametrize("newer", [False, True])
def test_without_a_home_nothing_is_kept(newer, monkeypatch, tmp_path, capsys):
    """A user of a container may have neither HOME nor an entry in passwd."""

    def where():
        if newer:  # platformdirs 4.14
            raise RuntimeError("could not determine the home directory")
        return Path("~") / ".cache"

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(cache, "user_cache_path", where)
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    assert folder() is None
    keep(CODE)
    assert find(CODE.digest) is None
    assert contents() == clear() == Contents(0, 0)
    assert list(tmp_path.iterdir()) == []
    assert said(capsys) == ""


@pytest.mark.parametrize("home", ["/", "/nonexistent", "/dev/null"])
def test_a_home_that_cannot_be_written_to(home, monkeypatch, capsys):
    def refuse(*arguments, **options):
        raise PermissionError

    monkeypatch.setattr(Path, "mkdir", refuse)  # also where root runs the tests
    monkeypatch.delenv("NUMBA_CACHE_DIR")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", home)
    keep(CODE)
    assert find(CODE.digest) is None
    assert said(capsys) == ""


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(place):
    keep(OTHER)
    os.mkfifo(place / CODE.digest)
    assert find(CODE.digest) is None
    assert contents().files == 1


def test_a_file_of_any_size_is_not_read(place):
    keep(CODE)
    os.truncate(place / CODE.digest, 1 << 40)
    assert find(CODE.digest) is None
    keep(CODE)
    assert find(CODE.digest) == CODE


def test_what_is_kept_can_be_ignored(place):
    keep(CODE)
    with cache.ignored():
        assert find(CODE.digest) is None
        keep(OTHER)
    assert find(CODE.digest) == CODE
    assert find(OTHER.digest) is None


def test_a_relative_place_in_a_folder_that_is_gone(tmp_path, monkeypatch):
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    monkeypatch.setenv("NUMBA_CACHE_DIR", "relative")
    assert cache.folder() is None
