"""Object code stands alone: nothing of another function can be reached from it, or reach it."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from llvmlite import binding as llvm
from numba import config
from numba.core.codegen import JITCPUCodegen
from support.counting import counted, counter
from support.object_code import visible

from longlag.compiled import cache
from longlag.compiled.isolation import NotIsolated, ObjectCode, isolate, load, processor
from longlag.errors import InputError

DIGEST, OTHER = "0123456789abcdef" * 2, "f" * 32

MODULE = """
target triple = "{triple}"
@table = global [2 x i64] [i64 3, i64 4]
declare double @{function}(double)
define linkonce_odr i64 @chosen(i64 %i) noinline {{
    %at = getelementptr [2 x i64], ptr @table, i64 0, i64 %i
    %value = load i64, ptr %at
    ret i64 %value
}}
define i32 @entry(ptr %result, ptr %exception, ptr %words) {{
    %word = load i64, ptr %words
    %value = call i64 @chosen(i64 %word)
    %number = sitofp i64 %value to double
    %other = call double @{function}(double %number)
    %whole = fptosi double %other to i64
    store i64 %whole, ptr %words
    ret i32 0
}}
"""


def module(function="cbrt", more=""):
    return MODULE.format(triple=llvm.get_process_triple(), function=function) + more


def run(code, word):
    table = np.array([word])
    loaded = load(code)
    assert loaded.call(table.ctypes.data) == 0
    return int(table[0])


def kept_of(driver, *arguments, monkeypatch):
    """The object code that a driver would leave on disk."""
    kept = []
    with monkeypatch.context() as patched:
        patched.setattr(cache, "find", lambda digest: None)
        patched.setattr(cache, "keep", kept.append)
        driver(*arguments)
    (code,) = kept
    return code


elf = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="object code is not ELF")


@elf
def test_two_names_are_visible():
    code = isolate(module(), DIGEST)
    names = visible(code.code)
    assert names.defined == {f"longlag_{DIGEST}", f"longlag_{DIGEST}_digest"}
    assert names.needed == set(code.needs) == {"cbrt"}


@elf
def test_two_names_are_visible_in_what_numba_compiled(monkeypatch):
    code = kept_of(counter(3, "counter"), np.zeros(1), monkeypatch=monkeypatch)
    names = visible(code.code)
    assert names.defined == {f"longlag_{code.digest}", f"longlag_{code.digest}_digest"}
    assert names.needed == set(code.needs) == set()


def test_functions_and_variables_stay_their_own():
    """The same names with another content, loaded together, in either order."""
    first, second = module(), module().replace("[i64 3, i64 4]", "[i64 50, i64 60]")
    second = second.replace("cbrt", "fabs")
    codes = isolate(first, DIGEST), isolate(second, OTHER)
    for a, b in (codes, codes[::-1]):
        loaded = [load(a), load(b)]
        assert len(loaded) == 2
        assert [run(code, 1) for code in codes] == [1, 60]


def test_code_without_a_digest_stays_its_own():
    """What is not kept has zeros for a digest, so two of them have the same visible names."""
    a, b = counter(3), counter(5)
    assert [counted(each) for each in (a, b, a)] == [24, 40, 24]


def test_variables_from_outside_are_refused():
    """They would be null."""
    text = module().replace(
        "@table = global [2 x i64] [i64 3, i64 4]", "@table = external global i64"
    )
    with pytest.raises(InputError, match="calls itself"):
        isolate(text, DIGEST)


def test_the_code_does_not_depend_on_what_numba_counted(monkeypatch):
    """Numba numbers the functions of a process; the second copy of a driver has other numbers."""
    first = kept_of(counter(3, "counter"), np.zeros(1), monkeypatch=monkeypatch)
    counted(counter(5))
    again = kept_of(counter(3, "counter"), np.zeros(1), monkeypatch=monkeypatch)
    assert first == again


KEPT = """
import sys
sys.path.insert(0, sys.argv[1])
from support.counting import counted, counter
from longlag.compiled import cache

cache.keep = lambda code: print(code.digest, code.needs, code.code.hex())
for number in sys.argv[2:]:
    counted(counter(int(number), ("counter", number)))
"""


def test_the_code_is_the_same_in_every_process(tmp_path):
    """Compiled first, or after another driver, with other addresses and another order of sets."""
    printed = []
    for i, order in enumerate((("3", "5"), ("5", "3"))):
        done = subprocess.run(
            [sys.executable, "-c", KEPT, str(Path(__file__).parents[1]), *order],
            env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path), "PYTHONHASHSEED": str(i)},
            capture_output=True,
            text=True,
            check=True,
        )
        printed.append(sorted(done.stdout.splitlines()))
    assert printed[0] == printed[1]
    assert len(printed[0]) == 2


def test_another_functions_code_is_refused():
    """Where a file was renamed, or a digest chosen badly."""
    code = isolate(module(), DIGEST)
    with pytest.raises(NotIsolated, match="no such function"):
        load(code._replace(digest=OTHER))


def test_code_that_says_another_digest_is_refused():
    code = isolate(module(), DIGEST)
    renamed = code.code.replace(DIGEST.encode(), OTHER.encode())
    with pytest.raises(NotIsolated, match="made of something else"):
        load(ObjectCode(OTHER, code.needs, renamed))


def test_a_need_that_is_not_there_is_refused():
    """Before anything is linked: LLVM would end the process."""
    code = isolate(module(function="no_such_function"), DIGEST)
    assert code.needs == ("no_such_function",)
    with pytest.raises(NotIsolated, match="needs no_such_function"):
        load(code)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        (module(more="define void @second(i32 %a) { ret void }"), 2),
        (module().replace("define i32", "define internal i32"), 0),
        (module().replace("ptr %exception, ", ""), 1),
    ],
)
def test_a_module_of_another_shape_is_refused(text, count):
    with pytest.raises(NotIsolated, match=f"{count} visible functions"):
        isolate(text, DIGEST)


@pytest.mark.parametrize(
    "settings",
    [{}, {"ENABLE_AVX": 0}, {"CPU_NAME": "generic", "CPU_FEATURES": ""}],
    ids=["as it is", "without AVX", "generic"],
)
def test_the_processor_is_the_one_that_numba_compiles_for(settings, monkeypatch):
    for name, value in settings.items():
        monkeypatch.setattr(config, name, value)
    numbas = JITCPUCodegen("test").magic_tuple()
    assert processor() == numbas
