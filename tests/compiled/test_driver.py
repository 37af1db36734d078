"""Functions that are compiled to stand alone: found by later processes, and right without that."""

import threading

import numpy as np
import pytest
from support.counting import counted, counter

from longlag.compiled import cache, driver, isolation, key
from longlag.compiled.cache import contents, folder
from longlag.compiled.compiling import inner
from longlag.compiled.driver import Driver
from longlag.errors import InputError


@pytest.fixture(autouse=True)
def empty(monkeypatch, tmp_path):
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path))


@pytest.fixture
def compilations(monkeypatch):
    """How often something is compiled: a list that grows."""
    happened, compile_ = [], Driver._compile

    def count(self, signature):
        happened.append(signature)
        return compile_(self, signature)

    monkeypatch.setattr(Driver, "_compile", count)
    return happened


def gone(*arguments):
    """In the place of a function that is not there any more."""
    raise AttributeError("gone")


def test_what_was_compiled_is_found(compilations):
    assert counted(counter(3, "three")) == 24
    assert len(compilations) == contents().files == 1
    assert counted(counter(3, "three")) == 24
    assert len(compilations) == contents().files == 1


def test_what_it_was_made_of_decides(compilations):
    assert [counted(counter(i, ("counter", i))) for i in (3, 5, 3, 5)] == [24, 40, 24, 40]
    assert len(compilations) == contents().files == 2


def test_it_is_compiled_for_each_form_of_arguments(compilations):
    count = counter(3, "three")
    for dtype in (np.float64, np.float32, np.float64, np.int64):
        assert count(np.array([6], dtype)) == 24
    assert len(compilations) == contents().files == 3


def test_a_function_that_calls_itself_with_other_types():
    """Only loading could link such a call, and parts of a function are not loaded."""
    with pytest.raises(InputError, match="calls itself"):
        counter(3, "three")(np.array([6], np.int8))
    assert not folder().exists()


def test_python_runs_a_part_as_it_is_written():
    @inner
    def double(x):
        return 2 * x

    @inner
    def twice(x):
        return double(double(x))

    assert twice("ab") == "abababab"


def test_nothing_is_kept_of_what_has_no_digest(compilations):
    assert [counted(counter(3)) for _ in range(2)] == [24, 24]
    assert len(compilations) == 2
    assert not folder().exists()


@pytest.mark.parametrize("part", ["code", "needs"])
def test_what_cannot_be_loaded_is_compiled_anew(part, compilations):
    """With a right checksum: as if it had been written so."""
    counted(counter(5, "five"))
    (file,) = folder().iterdir()
    wrong = {"code": cache.find(file.name).code, "needs": ("no_such_function",)}[part]
    file.unlink()
    counted(counter(3, "three"))
    (file,) = folder().iterdir()
    kept = cache.find(file.name)
    cache.keep(kept._replace(**{part: wrong}))
    assert counted(counter(3, "three")) == 24
    assert len(compilations) == 3
    assert cache.find(file.name) == kept


@pytest.mark.parametrize(
    ("owner", "name"),
    [
        (isolation, "isolate"),
        (isolation, "load"),
        (isolation, "processor"),
        (key, "digest"),
        (driver, "unpacker"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_without_isolation_results_are_right_and_nothing_is_kept(owner, name, monkeypatch):
    """As after a change of what isolation rests on, in Numba or in LLVM."""
    monkeypatch.setattr(owner, name, gone)
    count = counter(3, "three")
    assert [counted(count), counted(count)] == [24, 24]
    assert not folder().exists()


def test_without_isolation_a_function_that_returns_nothing_gives_0(monkeypatch):
    def store(x):
        x[0] = 7.0

    x = np.zeros((2, 1))
    assert Driver(store, None)(x[0]) == 0
    monkeypatch.setattr(isolation, "isolate", gone)
    assert Driver(store, None)(x[1]) == 0
    assert (x == 7).all()


def test_a_function_that_cannot_be_compiled_says_why():
    with pytest.raises(Exception, match="Unknown attribute 'no_such_name'"):
        Driver(lambda x: x.no_such_name, None)(np.zeros(1))


def test_a_function_that_fails_raises():
    def fail(x):
        if x[0] > 0:
            raise ValueError("too large")
        return 1

    checked = Driver(fail, "fails")
    for _ in range(2):  # as compiled, and as found
        assert checked(np.zeros(1)) == 1
        with pytest.raises(RuntimeError, match="failed with status"):
            checked(np.ones(1))
        assert checked(np.zeros(1)) == 1
        checked = Driver(fail, "fails")


def test_a_call_sees_what_its_arrays_hold_now():
    def add(x, number):
        return int(x[0] + number)

    x = np.array([1.0])
    call = Driver(add, None).bind(x, 10)
    assert call() == 11
    x[0] = 2.0
    assert call() == 12


def test_a_call_owns_its_arrays():
    def total(x):
        total = 0.0
        for i in range(len(x)):
            total += x[i]
        return int(total)

    calls = [Driver(total, "total").bind(np.full(100_000, float(i))) for i in range(5)]
    assert [call() for call in calls] == [100_000 * i for i in range(5)]


def test_threads_that_bind_at_once_compile_once(compilations):
    count, results = counter(3), []
    barrier = threading.Barrier(8)

    def work():
        barrier.wait()
        results.append(counted(count))

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [24] * 8
    assert len(compilations) == 1


def test_what_was_made_of_the_same_is_one_driver(monkeypatch):
    monkeypatch.setattr(driver, "_shared", {})
    one = driver.driver(abs, ("a", 1))
    assert driver.driver(abs, ("a", 1)) is one
    assert driver.driver(abs, ("a", 2)) is not one


def test_what_is_compiled_runs_while_another_thread_compiles(monkeypatch):
    count, compiled, released = counter(3), threading.Event(), threading.Event()
    assert counted(count) == 24

    def compile_for_long():
        with driver._compiling:
            compiled.set()
            released.wait(60)

    thread = threading.Thread(target=compile_for_long)
    thread.start()
    assert compiled.wait(60)
    results = []
    running = threading.Thread(target=lambda: results.append(counted(count)))
    running.start()
    running.join(30)
    made = threading.Thread(target=driver.driver, args=(abs, ("a", 3)))
    made.start()
    made.join(30)
    waited = running.is_alive() or made.is_alive()
    released.set()
    thread.join()
    assert not waited
    assert results == [24]
