"""Judges models of users on the ladder of lags: which networks are trained, and in which order."""

import time
from collections.abc import Callable, Collection, Sequence
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory

from longlag.errors import InputError, check_number, check_whole
from longlag.experiments.conditions import construct_task
from longlag.experiments.judged import Judgement, module_of
from longlag.experiments.ladder import NETWORKS, Family, Ladder, climb, families, row_of
from longlag.experiments.names_in_store import JUDGE
from longlag.experiments.population import Job
from longlag.experiments.store import Store
from longlag.experiments.trial import Conditions, TrialKey, TrialRecord
from longlag.torch.contender import BATCH, CLIP, Contender, Model, Optimiser
from longlag.torch.training import check
from longlag.torch.workers import Here, Workers, one_thread

Progress = Callable[[Sequence[Judgement], Collection[Job]], None]


class Judging:
    """The trials of some models: those that a store has, and those that are to be run."""

    def __init__(
        self, contenders: Sequence[Contender], store: Store, ladder: Ladder, networks: int
    ):
        """Check every model on every kind of memory of the ladder. Raises `InputError`."""
        check_whole("networks", networks, 1, 1_000_000)
        self._contenders = {each.name: each for each in contenders}
        if len(self._contenders) < len(contenders):
            raise InputError("each model needs a name of its own: give one in its file")
        self._store, self._ladder, self._networks = store, ladder, networks
        self._known: dict[tuple[TrialKey, Conditions], TrialRecord | None] = {}
        self._noted: set[tuple[TrialKey, Conditions]] = set()
        self._failed: dict[tuple[str, str], InputError] = {}  # by model and row
        self._settings = {
            name: cache(partial(_settings, each, ladder)) for name, each in self._contenders.items()
        }
        for family in ladder.kinds:
            task = construct_task(family.task(max(family.first, ladder.rungs[0])))
            for contender in contenders:
                check(contender, task.inputs, task.outputs)

    def judgements(self) -> list[Judgement]:
        """What became of each model so far."""
        return [self._judgement(name) for name in self._contenders]

    def _judgement(self, name: str) -> Judgement:
        climbs = tuple(
            climb(
                family,
                name,
                self._ladder.rungs,
                partial(self._settings_on, name),
                self._find,
                experiment=JUDGE,
                networks=self._networks,
            )
            for family in self._ladder.kinds
        )
        records = (each for each in self._known.values() if each)
        own = tuple(each for each in records if module_of(each).model == name)
        return Judgement(name, climbs, own)

    def _settings_on(self, name: str, family: Family, lag: int) -> dict[str, Conditions]:
        """See `climb`; a model that has failed on a rung does not apply there."""
        if error := self._failed.get((name, row_of(family, lag))):
            raise InputError(f"fails at lag {lag:,}: {error}")
        return self._settings[name](family.name, lag)

    def _find(self, key: TrialKey, conditions: Conditions) -> TrialRecord | None:
        if (key, conditions) not in self._known:
            self._known[key, conditions] = self._store.find(key, conditions)
        return self._known[key, conditions]

    def _note(self, judgements: Sequence[Judgement]) -> None:
        """Keep an empty checkpoint of every network that is to be shown, before it is trained.

        Nothing else in a store says how many were asked for, and a rung that was left half-way
        would count as over.
        """
        climbs = [climb for each in judgements for climb in each.climbs]
        new = {trial for climb in climbs for trial in climb.pending} - self._noted
        shown = [trial for trial in new if trial[0].experiment == JUDGE]
        self._noted |= new
        if shown:
            self._store.save_checkpoints(
                (*trial, b"") for trial in shown if self._store.checkpoint(*trial) is None
            )

    def run(
        self, workers: Workers, stopping: Callable[[], bool], look: Progress | None = None
    ) -> list[Judgement]:
        """Train pending trials until no model can climb on, or `stopping` says so.

        Short lags come first. A trial that is stopped leaves a checkpoint in the store. If the code
        of a model fails on the shortest lag of all, the other trials stop, and then its
        `InputError` is raised. On a longer one, that climb alone is over: many models take no
        sequences beyond some length.
        """
        judgements, running = self.judgements(), dict[TrialKey, Job]()
        failure: InputError | None = None
        while True:
            self._note(judgements)
            failure = failure or workers.failure
            if stopping() or failure:
                workers.stop()
            elif workers.free:
                for name, key, conditions in _waiting(judgements, running)[: workers.free]:
                    checkpoint = self._store.checkpoint(key, conditions)
                    running[key] = Job(key, conditions, checkpoint)
                    workers.begin(self._contenders[name], running[key])
            if look:
                look(judgements, running.values())
            if not running:
                break
            ended = workers.ended()
            for job, result in ended:
                del running[job.key]
                if isinstance(result, TrialRecord):
                    self._store.save(result)
                    self._known[job.key, job.conditions] = result
                elif isinstance(result, InputError):
                    failure = failure or self._fail(job, result)
                elif result:
                    self._store.save_checkpoints([(job.key, job.conditions, result)])
            if ended:
                judgements = self.judgements()
        if failure:
            raise failure
        return judgements

    def _fail(self, job: Job, error: InputError) -> InputError | None:
        """End the climb of a model whose code has failed; the error, if it ends everything."""
        name, row = module_of(job).model, job.key.row
        if (name, row) in self._failed:  # with another network
            return None
        self._failed[name, row] = error
        kinds, rungs = self._ladder.kinds, self._ladder.rungs
        shortest = min(lag for family in kinds for lag in rungs if lag >= family.first)
        return error if row in {row_of(family, shortest) for family in kinds} else None


def _waiting(
    judgements: Sequence[Judgement], running: Collection[TrialKey]
) -> list[tuple[str, TrialKey, Conditions]]:
    """The name of a model and what it could begin, the shortest lags first."""
    climbs = [climb for each in judgements for climb in each.climbs]
    return [
        (climb.learner, key, conditions)
        for climb in sorted(climbs, key=lambda climb: climb.ahead or 0)
        for key, conditions in climb.pending
        if key not in running
    ]


def _settings(contender: Contender, ladder: Ladder, family: str, lag: int) -> dict[str, Conditions]:
    return contender.conditions(families()[family], lag, cap=ladder.budget, seed=ladder.seed)


def judge(
    model: Model,
    *,
    optimiser: Optimiser | None = None,
    batch: int = BATCH,
    clip: float | None = CLIP,
    name: str = "",
    families: Collection[str] = (),
    lags: Collection[int] = (),
    budget: int = 50_000,
    seconds: float = 600.0,
    networks: int = NETWORKS,
    seed: int = 1,
    store: str | Path | None = None,
) -> Judgement:
    """How long a lag a module of PyTorch bridges, for each kind of memory on the ladder of lags.

    >>> from torch import nn
    >>> from longlag.torch import judge
    >>> class Model(nn.Module):
    ...     def __init__(self, inputs, outputs):
    ...         super().__init__()
    ...         self.recurrent = nn.LSTM(inputs, 4, batch_first=True)
    ...         self.output = nn.Linear(4, outputs)
    ...
    ...     def forward(self, x):
    ...         return self.output(self.recurrent(x)[0])
    >>> found = judge(Model, families=["trainable-latch"], lags=[5], networks=1, seconds=2)
    >>> found.name, [climb.family for climb in found.climbs]
    ('Model', ['trainable-latch'])

    The page "Judge your model" (docs/judge.md) says what is measured, and how. `longlag judge` does
    the same for models in files, in several processes.

    Args:
        model: model(inputs, outputs) makes a new module; its forward maps x, of shape (sequences,
            steps, inputs), to answers, of shape (sequences, steps, outputs)
        optimiser: optimiser(parameters) makes an optimiser of PyTorch; by default Adam, of which
            three rates are tried
        batch: sequences between two changes of the weights, from 1 to 1e6; 20 by default
        clip: largest norm of a gradient, above 0; 1 by default, None for no limit
        name: what the model is called, up to 40 characters; by default the name of `model`
        families: kinds of memory; all by default
        lags: rungs of the ladder; all by default
        budget: most training sequences of a network, from 1 to 1e12; 50,000 by default, as for the
            library's learners
        seconds: time after which computing stops and the finished trials count, from 0 to 1e9; 600
            by default
        networks: networks shown on a rung, from 1 to 1e6, of which four fifths must solve the task;
            10 by default
        seed: of the networks shown, from 0 to 2**63 - 1; 1 by default
        store: a file that keeps the trials, so that the next call resumes; None (the default) keeps
            nothing

    Raises `InputError` if an argument is out of range, or the model or its optimiser fails.
    """
    check_number("seconds", seconds, 0, 1e9)
    ladder = Ladder(budget, families=families, lags=lags, seed=seed)
    deadline = time.monotonic() + seconds
    with one_thread(), TemporaryDirectory() as folder:
        contender = Contender.of_functions(model, optimiser, batch, clip, name)
        path = Path(folder) / "judged.longlag" if store is None else store
        with Store(path) as opened:
            judging = Judging([contender], opened, ladder, networks)

            def stopping() -> bool:
                return time.monotonic() > deadline

            return judging.run(Here(stopping), stopping)[0]
