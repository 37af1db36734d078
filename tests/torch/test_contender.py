"""What is asked of the file of a user's model, and what tells one model from another."""

import functools
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from support.user_model import SUM

import longlag.torch
from longlag.errors import InputError
from longlag.learners import learners
from longlag.torch.contender import Contender
from longlag.torch.training import check

EXAMPLES = sorted(Path(longlag.torch.__file__).parent.glob("examples/[a-z]*.py"))


def module(forward):
    """The text of a file whose module computes `forward` of x."""
    return f"""
import torch
from torch import nn
class Model(nn.Module):
    def __init__(self, inputs, outputs):
        super().__init__()
        self.output = nn.Linear(inputs, outputs)
    def forward(self, x):
        return {forward}
model = Model
"""


ZEROS = "outputs)\n        nn.init.zeros_(self.output.weight)\n    def"
BROKEN = {
    "nothing": ("", "must define a function model(inputs, outputs)"),
    "syntax": ("def model(:\n", "line 1: when it is read: SyntaxError"),
    "an import": ("\nimport no_such_module", "line 2: when it is read: ModuleNotFoundError"),
    "an exit": ("import sys\nsys.exit(3)", "line 2: when it is read: SystemExit: 3"),
    "no module": ("def model(i, o):\n    return 5", "must return a torch.nn.Module, got 5"),
    "a parameter": ("def model(i):\n    pass", "in model(2, 1): TypeError"),
    "in the model": ("def model(i, o):\n    return o / 0", "line 2: in model(2, 1): ZeroDivision"),
    "a tuple": (module("self.output(x), None"), "got a tuple: return the answers alone"),
    "a shape": (
        module("self.output(x)[:, -1]"),
        "must return a tensor of shape (2, 5, 1) for x of shape (2, 5, 2), got shape (2, 1)",
    ),
    "in forward": (module("self.output(x[0, 0, 7])"), "line 9: in forward for x of shape (2, 5, "),
    "not finite": (module("self.output(x) / 0"), "must be finite, got "),
    "no gradient": (module("self.output(x).detach()"), "weights that require a gradient"),
    "a batch": ("batch = 0\n" + SUM, "batch of FILE must be from 1 to 1000000, got 0"),
    "a clip": ("clip = -1\n" + SUM, "clip of FILE must be"),
    "a name": ("name = 'lstm'\n" + SUM, "must not be a learner of the library, got lstm"),
    "an optimiser": (SUM + "optimiser = 3", "optimiser of FILE must be a function that makes"),
    "its result": (SUM + "    pass\n    return 7\ndef optimiser(p): return 3", "got 3"),
    "its rate": (
        SUM.replace("lr=0.02", "lr=-1"),
        "line 18: in optimiser(parameters): ValueError: Invalid learning rate",
    ),
    "a checkpoint": (
        SUM.replace("return torch", "made = torch")
        + "    made.param_groups[0]['schedule'] = lambda: 0\n    return made\n",
        "must hold tensors and plain values of Python, so that training can resume",
    ),
    "one for all": (
        "import functools\n" + SUM + "\nmodel = functools.cache(model)",
        "model(2, 1) must make new weights at each call",
    ),
    "a message": (
        "class Odd(Exception):\n    def __str__(self): return 1 / 0\nraise Odd",
        "line 3: when it is read: Odd",
    ),
    "a step": (SUM.replace("Adam(", "LBFGS("), "when the weights change: TypeError"),
    "time first": (
        module("self.output(x.cumsum(0))"),
        "depend on the sequences beside it: give the recurrent layer batch_first=True",
    ),
    "time first, before the output has learned": (
        module("self.output(x.cumsum(0))").replace("outputs)\n    def", ZEROS),
        "depend on the sequences beside it: give the recurrent layer batch_first=True",
    ),
    "a state that is kept": (
        module("self.output(self.__dict__.setdefault('first', x) + x)"),
        "line 9: in forward for x of shape (3, 4, 2): RuntimeError: The size of tensor",
    ),
    "a lazy layer without use": (
        SUM.replace("self.dropout = ", "self.unused = nn.LazyLinear(3)\n        self.dropout = "),
        "forward must use every lazy layer",
    ),
    "parameters of others": (
        SUM.replace("parameters, lr", "[nn.Parameter(torch.zeros(1))], lr"),
        "must change the parameters that it is given, got an optimiser of others",
    ),
    "no numbers": (SUM.replace("Sum(inputs, outputs)", "Sum(inputs, outputs).to('meta')"), "meta"),
    "a long name": ("name = 'x' * 41\n" + SUM, 'give it one, such as name = "my model"'),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_wrong_with_a_file_is_one_line_with_the_place(name, tmp_path):
    text, message = BROKEN[name]
    path = tmp_path / "model.py"
    path.write_text(text)
    with pytest.raises(InputError) as refusal:
        check(Contender.of_file(path), 2, 1)
    said = str(refusal.value).replace(str(path), "FILE")
    assert message in said
    assert "FILE" in said
    assert "\n" not in said


def test_a_file_that_is_not_there_says_how_one_begins(tmp_path):
    with pytest.raises(InputError, match=r"there is no file .*longlag judge --example lstm > m.py"):
        Contender.of_file(tmp_path / "m.py")
    with pytest.raises(InputError, match="cannot be read: Is a directory"):
        Contender.of_file(tmp_path)


def test_lazy_layers_draw_their_weights_from_the_seed(summing):
    def made(layer, seed):
        summing.write_text(SUM.replace("nn.Linear(inputs, ", layer))
        module = Contender.of_file(summing).build(2, 1, seed)
        return torch.cat([each.detach().flatten() for each in module.parameters()])

    assert torch.equal(made("nn.LazyLinear(", 1), made("nn.Linear(inputs, ", 1))
    assert not torch.equal(made("nn.LazyLinear(", 1), made("nn.LazyLinear(", 2))


@pytest.mark.parametrize(
    "drawn", ["torch.rand(1).item()", "numpy.random.rand()", "random.random()"]
)
def test_weights_come_from_the_seed_whoever_draws_them(summing, drawn):
    summing.write_text(
        f"import random, numpy\n{SUM}".replace(
            "return Sum(inputs, outputs)",
            f"made = Sum(inputs, outputs)\n    nn.init.constant_(made.output.weight, {drawn})\n"
            "    return made",
        )
    )
    contender = Contender.of_file(summing)

    def weight(seed, trial):
        return contender.build(2, 1, seed, trial).output.weight[0, 0].item()

    assert weight(1, 0) == weight(1, 0)
    assert len({weight(1, 0), weight(1, 1), weight(2, 0)}) == 3


def test_settings_of_pytorch_in_a_file_are_its_own(summing, tmp_path):
    other = tmp_path / "other.py"
    other.write_text(
        "import torch\ntorch.set_default_dtype(torch.float64)\ntorch.set_num_threads(2)\n"
        "torch.set_grad_enabled(False)\n" + SUM
    )
    nowhere = tmp_path / "nowhere.py"
    nowhere.write_text("import torch\ntorch.set_default_device('meta')\n" + SUM)
    threads = torch.get_num_threads()
    first, second = Contender.of_file(other), Contender.of_file(summing)
    assert Contender.of_file(nowhere).build(2, 1).output.weight.is_meta
    check(first, 2, 1)
    check(second, 2, 1)
    assert first.build(2, 1).output.weight.dtype == torch.float64
    assert second.build(2, 1).output.weight.dtype == torch.get_default_dtype() == torch.float32
    assert second.build(2, 1).output.weight.device == torch.get_default_device()
    assert torch.get_num_threads() == threads
    assert torch.is_grad_enabled()


def test_modules_beside_a_file_are_its_own(tmp_path):
    """Also where another file has modules of the same names, and where it imports them late."""
    for name in ("first", "second"):
        (tmp_path / name / "parts").mkdir(parents=True)
        (tmp_path / name / "layers.py").write_text(f"SIZE = {len(name)}")
        (tmp_path / name / "parts" / "late.py").write_text(
            f"import torch\nclass Late(torch.nn.Linear):\n    name = '{name}'"
        )
        (tmp_path / name / "model.py").write_text(
            f"name = '{name}'\nfrom layers import SIZE\ndef model(inputs, outputs):\n"
            "    from parts.late import Late\n    return Late(inputs, SIZE)\n"
        )
    path, modules = list(sys.path), set(sys.modules)
    contenders = [Contender.of_file(tmp_path / name / "model.py") for name in ("first", "second")]
    for each, size in zip(contenders, (5, 6), strict=True):
        module = each.build(2, 1)
        assert (module.name, module.out_features) == (each.name, size)
    assert sys.path == path
    assert set(sys.modules) == modules


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_examples_are_models(path):
    contender = Contender.of_file(path)
    check(contender, 3, 2)
    assert contender.name not in learners()


def test_a_model_is_another_one_if_its_code_changes_but_not_its_comments(summing):
    first = Contender.of_file(summing).source
    summing.write_text(SUM + "# a comment\n")
    assert Contender.of_file(summing).source == first
    summing.write_text(SUM.replace("0.02", "0.03"))
    assert Contender.of_file(summing).source != first
    summing.write_text("batch = 5\n" + SUM)
    assert Contender.of_file(summing).source != first


class Summing(torch.nn.Linear):
    """A module of whose functions a global is a part."""

    def forward(self, x):
        return super().forward(x.cumsum(1)) * FACTOR


FACTOR = 1.0


class Maker:
    """An object that makes models."""

    def __init__(self, bias):
        self.bias = bias

    def __call__(self, inputs, outputs):
        return Summing(inputs, outputs, self.bias)


def enclosed(bias):
    return lambda inputs, outputs: Summing(inputs, outputs, bias)


def by_default(bias):
    def model(inputs, outputs, bias=bias):
        return Summing(inputs, outputs, bias)

    return model


@pytest.mark.parametrize(
    "make",
    [
        enclosed,
        by_default,
        Maker,
        lambda bias: Maker(bias).__call__,
        lambda bias: functools.partial(Summing, bias=bias),
        lambda bias: enclosed([bias] * 2),
    ],
    ids=["closure", "default", "object", "method", "partial", "list"],
)
def test_functions_are_other_models_if_they_see_other_values(make, monkeypatch):
    def source(bias, rate=0.1):
        def optimiser(parameters):
            return torch.optim.SGD(parameters, rate)

        return Contender.of_functions(make(bias), optimiser, 20, 1.0, "sum").source

    first = source(True)
    assert source(True) == first
    assert source(False) != first
    assert source(True, rate=0.2) != first
    monkeypatch.setattr(sys.modules[__name__], "FACTOR", 2.0)
    assert source(True) != first


def constant(small):
    module = torch.nn.Linear(1, 1)
    module.load_state_dict({"weight": torch.tensor([[small]]), "bias": torch.zeros(1)})
    return module


@pytest.mark.parametrize(
    "made",
    [
        lambda small: np.where(np.arange(5000) == 2500, small, 0),
        lambda small: np.array([1 + small]),
        lambda small: torch.where(torch.arange(5000) == 2500, small, 0.0),
        constant,
    ],
    ids=["long array", "array", "tensor", "module"],
)
def test_functions_are_other_models_if_what_they_see_differs_in_one_number(made):
    def source(small):
        value = made(small)

        def model(inputs, outputs):
            return torch.nn.Linear(inputs, outputs, value is not None)

        return Contender.of_functions(model, None, 20, 1.0, "sum").source

    assert source(0.0) == source(0.0)
    assert source(0.0) != source(1e-9)


def test_code_without_a_source_is_told_apart_by_what_it_compiles_to():
    def source(text):
        names = {"torch": torch, "__name__": "nowhere"}
        exec(f"def model(i, o):\n    return {text}", names)
        return Contender.of_functions(names["model"], None, 20, 1.0, "sum").source

    first = source("torch.nn.Linear(i, o)")
    assert source("torch.nn.Linear(i, o)") == first
    assert source("torch.nn.Linear(i, o, False)") != first


def test_without_an_optimiser_three_rates_of_adam_are_tried(tmp_path):
    path = tmp_path / "m.py"
    path.write_text(module("self.output(x)"))
    assert list(Contender.of_file(path).optimisers) == ["Adam 0.003", "Adam 0.01", "Adam 0.001"]
    path.write_text(SUM.replace("optimiser", "optimizer"))
    assert list(Contender.of_file(path).optimisers) == ["own"]
