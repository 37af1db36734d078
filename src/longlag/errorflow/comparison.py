"""The comparison of `longlag errorflow`: conventional nets, a learner before and after training.

All networks are shown the same sequences, and the error arrives at the last step of each.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from longlag.errorflow.conventional import ConventionalNet, bounds, conventional_flow
from longlag.errorflow.module import load_torch, module_flow
from longlag.errorflow.networks import flow_on, paths_of
from longlag.errorflow.products import Flow
from longlag.errorflow.sequences import Sequences
from longlag.errors import check_choice, check_number
from longlag.experiments.trial import TrialRecord
from longlag.learners.base import ErrorPath, Learner
from longlag.learners.recurrent import RecurrentNet
from longlag.simd.random import Purpose, numpy_stream

UNITS = 32  #: of conventional nets and of PyTorch modules
WEIGHT_RANGES = (0.1, 1.0, 8.0)  #: of conventional nets: flow vanishes in two and explodes in one
MODULES = ("RNN", "LSTM", "GRU")  #: of torch.nn


@dataclass(frozen=True)
class Curve:
    """The flow in one network along several sequences, as decimal logarithms, for n lags.

    Sizes are sizes of the largest entry, see `Flow`.
    """

    system: str  #: which kind of network, such as "lstm"
    name: str  #: which network, and which flow in it
    lags: np.ndarray  #: (n,) whole numbers q
    median: np.ndarray  #: (n,) over the sequences
    lowest: np.ndarray  #: (n,)
    highest: np.ndarray  #: (n,)
    norm_bound: np.ndarray | None = None  #: (n,) n (f'max ||W||)^q, for conventional nets
    weight_bound: np.ndarray | None = None  #: (n,) n tau^q, where tau < 1
    relevant: np.ndarray | None = None  #: (k, 2): q and flow to the steps that the answer needs

    def as_json(self) -> dict[str, Any]:
        """Plain numbers and lists of them, None where nothing arrives."""
        arrays = {name: each for name, each in vars(self).items() if isinstance(each, np.ndarray)}
        return {"system": self.system, "name": self.name} | {
            name: np.where(np.isfinite(each), each.astype(object), None).tolist()  # pyright: ignore
            for name, each in arrays.items()
        }


def conventional_curves(
    sequences: Sequences, weight_ranges: Iterable[float] = WEIGHT_RANGES, *, seed: int = 1
) -> list[Curve]:
    """One conventional net for each range of weights, beside the paper's bounds."""
    curves = []
    for weight_range in weight_ranges:
        check_number("each weight range", weight_range, 0, 1e6, open_below=True)
        generator = numpy_stream(seed, 0, Purpose.WEIGHTS)
        net = ConventionalNet.drawn(UNITS, sequences.x[0].shape[1], weight_range, generator)
        curves.append(net_curve(net, sequences, "conventional", f"weights in ±{weight_range:g}"))
    return curves


def net_curve(net: ConventionalNet, sequences: Sequences, system: str, name: str) -> Curve:
    """The flow in a conventional net, and the bounds on it that hold for all the sequences."""
    lags = sequences.lags
    bounded = [bounds(net, x, lags) for x in sequences.x]
    return _curve(
        system,
        name,
        [conventional_flow(net, x, lags) for x in sequences.x],
        lags,
        norm_bound=np.max([each.norm for each in bounded], axis=0),
        weight_bound=bounded[0].weights,
    )


def check_measurable(learner: Learner) -> None:
    """Raise `InputError` unless the flow in networks of this learner can be measured."""
    if not isinstance(learner, RecurrentNet):
        learner.check_measurable()


def trained_curves(record: TrialRecord, sequences: Sequences) -> list[Curve]:
    """The flows in a trial's network at its start and at its end."""
    learner = record.conditions.learner
    check_measurable(learner)
    start = numpy_stream(record.conditions.seed, record.key.trial, Purpose.WEIGHTS)
    untrained = _network_curves(learner, learner.start(start), sequences, "untrained")
    trained = _network_curves(learner, record.column, sequences, "trained")
    return list({curve.name: curve for curve in (*untrained, *trained)}.values())


def _network_curves(
    learner: Learner, column: np.ndarray, sequences: Sequences, when: str
) -> list[Curve]:
    """A curve for each path of an error; paths without weights have one curve for any `when`."""
    if isinstance(learner, RecurrentNet):
        return [net_curve(ConventionalNet.of(learner, column), sequences, learner.name, when)]
    flows: dict[str, list[Flow]] = {}
    paths: dict[str, ErrorPath] = {}
    relevant = []
    for x, steps in zip(sequences.given, sequences.relevant, strict=True):
        to_relevant = {len(x) - 1 - step for step in steps} & set(range(1, sequences.lags[-1] + 1))
        lags = np.union1d(sequences.lags, sorted(to_relevant)).astype(int)
        for path in paths_of(learner, column, x, lags):
            flow = flow_on(path, lags)
            paths[path.name] = path
            flows.setdefault(path.name, []).append(flow)
            if path.to_relevant:
                relevant += [(q, flow.largest[lags == q].item()) for q in sorted(to_relevant)]
    return [
        _curve(
            learner.name,
            f"{name}, {when}" if paths[name].learned else name,
            flows[name],
            sequences.lags,
            relevant=np.array(relevant).reshape(-1, 2) if paths[name].to_relevant else None,
        )
        for name in paths
    ]


def module_curves(names: Iterable[str], sequences: Sequences, *, seed: int = 1) -> list[Curve]:
    """Modules of torch.nn as PyTorch initialises them: "RNN", "LSTM", "GRU"."""
    curves = []
    for name in names:
        check_choice("each module of torch.nn", name, MODULES)
        torch = load_torch()
        threads = torch.get_num_threads()
        torch.set_num_threads(1)  # for nets as small, threads only wait for each other
        try:
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(seed)
                module = getattr(torch.nn, name)(sequences.x[0].shape[1], UNITS)
            flows = [module_flow(module, x, sequences.lags) for x in sequences.x]
        finally:
            torch.set_num_threads(threads)
        curves.append(_curve("PyTorch", f"torch.nn.{name}", flows, sequences.lags))
    return curves


def _curve(
    system: str, name: str, flows: Sequence[Flow], lags: np.ndarray, **more: np.ndarray | None
) -> Curve:
    sizes = np.array([flow.largest[np.isin(flow.lags, lags)] for flow in flows])
    over: Callable[..., np.ndarray] = np.quantile
    return Curve(
        *(system, name, lags),
        *(over(sizes, share, axis=0, method="nearest") for share in (0.5, 0.0, 1.0)),
        **more,
    )
