"""How often a model is saved while it learns."""

from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from longlag.commands import model_file
from longlag.commands.model_file import CHECKPOINT, SHARE, ModelFile
from longlag.forecasting.learned_rows import Passing
from longlag.readers.form import NOTHING


@pytest.mark.parametrize("cost", [0.0, 0.5, 30.0], ids=["small", "usual", "large"])
def test_saving_takes_a_small_share_of_the_time(monkeypatch, cost):
    clock, saved = [100.0], []

    def save(*_):
        saved.append(clock[0])
        clock[0] += cost

    monkeypatch.setattr(model_file, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    monkeypatch.setattr(model_file, "save", save)
    question = SimpleNamespace(features=(), categories=(), targets=("y",))
    evaluation: Any = SimpleNamespace(taught=True, question=question)
    source: Any = SimpleNamespace(expected=lambda needed: None)
    file = ModelFile(Path("model"), None, None, NOTHING, None)
    passing = Passing("rows", None, None)
    for _ in range(2000):
        clock[0] += 1.0  # a second of learning
        file.save(evaluation, passing, source, now=False)
    spent = cost * len(saved)
    assert spent <= SHARE * (clock[0] - 100.0) + cost
    # As often as that allows: a kill loses no more than what came since.
    gaps = [after - before - cost for before, after in pairwise(saved)]
    most = max(CHECKPOINT, (1 - SHARE) / SHARE * cost)
    assert all(most <= gap <= most + 2.0 for gap in gaps)
    assert len(gaps) > 3
    file.save(evaluation, passing, source)  # the end does not wait
    assert len(saved) == len(gaps) + 2
