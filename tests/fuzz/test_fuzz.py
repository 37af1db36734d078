"""Files of random damage end in a result or in one short line; past finds are seeds that stay."""

import contextlib
import random
import resource
from pathlib import Path

import pytest
from support import fuzzing
from support.command_line import EXPERIMENT
from support.hostile_names import control_characters
from support.stream_samples import compile_kernels

from longlag import LSTMClassifier, LSTMRegressor
from longlag.errors import LonglagError
from longlag.estimators import saving
from longlag.experiments.files import load_experiment
from longlag.experiments.store import Store
from longlag.forecasting.resuming import ESTIMATORS, SavedStream
from longlag.quoting import MESSAGE

DATA = Path(__file__).parents[1] / "data" / "version-0.1.0"
SHORT, LONG = range(60), range(60, 3000)


@pytest.fixture(autouse=True, scope="module")
def _compiled(tmp_path_factory):
    compile_kernels(tmp_path_factory.getbasetemp().parent)


@pytest.fixture(autouse=True)
def _little_memory():
    """What asks for much more memory than its file has fails, instead of filling the machine."""
    before = resource.getrlimit(resource.RLIMIT_AS)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + (2 << 30), before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_AS, before)


@contextlib.contextmanager
def refused_in_a_line():
    try:
        yield []
    except LonglagError as error:
        message = str(error)
        assert len(message) <= MESSAGE
        assert not control_characters(message)
        assert "\n" not in message


def try_model(seed, tmp_path):
    rng = random.Random(seed)
    whole = (DATA / f"{rng.choice(('regressor', 'classifier'))}.safetensors").read_bytes()
    change = fuzzing.model_of if rng.random() < 0.7 else fuzzing.bytes_of
    path = tmp_path / "model"
    path.write_bytes(change(rng, whole))
    with refused_in_a_line():
        saved = saving.read(path)
        with saving.sound(path):
            ESTIMATORS[saved.estimator].from_state(saved.state)
    with refused_in_a_line():
        SavedStream.load(path)


def try_store(seed, tmp_path):
    rng = random.Random(seed)
    path = tmp_path / "results.longlag"
    path.write_bytes(fuzzing.bytes_of(rng, (DATA / "rows.longlag").read_bytes()))
    before = path.read_bytes()
    with refused_in_a_line(), Store(path, read_only=True) as store:
        sound, damaged = store.sound_records()
        for error in damaged:
            with refused_in_a_line():
                raise error
        assert len(sound) + len(damaged) >= 0
        store.examine()
    assert path.read_bytes() == before


def try_experiment(seed, tmp_path):
    rng = random.Random(seed)
    text = EXPERIMENT.format(average_below=0.1, cap=100)
    text += '[readings.one]\nsummary = "one"\nlearner.output_bias = 0.1\n'
    path = tmp_path / "mine.toml"
    path.write_text(fuzzing.toml_of(rng, text), "utf-8", errors="surrogateescape")
    with refused_in_a_line():
        load_experiment(path)


def everything(model):
    """All that a model has learned, to the bit."""
    if not model.inputs_:
        return None
    *rest, tensors = model.state()
    return rest, {name: array.tobytes() for name, array in tensors.items()}


def try_samples(seed, tmp_path):
    rng = random.Random(seed)
    estimator = rng.choice((LSTMRegressor, LSTMClassifier))
    model, path = estimator(cells=1), tmp_path / "model"
    path.unlink(missing_ok=True)
    for x, y in fuzzing.samples_of(rng):
        before = everything(model)
        with refused_in_a_line():
            model.predict_one(x)
        assert everything(model) == before
        with refused_in_a_line() as learned:
            model.learn_one(x, y)
            learned.append(True)
        assert learned or everything(model) == before
    with refused_in_a_line():
        model.save(path)
    if path.exists():
        assert everything(estimator.load(path)) == everything(model)


TRIES = {
    "model": try_model,
    "store": try_store,
    "experiment": try_experiment,
    "samples": try_samples,
}


@pytest.mark.parametrize("kind", TRIES)
def test_some_files(kind, tmp_path):
    for seed in SHORT:
        TRIES[kind](seed, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("kind", TRIES)
def test_many_files(kind, tmp_path):
    for seed in LONG:
        TRIES[kind](seed, tmp_path)


@pytest.mark.slow
def test_the_command_on_many_tables(longlag, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    resource.setrlimit(resource.RLIMIT_AS, resource.getrlimit(resource.RLIMIT_AS)[1:] * 2)
    for seed in range(300):
        rng = random.Random(seed)
        Path("data.csv").write_bytes(fuzzing.csv_of(rng))
        Path("m").unlink(missing_ok=True)
        classify = ["--classify"] * rng.randrange(2)
        status, out, err = longlag(
            "learn", "data.csv", "--target", "y", "--cells", 1, "--save", "m", *classify
        )
        assert status in (0, 2), (seed, err)
        assert not control_characters(out + err)
        assert status == 0 or err.splitlines()[-1].startswith("longlag: "), seed
        if Path("m").exists():
            status, out, err = longlag("predict", "m", "data.csv")
            assert status in (0, 2), (seed, err)
