"""What a user reads where an experiment file is wrong."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_experiment_files import GOOD

from longlag.errors import InputError
from longlag.experiments.files import load_experiment


def swap(old, new):
    assert GOOD.count(old) >= 1
    return GOOD.replace(old, new, 1)


BAD = {
    "syntax": (
        swap("trials = 3", "trials = "),
        "is not valid TOML: Invalid value (at line 4, column 10)",
    ),
    "empty": ("", "experiment: is missing: add it"),
    "not UTF-8": (b"\xff\xfe[\0", "is not text in UTF-8: save it as UTF-8"),
    "deep": ("a = " + "[" * 100_000, "is nested too deeply"),
    "unknown table": (GOOD + "[lerner]\n", "lerner: unknown key: did you mean learner?"),
    "unknown key": (
        swap("blocks", "blcks"),
        "learner.blcks: unknown key: did you mean blocks or block_size?",
    ),
    "unknown key in the header": (
        swap("trials", "trails"),
        "experiment.trails: unknown key: did you mean trials?",
    ),
    "line break in a key": (swap("blocks", '"a\\nb"'), "learner.a b: unknown key: known are"),
    "unknown key in a row": (
        swap("task.T", "tusk.T"),
        "rows[1].tusk: unknown key: did you mean task?",
    ),
    "unknown field in a row": (
        swap("task.T = 40", "task.t = 40"),
        "row short: task.t: unknown key: known are T",
    ),
    "unknown field in a reading": (
        swap("stop.window = 20", "stop.windw = 20"),
        "reading slow: stop.windw: unknown key: did you mean window?",
    ),
    "unknown field of a rule": (
        swap("rate = 0.01", "rat = 1"),
        "learner.rule.rat: unknown key: did you mean rate?",
    ),
    "unknown field of a figure": (
        swap("where", "were"),
        "rows[2].published.were: unknown key: did you mean where?",
    ),
    "no figures": (
        swap("task.T = 40", "task.T = 40\npublished = {}"),
        "rows[1].published.source: is missing: add it",
    ),
    "a range without an end": (
        swap("sequences = 5", "low = 5"),
        "rows[2].published: low must be at most high, got 5 and None",
    ),
    "a range that runs backwards": (
        swap("sequences = 5", "low = 5\nhigh = 4"),
        "rows[2].published: low must be at most high, got 5 and 4",
    ),
    "mean of nothing": (
        swap("sequences = 5", "sequences = 0"),
        "rows[2].published.sequences: must be a number in (0, 1000000000000000.0], got 0",
    ),
    "endless mean": (
        swap("sequences = 5", "guesses = inf"),
        "rows[2].published.guesses: must be a number in (0, 1000000000000000.0], got inf",
    ),
    "share of more than all": (
        swap("sequences = 5", "solved = 97"),
        "rows[2].published.solved: must be a number in [0, 1], got 97",
    ),
    "key below a number": (
        swap("task.T = 40", "task.T = 40\nlearner.blocks.size = 2"),
        "row short: learner.blocks.size: blocks is not a table and has no keys",
    ),
    "missing title": (swap('title = "Mine"', ""), "experiment.title: is missing: add it"),
    "missing table": (swap('[stop]\ntype = "recent"\nwindow = 50', ""), "stop: is missing: add it"),
    "missing type": (
        swap('type = "adding"', ""),
        "task.type: is missing: known are adding, adding-modern",
    ),
    "missing cap": (swap("cap = 1000", ""), "rows[1].cap: is missing: add it"),
    "missing default": (
        swap('reading = "plain"', ""),
        "experiment.reading: is missing: name the reading to run by default",
    ),
    "text for a number": (
        swap("trials = 3", "trials = 'x'"),
        "experiment.trials: must be a whole number, got 'x'",
    ),
    "truth for a number": (
        swap("rate = 0.01", "rate = true"),
        "learner.rule.rate: must be a number in [0, 1000000.0], got True",
    ),
    "fraction for a whole number": (
        swap("task.T = 40", "task.T = 40.5"),
        "row short: task.T: must be a whole number from 22 to 1000000000, got 40.5",
    ),
    "number for a table": (
        swap("[[rows]]", "task.x = 1\n[[rows]]"),
        "stop.task: unknown key: known are",
    ),
    "row that is no table": (
        "experiment={}\ntask={}\nlearner={}\nstop={}\nrows=[1]",
        "rows: must be a list, each item a table, got [1]",
    ),
    "number for a list": (
        swap("[-4]", "-4"),
        "row long: learner.input_gate_biases: must be a list, each item a number in [-1000, 1000], "
        "got -4",
    ),
    "wrong choice": (
        swap('"linear"', '"linea"'),
        "learner.output: must be one of 'logistic', 'linear', 'softmax', got 'linea'",
    ),
    "list of wrong length": (
        swap("blocks = 1", "output_range = [0]"),
        "learner.output_range: must be a list of 2 items, each a number in [-1000, 1000], got [0]",
    ),
    "number too large": (
        swap("rate = 0.01", "rate = 1" + "0" * 400),
        "learner.rule.rate: must be a number in [0, 1000000.0], got 1000000",
    ),
    "type that is no text": (swap('"adding"', "3"), "task.type: must be text, got 3"),
    "unknown task": (
        swap('"adding"', '"ading"'),
        "task.type: unknown task 'ading': did you mean adding",
    ),
    "unknown learner": (
        swap('"lstm"', '"lstn"'),
        "learner.type: unknown learner 'lstn': did you mean lstm?",
    ),
    "unknown rule": (
        swap('"adam"', '"adma"'),
        "learner.rule.type: unknown update rule 'adma': did you mean adam?",
    ),
    "unknown stop rule": (
        swap('"recent"', '"recnt"'),
        "stop.type: unknown stop rule 'recnt': did you mean recent?",
    ),
    "unknown default reading": (
        swap('reading = "plain"', 'reading = "plan"'),
        "experiment.reading: unknown reading of my 'plan': did you mean plain?",
    ),
    "unknown reading chosen by a row": (
        swap('readings = ["slow"]', 'reading = "slw"'),
        "rows[2].reading: unknown reading of my 'slw': did you mean slow?",
    ),
    "fewer than no details": (
        swap('summary = "as it stands"', 'summary = ""\ndiffers = -1'),
        "readings.plain.differs: must be at least 0, got -1",
    ),
    "modern without truth": (
        swap('summary = "as it stands"', 'summary = ""\nmodern = 1'),
        "readings.plain.modern: must be true or false, got 1",
    ),
    "unknown reading of a row": (
        swap('["slow"]', '["slw"]'),
        "rows[2].readings: unknown reading of my 'slw': did you mean slow?",
    ),
    "T out of range": (
        swap("task.T = 40", "task.T = 10"),
        "row short: task.T: must be from 22 to 1000000000, got 10",
    ),
    "rate out of range": (
        swap("rate = 0.01", "rate = -1"),
        "learner.rule.rate: must be a number in [0, 1000000.0], got -1",
    ),
    "not a number": (
        swap("rate = 0.01", "rate = nan"),
        "learner.rule.rate: must be a number in [0, 1000000.0], got nan",
    ),
    "cap out of range": (
        swap("cap = 1000", "cap = 0"),
        "rows[1].cap: must be from 1 to 1000000000000, got 0",
    ),
    "cap of a reading out of range": (
        swap("cap = 500", "cap = -1"),
        "reading slow: cap: must be from 1 to",
    ),
    "no test": (swap("test = 100", "test = 0"), "test: must be from 1 to 1000000000, got 0"),
    "zero trials": (
        swap("trials = 3", "trials = 0"),
        "experiment.trials: must be from 1 to 1000000, got 0",
    ),
    "zero trials of a row": (
        swap("trials = 2", "trials = 0"),
        "rows[2].trials: must be from 1 to 1000000, got 0",
    ),
    "misfit": (
        swap("blocks = 1", "inputs = 3"),
        "learner.inputs: must be 2 for task adding, got 3: leave it out",
    ),
    "reading that is no table": (
        GOOD[: GOOD.index("[readings.plain]")] + "[[readings.plain]]",
        "readings: must be a table of tables, got {'plain': [{}]}",
    ),
    "rows left out": (GOOD[: GOOD.index("[[rows]]")], "rows: is missing: add it"),
    "rows empty": (
        "rows = []\n" + GOOD[: GOOD.index("[[rows]]")],
        "rows: there are none: add [[rows]] with a name and a cap",
    ),
    "rows of one name": (
        swap('"long"', '"short"'),
        "rows[2].name: 'short' is taken: give it another name",
    ),
}


@pytest.mark.parametrize(("text", "message"), BAD.values(), ids=BAD)
def test_a_wrong_file_gets_one_clear_line(tmp_path, text, message):
    path = tmp_path / "my.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(InputError) as caught:
        load_experiment(path)
    assert str(caught.value).startswith(f"{path}: {message}")
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize("name", ["judge", "ladder-tuning"])
def test_a_file_is_not_called_as_what_a_command_stores(tmp_path, name):
    path = tmp_path / f"{name}.toml"
    path.write_text(GOOD)
    with pytest.raises(InputError, match=f"trials of a command under the name {name}: rename"):
        load_experiment(path)


VALUES = [
    "-1",
    "0",
    "1e400",
    "nan",
    "true",
    "''",
    "[]",
    "[[1]]",
    "{}",
    "{ type = 1 }",
    "1979-05-27",
]
LINES = GOOD.splitlines()


@settings(max_examples=200)
@given(data=st.data())
def test_any_change_of_a_file_is_read_or_refused_in_one_line(tmp_path_factory, data):
    """A line is dropped or repeated, a value replaced, or a character changed."""
    lines = LINES.copy()
    number = data.draw(st.integers(0, len(lines) - 1))
    kind = data.draw(st.sampled_from(["line", "value", "character"]))
    if kind == "line":
        lines[number : number + 1] = [lines[number]] * data.draw(st.sampled_from([0, 2]))
    elif kind == "value":
        lines[number] = lines[number].split("=")[0] + "= " + data.draw(st.sampled_from(VALUES))
    else:
        at = data.draw(st.integers(0, len(lines[number])))
        lines[number] = lines[number][:at] + data.draw(st.characters()) + lines[number][at + 1 :]
    path = tmp_path_factory.mktemp("file") / "my.toml"
    path.write_bytes("\n".join(lines).encode(errors="surrogatepass"))
    try:
        load_experiment(path)
        message = "one line"
    except InputError as error:
        message = str(error)
    assert len(message.splitlines()) == 1
