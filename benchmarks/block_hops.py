"""The way of a block of rows through the code, from its text to the scores of its predictions.

    python benchmarks/block_hops.py [--list]

A hop is a call from one function of longlag to another one, on the way of one block of rows in
`longlag learn`; the same two functions count once, however often the one calls the other. The way
begins when the text of a block has been read, and ends when all its predictions are scored. It is
that of a later block, when everything has been begun. Comprehensions belong to their function. What
`compiled/` does to call object code is no hop, as it is none where Numba does it. The files are
those of the functions that are called.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout, suppress
from io import StringIO
from itertools import islice
from pathlib import Path
from types import FrameType
from unittest.mock import patch

import numpy as np

import longlag
from longlag.cli import main
from longlag.forecasting.evaluation import Evaluation
from longlag.readers.csv_blocks import CsvSource

ROWS = 25_000  # two blocks of 256 kB
BLOCK = 1  # the one that is followed
SOURCE = str(Path(longlag.__file__).parent)


def own(frame: FrameType | None) -> FrameType | None:
    """The innermost frame of a function of longlag, from this one outwards."""
    while frame:
        code = frame.f_code
        inside = code.co_filename.startswith(SOURCE) and "/compiled/" not in code.co_filename
        if inside and not code.co_name.startswith("<"):
            return frame
        frame = frame.f_back
    return None


def name(frame: FrameType) -> tuple[str, str]:
    """File and function."""
    code = frame.f_code
    return code.co_filename.removeprefix(SOURCE + "/"), code.co_qualname


class Way:
    """The hops of one block, and how often each was taken, as a profiler of Python sees them."""

    def __init__(self) -> None:
        self.hops: dict[tuple, int] = {}

    def __call__(self, frame: FrameType, event: str, argument: object) -> None:
        if event == "return" and frame.f_code is Evaluation.step.__code__:
            sys.setprofile(None)
        elif event == "call" and own(frame) is frame:
            caller = own(frame.f_back)
            hop = caller and name(caller), name(frame)
            self.hops[hop] = self.hops.get(hop, 0) + 1


def followed(blocks: Callable, way: Way) -> Callable:
    """A source's method `blocks`, which lets the way begin where it has read the text of one."""

    def generate(source: CsvSource) -> Iterator:
        for number, block in enumerate(islice(blocks(source), BLOCK + 1)):
            if number == BLOCK:
                sys.setprofile(way)
            yield block

    return generate


def way(classify: bool, horizon: int) -> dict[tuple, int]:
    """The hops of a block of two features and a target, and how often each is taken."""
    generator = np.random.default_rng(1)
    rows = generator.normal(size=(ROWS, 2))
    target = ["high" if row.sum() > 0 else "low" for row in rows] if classify else rows.sum(axis=1)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "data.csv"
        lines = (f"{a:.6f},{b:.6f},{y}\n" for (a, b), y in zip(rows, target, strict=True))
        data.write_text("a,b,y\n" + "".join(lines))
        command = ["learn", str(data), "--target", "y", "--cells", "1", "--horizon", str(horizon)]
        found = Way()
        blocks = followed(CsvSource.blocks, found)
        with (
            patch.object(CsvSource, "blocks", blocks),
            redirect_stdout(StringIO()),
            suppress(SystemExit),
        ):
            main(command + ["--classify"] * classify)
    return found.hops


def report() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="name every hop")
    given = parser.parse_args()
    print("| target | rows ahead | hops | calls | files |")
    print("|---|---|---|---|---|")
    for classify in (False, True):
        for horizon in (0, 1):
            hops = way(classify, horizon)
            files = {file for _, (file, _) in hops}
            kind = "class" if classify else "number"
            print(f"| {kind} | {horizon} | {len(hops)} | {sum(hops.values())} | {len(files)} |")
            if given.list:
                for (caller, called), times in hops.items():
                    print(f"    {times:4} x {caller and caller[1]} -> {called[0]}: {called[1]}")


if __name__ == "__main__":
    report()
