"""Trains one network of a contender, under the stop rule of the ladder of lags.

The sequences are those that a learner of the library sees under the same seed, in batches. After
each batch with which `every` more sequences are over, the network takes an exam. It is the n-th
exam of the trial, on the same sequences as the n-th exam of any learner.
"""

import io
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn

from longlag.errors import InputError
from longlag.experiments.module import Module
from longlag.experiments.stop import Exam
from longlag.experiments.trial import Conditions, Status, TrialKey, TrialRecord
from longlag.simd.random import Purpose
from longlag.tasks.batch import Batch
from longlag.torch.contender import Contender, tensor_options, weights_of
from longlag.torch.peak_memory import forget_peak, peak_memory
from longlag.torch.user_code import running

Sequences = Iterator[tuple[np.ndarray, np.ndarray]]
AT_ONCE = 32  #: sequences of an exam that are answered side by side


class Verdict(NamedTuple):
    """How a batch was answered, by sequence."""

    errors: Tensor  #: mean absolute error over the targets
    wrong: Tensor  #: whether some answer deviates by the tolerance or more, or is not finite


class Training:
    """One network on its way, from its beginning or from a checkpoint."""

    def __init__(
        self,
        contender: Contender,
        key: TrialKey,
        conditions: Conditions,
        checkpoint: bytes | None = None,
    ):
        """Build the network and its optimiser. Raises `InputError` where the user's code fails."""
        c, task, learner = conditions, conditions.task, conditions.learner
        assert isinstance(learner, Module)
        assert isinstance(c.stop, Exam)
        self.contender, self.key, self.conditions = contender, key, conditions
        self._stop: Exam = c.stop
        forget_peak()
        self._module = contender.build(task.inputs, task.outputs, c.seed, key.trial)
        self._optimiser = contender.optimiser(self._module, learner.setting)
        self._to = tensor_options(self._module)
        if self._to["device"].type == "cuda":
            torch.cuda.reset_peak_memory_stats(self._to["device"])
        self._sequences = task.sequences(c.seed, key.trial)
        self._exams = task.exams(c.seed, key.trial)
        self._counts = {"sequences": 0, "steps": 0, "exams": 0, "memory": 0}
        self._seconds = 0.0
        self._points = [[0.0, 0.0, 0.0]]  # of the curve: sequences, errors, wrong; the last grows
        if checkpoint:
            self._resume(checkpoint)

    def run(self, stopping: Callable[[], bool]) -> TrialRecord | None:
        """Train to the end of the trial, or until it is to stop; then it can be saved."""
        c, every = self.conditions, self._stop.every
        start, status = time.perf_counter(), Status.INTERRUPTED
        self._module.train()
        while status is Status.INTERRUPTED:
            if stopping():
                self._seconds += time.perf_counter() - start
                return None
            before = self._counts["sequences"]
            finite = self._learn()
            done = self._counts["sequences"]
            if not finite:
                status = Status.DIVERGED
            elif done // every > before // every and self._passes():
                status = Status.SOLVED
            elif done >= c.cap:
                status = Status.CAP
        wrong, tested, error = 0, 0, 0.0
        if status is Status.SOLVED:
            test = c.task.sequences(c.seed, self.key.trial, Purpose.TESTING)
            wrong, tested, error = self._examine(test, c.test, c.test + 1)
        self._seconds += time.perf_counter() - start
        return TrialRecord(
            key=self.key,
            conditions=c,
            status=status,
            sequences=self._counts["sequences"],
            steps=self._counts["steps"],
            seconds=self._seconds,
            wrong=wrong if tested else None,
            tested=tested,
            test_error=error / tested if tested else None,
            curve=self._curve(),
            column=self._weights(),
            memory=self._peak(),
        )

    def save(self) -> bytes:
        """A checkpoint, from which the same bits follow as without it."""
        return _to_bytes(
            {
                "module": self._module.state_dict(),
                "optimiser": self._optimiser.state_dict(),
                "random": torch.get_rng_state(),
                "counts": self._counts | {"memory": self._peak() or 0},
                "seconds": self._seconds,
                "points": self._points,
            }
        )

    def _resume(self, checkpoint: bytes) -> None:
        with running(self.contender.place, "when its checkpoint is loaded"):
            state = _from_bytes(checkpoint)
            self._module.load_state_dict(state["module"])
            self._optimiser.load_state_dict(state["optimiser"])
        torch.set_rng_state(state["random"])
        self._counts, self._seconds, self._points = (
            state[name] for name in ("counts", "seconds", "points")
        )
        _skip(self._sequences, self._counts["sequences"])
        _skip(self._exams, self._counts["exams"])

    def _learn(self) -> bool:
        """Learn from the next batch; returns whether its error is finite."""
        size = min(self.contender.batch, self.conditions.cap - self._counts["sequences"])
        x, target, steps = self._batch(self._sequences, size)
        known = ~target[..., 0].isnan()
        answers = self.contender.answers(self._module, x, target.shape[2])
        verdict = self._judge(answers.detach(), target)
        if not verdict.errors.isfinite().all():
            return False
        with running(self.contender.place, "when the weights change"):
            self._optimiser.zero_grad()
            nn.functional.mse_loss(answers[known], target[known]).backward()
            if self.contender.clip is not None:
                nn.utils.clip_grad_norm_(self._module.parameters(), self.contender.clip)
            self._optimiser.step()
        self._counts["sequences"] += size
        self._counts["steps"] += steps
        point = self._points[-1]
        for i, add in enumerate((size, verdict.errors.sum(), verdict.wrong.sum())):
            point[i] += float(add)
        return True

    def _passes(self) -> bool:
        """Take the exam that is due."""
        self._counts["exams"] += 1
        self._points.append([0.0, 0.0, 0.0])
        wrong, tested, error = self._examine(
            next(self._exams), self._stop.sequences, self._stop.wrong_below
        )
        return wrong < self._stop.wrong_below and error < self._stop.average_below * tested

    def _examine(self, sequences: Sequences, count: int, enough: int) -> tuple[int, int, float]:
        """Wrong and all answered sequences and their error; ends early with `enough` wrong ones."""
        wrong, tested, error = 0, 0, 0.0
        self._module.eval()
        with torch.no_grad():
            while tested < count and wrong < enough:
                size = min(AT_ONCE, count - tested)
                x, target, _ = self._batch(sequences, size)
                answers = self.contender.answers(self._module, x, target.shape[2])
                verdict = self._judge(answers, target)
                wrong += int(verdict.wrong.sum())
                error += float(verdict.errors.sum())
                tested += size
        self._module.train()
        return wrong, tested, error

    def _batch(self, sequences: Sequences, size: int) -> tuple[Tensor, Tensor, int]:
        """Inputs (symbols one-hot), targets, NaN where there are none, and the number of steps."""
        batch = Batch.of(list(islice(sequences, size)))
        x = torch.from_numpy(batch.x)
        if self.conditions.task.coding == "symbol":
            beyond = torch.arange(x.shape[1]) >= torch.from_numpy(batch.lengths)[:, None]
            x = nn.functional.one_hot(x[..., 0].long(), self.conditions.task.inputs)
            x[beyond] = 0
        # Half precision is for the network: it would round targets by a tenth of a tolerance.
        fine = torch.promote_types(self._to["dtype"], torch.float32)
        target = torch.from_numpy(batch.target).to(self._to["device"], fine)
        return x.to(**self._to), target, int(batch.lengths.sum())

    def _judge(self, answers: Tensor, target: Tensor) -> Verdict:
        """How each sequence was answered, at its steps with a target."""
        known = ~target.isnan()
        errors = torch.where(known, (answers - target).abs(), 0.0)
        largest = errors.amax((1, 2))
        return Verdict(
            errors.sum((1, 2)) / known.sum((1, 2)), ~(largest < self.conditions.task.tolerance)
        )

    def _curve(self) -> np.ndarray:
        points = np.array([point for point in self._points if point[0]]).reshape(-1, 3)
        return np.column_stack([points[:, 0].cumsum(), points[:, 1:] / points[:, :1]])

    def _weights(self) -> np.ndarray:
        flat = [each.detach().flatten() for each in weights_of(self._module)]
        return torch.cat(flat).cpu().float().numpy()

    def _peak(self) -> int | None:
        """Most bytes on the GPU that holds the network, or else of this process."""
        device = self._to["device"]
        most = torch.cuda.max_memory_allocated(device) if device.type == "cuda" else peak_memory()
        return most and max(most, self._counts["memory"])


def _skip(things: Iterator[Any], count: int) -> None:
    next(islice(things, count, count), None)


def _to_bytes(state: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    torch.save(state, file)
    return file.getvalue()


def _from_bytes(state: bytes) -> dict[str, Any]:
    return torch.load(io.BytesIO(state), weights_only=True)  # a store may come from anywhere


def check(contender: Contender, inputs: int, outputs: int) -> None:
    """Two changes of the weights of a new network, on noise, and a checkpoint of it.

    Raises `InputError`.
    """
    module = contender.build(inputs, outputs)
    another = contender.build(inputs, outputs)
    if {*map(id, module.parameters())} & {*map(id, another.parameters())}:
        raise InputError(
            f"{contender.place}: model({inputs}, {outputs}) must make new weights at each call, "
            "got those of the call before: each network begins anew"
        )
    _check_apart(contender, module, inputs, outputs)
    optimiser = contender.optimiser(module, next(iter(contender.optimisers)))
    for sequences, steps in ((2, 5), (3, 4)):  # what is kept from one batch rarely suits the next
        x = torch.randn(sequences, steps, inputs).to(**tensor_options(module))
        answers = contender.answers(module, x, outputs)
        if not answers.requires_grad:
            raise InputError(
                f"{contender.place}: the answers must depend on weights that require a gradient"
            )
        with running(contender.place, "when the weights change"):
            optimiser.zero_grad()
            ((answers - 1) ** 2).mean().backward()
            optimiser.step()
        if not all(each.isfinite().all() for each in module.parameters()):
            raise InputError(f"{contender.place}: the weights are not finite after a change")
    _check_apart(contender, module, inputs, outputs)  # the weights of new answers may be 0
    try:
        _from_bytes(_to_bytes({"module": module.state_dict(), "optimiser": optimiser.state_dict()}))
    except Exception as error:  # of any kind: PyTorch pickles whatever a state holds
        raise InputError(
            f"{contender.place}: the states of module and optimiser must hold tensors and plain "
            f"values of Python, so that training can resume, got others ({type(error).__name__}): "
            "give float(x) for the number x of NumPy, and no functions"
        ) from None


def _check_apart(contender: Contender, module: nn.Module, inputs: int, outputs: int) -> None:
    """Refuse answers that are not finite, or to a sequence that depend on the one beside it."""
    x = torch.randn(2, 5, inputs).to(**tensor_options(module))
    if x.is_meta:
        raise InputError(f"{contender.place}: the weights must have numbers, got the device meta")
    beside = x.clone()
    beside[0] += 1  # the first, as a layer that takes sequences for steps goes on to the second
    module.eval()  # batch normalisation may see the whole batch, but only while it learns
    with torch.no_grad():
        random = torch.get_rng_state()
        answers = contender.answers(module, x.clone(), outputs)
        torch.set_rng_state(random)
        others = contender.answers(module, beside, outputs)
    module.train()
    if not answers.isfinite().all():
        raise InputError(
            f"{contender.place}: the answers to noise must be finite, got "
            f"{answers[~answers.isfinite()][0]}"
        )
    if not torch.allclose(answers[1], others[1]):  # kernels may round otherwise beside others
        raise InputError(
            f"{contender.place}: the answers to a sequence depend on the sequences beside it: "
            "give the recurrent layer batch_first=True, and keep no state from call to call"
        )
