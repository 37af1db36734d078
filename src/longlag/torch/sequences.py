"""The sequences of a task as a data set of PyTorch."""

from collections.abc import Iterator, Sequence

import torch
from torch.utils.data import IterableDataset, get_worker_info

from longlag.simd.random import Purpose
from longlag.tasks.base import Task

#: x and target of one sequence, as `Task.sequences` has them
Sample = tuple[torch.Tensor, torch.Tensor]


class Sequences(IterableDataset[Sample]):
    """The endless sequences of a task, the same in every run.

    Yields (x, target) in PyTorch's default precision. x has shape (steps, inputs); with symbol
    coding x has shape (steps,) and holds whole numbers (int64), as `torch.nn.Embedding` takes them.
    target has shape (steps, outputs), with NaN at steps without a target.

    Each worker of a `DataLoader` has sequences of its own: worker w yields those of trial number
    `trial` + w. A loader without workers yields those of `trial`.

    >>> from torch.utils.data import DataLoader
    >>> from longlag import Adding
    >>> from longlag.torch import Sequences, collate
    >>> loader = DataLoader(Sequences(Adding(T=100), seed=1), batch_size=32, collate_fn=collate)
    >>> x, target, lengths = next(iter(loader))
    >>> tuple(x.shape), tuple(target.shape), tuple(lengths.shape)
    ((32, 110, 2), (32, 110, 1), (32,))
    """

    def __init__(self, task: Task, seed: int, trial: int = 0, purpose: Purpose = Purpose.TRAINING):
        """The sequences of `Task.sequences(seed, trial, purpose)`."""
        super().__init__()
        self.task, self.seed, self.trial, self.purpose = task, seed, trial, purpose

    def __iter__(self) -> Iterator[Sample]:
        """Begin anew."""
        worker = get_worker_info()
        trial = self.trial + (worker.id if worker else 0)
        number = torch.get_default_dtype()
        symbols = self.task.coding == "symbol"
        for x, target in self.task.sequences(self.seed, trial, self.purpose):
            inputs = torch.from_numpy(x)
            yield (
                inputs[:, 0].long() if symbols else inputs.to(number),
                torch.from_numpy(target).to(number),
            )


def collate(samples: Sequence[Sample]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Sequences side by side: x, target and their lengths, for `DataLoader(collate_fn=...)`.

    x has shape (sequences, steps, inputs) or (sequences, steps), padded with 0. target has shape
    (sequences, steps, outputs), padded with NaN. lengths has shape (sequences,).
    """
    x, target = (list(parts) for parts in zip(*samples, strict=True))
    pad = torch.nn.utils.rnn.pad_sequence
    return (
        pad(x, batch_first=True),
        pad(target, batch_first=True, padding_value=torch.nan),
        torch.tensor([len(each) for each in x]),
    )
