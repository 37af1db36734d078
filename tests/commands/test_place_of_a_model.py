"""A model that is resumed keeps its place in its stream, whatever it is given."""

import numpy as np
import pytest

SMALL = ("--target", "x", "--cells", 2)


@pytest.fixture
def streams(tmp_path):
    """Files with the first rows of a stream, by their number."""
    rows = [f"{x:.3f}" for x in np.random.default_rng(1).normal(size=80)]

    def first(count):
        path = tmp_path / f"first-{count}.csv"
        path.write_text("\n".join(["x", *rows[:count], ""]))
        return path

    return first


@pytest.mark.parametrize("count", [0, 1, 30])
def test_a_beginning_of_what_was_learned_changes_nothing(longlag, tmp_path, streams, count):
    model = tmp_path / "model"
    assert longlag("learn", streams(60), *SMALL, "--save", model)[0] == 0
    before = model.read_bytes()
    longlag("learn", streams(count), "--resume", model, "--save", model)
    assert model.read_bytes() == before
    status, out, err = longlag("learn", streams(80), "--resume", model, "--save", model)
    assert status == 0
    assert "of 20 rows judged" in " ".join((out + err).split())


def test_in_parts_is_as_at_once(longlag, tmp_path, streams):
    at_once, in_parts = tmp_path / "at-once", tmp_path / "in-parts"
    assert longlag("learn", streams(80), *SMALL, "--save", at_once)[0] == 0
    assert longlag("learn", streams(25), *SMALL, "--save", in_parts)[0] == 0
    for count in (50, 50, 80):
        assert longlag("learn", streams(count), "--resume", in_parts, "--save", in_parts)[0] == 0
    assert in_parts.read_bytes() == at_once.read_bytes()


def test_a_row_of_an_earlier_file_has_no_number_in_the_next_one(longlag, tmp_path, streams):
    model = tmp_path / "model"
    assert longlag("learn", streams(60), *SMALL, "--horizon", 3, "--save", model)[0] == 0
    more = tmp_path / "more.csv"
    more.write_text("x\n0.1\n0.2\n")
    assert longlag("learn", more, "--resume", model, "--save", model)[0] == 0
    said = [line.split(",") for line in longlag("predict", model)[1].splitlines()]
    assert [(row, of) for row, _, of in said[1:]] == [("", "3"), ("1", "4"), ("2", "5")]
