"""A model of the user that is to be judged: what it is made of, from a file or from functions."""

import hashlib
import random
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.parameter import is_lazy

from longlag.errors import InputError, check_number, check_whole
from longlag.experiments.conditions import STOP_RULES, construct_task
from longlag.experiments.ladder import STOPS, Family
from longlag.experiments.module import Module
from longlag.experiments.tables import construct
from longlag.experiments.trial import Conditions
from longlag.learners import learners
from longlag.memory import check_memory
from longlag.quoting import quoted
from longlag.simd.random import Purpose, numpy_stream
from longlag.tasks.base import Task
from longlag.torch.code_identity import code_and_values, code_of, structure
from longlag.torch.user_code import definitions, running

BATCH, CLIP = 20, 1.0
#: Learning rates of Adam that are tried without an optimiser: those of the library's nets
RATES = 0.003, 0.01, 0.001
TESTED = 256  #: test sequences of a solved network, as on the ladder
LONGEST_NAME = 40

Model = Callable[[int, int], nn.Module]
Optimiser = Callable[[Iterable[nn.Parameter]], torch.optim.Optimizer]


@dataclass(frozen=True)
class Contender:
    """A model, and how it is trained. `of_file` and `of_functions` check what they are given."""

    name: str
    model: Model = field(repr=False)
    optimisers: Mapping[str, Optimiser] = field(repr=False)  #: by the names of the settings
    batch: int
    clip: float | None
    place: str  #: the file that defines the model, for messages
    source: str = ""  #: digest of the code

    @classmethod
    def of_file(cls, path: str | Path) -> Self:
        """The contender that a file defines. Raises `InputError`, in one line with the place."""
        path = Path(path)
        names = definitions(path)
        if not callable(names.get("model")):
            raise InputError(
                f"{path} must define a function model(inputs, outputs) that returns a module of "
                "PyTorch: longlag judge --example lstm shows one"
            )
        made = cls._checked(
            names.get("name", path.name),
            names["model"],
            names.get("optimiser", names.get("optimizer")),
            names.get("batch", BATCH),
            names.get("clip", CLIP),
            str(path),
        )
        return made._identified([structure(path)])

    @classmethod
    def of_functions(
        cls, model: Model, optimiser: Optimiser | None, batch: int, clip: float | None, name: str
    ) -> Self:
        """The contender that functions define. Raises `InputError`."""
        name = name or getattr(model, "__name__", "model")
        place = getattr(getattr(model, "__code__", None), "co_filename", name)
        made = cls._checked(name, model, optimiser, batch, clip, place)
        return made._identified(code_and_values(each for each in (model, optimiser) if each))

    @classmethod
    def _checked(
        cls, name: Any, model: Model, optimiser: Any, batch: Any, clip: Any, place: str
    ) -> Self:
        check_whole(f"batch of {place}", batch, 1, 1_000_000)
        if clip is not None:
            check_number(f"clip of {place}", clip, 0, 1e9, open_below=True)
        if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME or not name.isprintable():
            raise InputError(
                f"name of {place} must be text of 1 to {LONGEST_NAME} characters, "
                f'got {quoted(name)}: give it one, such as name = "my model"'
            )
        if name in learners():
            raise InputError(f"name of {place} must not be a learner of the library, got {name}")
        if optimiser is not None and not callable(optimiser):
            raise InputError(
                f"optimiser of {place} must be a function that makes an optimiser of PyTorch from "
                f"the parameters, got {quoted(optimiser)}"
            )
        optimisers: dict[str, Any] = {"own": optimiser}
        if optimiser is None:
            optimisers = {f"Adam {rate}": partial(torch.optim.Adam, lr=rate) for rate in RATES}
        return cls(name, model, optimisers, batch, clip, place)

    def _identified(self, code: list[str]) -> Self:
        """The same with the digest of its code, which includes modules that come from elsewhere."""
        classes = {type(each) for each in self.build(2, 1).modules()}
        own = [each for each in classes if each.__module__.partition(".")[0] != "torch"]
        settings = repr((self.batch, self.clip, *self.optimisers))
        with running(self.place, "when its code is read"):
            text = "\n".join([*code, settings, *sorted(map(code_of, own))])
        return replace(self, source=hashlib.sha256(text.encode()).hexdigest())

    def build(self, inputs: int, outputs: int, seed: int = 0, trial: int = 0) -> nn.Module:
        """A new network; its weights are drawn from the seed of a study and the trial's number."""
        word = int(numpy_stream(seed, trial, Purpose.WEIGHTS).integers(2**63))
        torch.manual_seed(word)
        random.seed(word)  # which some draw weights with, or with that of NumPy
        np.random.seed(word % 2**32)  # noqa: NPY002
        with running(self.place, f"in model({inputs}, {outputs})"):
            module = self.model(inputs, outputs)
        if not isinstance(module, nn.Module):
            raise InputError(
                f"{self.place}: model({inputs}, {outputs}) must return a torch.nn.Module, "
                f"got {quoted(module)}"
            )
        if any(map(is_lazy, chain(module.parameters(), module.buffers()))):
            self._draw_weights(module, inputs, outputs)
        return module

    def _draw_weights(self, module: nn.Module, inputs: int, outputs: int) -> None:
        """Show lazy layers a shape, so that they draw their weights."""
        x = torch.zeros(2, 5, inputs, **tensor_options(module))
        with torch.no_grad():
            self.answers(module.eval(), x, outputs)
        module.train()
        if any(map(is_lazy, chain(module.parameters(), module.buffers()))):
            raise InputError(
                f"{self.place}: forward must use every lazy layer of the module, or the layer "
                "has no weights"
            )

    def optimiser(self, module: nn.Module, setting: str) -> torch.optim.Optimizer:
        """An optimiser of all weights of the module. Raises `InputError`."""
        with running(self.place, "in optimiser(parameters)"):
            made = self.optimisers[setting](module.parameters())
        if not isinstance(made, torch.optim.Optimizer):
            raise InputError(
                f"{self.place}: optimiser(parameters) must return an optimiser of PyTorch, "
                f"got {quoted(made)}"
            )
        own = {id(each) for each in module.parameters()}
        if not any(id(each) in own for group in made.param_groups for each in group["params"]):
            raise InputError(
                f"{self.place}: optimiser(parameters) must change the parameters that it is given, "
                "got an optimiser of others"
            )
        return made

    def answers(self, module: nn.Module, x: Tensor, outputs: int) -> Tensor:
        """What the module answers to x, (sequences, steps, inputs). Raises `InputError`."""
        shape, given = (*x.shape[:2], outputs), f"for x of shape {tuple(x.shape)}"
        with running(self.place, f"in forward {given}"):
            answers = module(x)
        if not isinstance(answers, Tensor) or answers.shape != shape:
            if isinstance(answers, Tensor):
                came = f"shape {tuple(answers.shape)}"
            else:
                came = f"a {type(answers).__name__}: return the answers alone"
            raise InputError(
                f"{self.place}: forward must return a tensor of shape {shape} {given}, got {came}"
            )
        return answers

    def conditions(self, family: Family, lag: int, *, cap: int, seed: int) -> dict[str, Conditions]:
        """The conditions of a rung of the ladder under each setting.

        Raises `InputError` where a batch of its sequences would not fit into memory.
        """
        task = construct_task(family.task(lag))
        steps = len(next(task.sequences(seed))[0])
        check_memory(
            f"a batch of {self.batch} sequences with a lag of {lag}",
            2 * 4 * self.batch * steps * task.inputs,  # float32, and as much for what comes of it
            "give the model a smaller batch",
        )
        stop = {name: value for name, value in STOPS["online"].items() if name != "type"}
        rule = construct(STOP_RULES[STOPS["online"]["type"]], stop)
        learner = Module(
            inputs=task.inputs,
            outputs=task.outputs,
            model=self.name,
            source=self.source,
            setting="",
            batch=self.batch,
            parameters=self.parameters(task),
            coding=task.coding,
        )
        return {
            setting: Conditions(
                task, replace(learner, setting=setting), rule, cap, TESTED, "float32", seed
            )
            for setting in self.optimisers
        }

    def parameters(self, task: Task) -> int:
        """The number of adjustable weights on a task. Raises `InputError` if there are none."""
        module = self.build(task.inputs, task.outputs)
        with running(self.place, "when its weights are counted"):
            found = sum(each.numel() for each in weights_of(module))
        if not found:
            raise InputError(f"{self.place}: the module has no weights to adjust")
        return found


def weights_of(module: nn.Module) -> list[Tensor]:
    """The adjustable weights as real tensors; a complex weight is two real numbers."""
    found = [each for each in module.parameters() if each.requires_grad]
    return [torch.view_as_real(each) if each.is_complex() else each for each in found]


def tensor_options(module: nn.Module) -> dict[str, Any]:
    """Type and device of the tensors that a module takes: those of its first real weights."""
    real = (each for each in module.parameters() if each.is_floating_point())
    like = next(real, torch.zeros(0))
    return {"device": like.device, "dtype": like.dtype}
