"""Networks that learn one stream of classes at several rates, and answer together.

Which learning rate is best differs from stream to stream, and in a stream from time to time. Here
each rate has a network of its own, and the answer is the mixture of their probabilities. The shares
of the mixture follow the probabilities that the networks gave to the classes that came, by Bayes'
rule with a fixed share for all (Herbster & Warmuth 1998, "Tracking the best expert",
doi:10.1023/A:1007424614876), so that a network that was bad long ago may lead now:

    answer  = sum over k of share(k) p(k)                        p(k): probabilities of network k
    share(k) <- (1 - SWITCH) share(k) q(k) / sum over j of share(j) q(j) + SWITCH / K

where q(k) is p(k) of the class that came, at least `LEAST`. All shares begin at 1 / K. What else
was tried is in docs/choosing-measured.md.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from longlag.compiled.compiling import inlined
from longlag.compiled.driver import Driver
from longlag.contract import StreamLearner
from longlag.engine.stream_network import StreamNetwork
from longlag.errors import InputError
from longlag.quoting import quoted

SWITCH = 0.01  #: of the shares, given to all alike after every target
LEAST = 1e-3  #: a probability below it counts as this much: one surprise does not end a network
MOST = 8  #: networks

SHARES = "shares"  #: name of their array; those of network k begin with its number and a point


class MixedNetwork:
    """Networks of one learner with softmax outputs, one for each rate, as one `StreamNetwork`."""

    def __init__(
        self, learner: StreamLearner, rates: Sequence[float], *, seed: int = 0, dtype: str
    ):
        """Start with networks 0, 1, ... of this seed, all of them different."""
        members = [
            StreamNetwork(at_rate(learner, rate), seed=seed, dtype=dtype, number=number)
            for number, rate in enumerate(rates)
        ]
        self._begin(members, np.full(len(members), 1.0 / len(members)))

    def _begin(self, members: list[StreamNetwork], shares: np.ndarray) -> None:
        self.members, self._shares = members, shares
        self._single: _SingleRow | None = None

    @property
    def learner(self) -> StreamLearner:
        """That of the first network; the others differ in their rates."""
        return self.members[0].learner

    @property
    def dtype(self) -> str:
        """The precision of the networks; shares and answers are float64."""
        return self.members[0].dtype

    @property
    def shares(self) -> np.ndarray:
        """The shares (networks,) of the next answer; they sum to 1."""
        return self._shares.copy()

    def step(self, x: np.ndarray, y: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
        """See `StreamNetwork.step`; the shares follow a target whatever its weight."""
        if len(x) == 1:
            found = [member.step(x, y, weights)[0] for member in self.members]
            return self._mix_one(found, y)[None, :]
        found = np.array([member.step(x, y, weights) for member in self.members], np.float64)
        mixed = np.empty(found.shape[1:])
        targets = np.ascontiguousarray(y, np.float64).reshape(len(y), found.shape[2])
        mix(self._shares, found, targets, mixed)
        return mixed

    def learn_row(self, x: ArrayLike, y: ArrayLike, weight: float | None = None) -> list[float]:
        """See `StreamNetwork.learn_row`."""
        found = [member.learn_row(x, y, weight) for member in self.members]
        return self._mix_one(found, [y]).tolist()

    def predict_one(self, x: ArrayLike) -> np.ndarray:
        """See `StreamNetwork.predict_one`."""
        return self._mix_one([member.predict_one(x) for member in self.members], [])

    def _mix_one(self, found: Sequence[Any], y: Any) -> np.ndarray:
        """The mixture (outputs,) of the answers to one row, and its target, if there is one."""
        if self._single is None or self._single.outputs != len(found[0]):
            self._single = _SingleRow(self._shares, len(found[0]))
        return self._single.mixed(found, y)

    def __getstate__(self) -> dict[str, Any]:
        return {"members": self.members, "shares": self._shares}  # not calls, which hold addresses

    def __setstate__(self, state: dict[str, Any]) -> None:
        shares = np.array(state["shares"])  # a copy, since joblib may map them to be read alone
        self._begin(state["members"], shares)

    def reset(self) -> None:
        """See `StreamNetwork.reset`; the shares stay."""
        for member in self.members:
            member.reset()

    def learn_at(self, rates: Any) -> None:
        """Learn at these rates, as many as before, from the next target on.

        Raises `InputError` for what is out of range.
        """
        for member, rate in zip(self.members, rates, strict=True):
            at_rate(member.learner, rate)  # refused before anything has changed
        for member, rate in zip(self.members, rates, strict=True):
            member.learn_at(rate)

    def add(self, *, inputs: int = 0, outputs: int = 0) -> None:
        """See `StreamNetwork.add`."""
        grown = [member.copy() for member in self.members]  # memory may be too small for the last
        for member in grown:
            member.add(inputs=inputs, outputs=outputs)
        self.members = grown

    def check_room(self, outputs: int) -> None:
        """See `StreamNetwork.check_room`."""
        self.members[0].check_room(outputs)

    def check_range(self, numbers: ArrayLike) -> None:
        """See `StreamNetwork.check_range`."""
        self.members[0].check_range(numbers)

    def arrays(self) -> dict[str, np.ndarray]:
        """Copies of the state of all networks, by number and name, and of the shares."""
        found = {
            f"{number}.{name}": array
            for number, member in enumerate(self.members)
            for name, array in member.arrays().items()
        }
        return found | {SHARES: self._shares.copy()}

    @classmethod
    def from_arrays(
        cls, learner: StreamLearner, rates: Sequence[float], arrays: Mapping[str, np.ndarray]
    ) -> Self:
        """The networks that `arrays` came from; see `StreamNetwork.from_arrays`."""
        rest, count = dict(arrays), len(rates)
        shares = rest.pop(SHARES, None)
        if shares is None or shares.dtype != np.float64 or shares.shape != (count,):
            raise InputError(f"{SHARES} must be float64 of shape ({count},)")
        if not ((shares > 0.0) & (shares <= 1.0)).all() or abs(shares.sum() - 1.0) > 1e-9:
            raise InputError(f"{SHARES} must be positive and sum to 1, got {shares}")
        found: list[dict[str, np.ndarray]] = [{} for _ in rates]
        for name, array in rest.items():
            number, _, own = name.partition(".")
            if number not in map(str, range(count)):
                raise InputError(f"arrays must be those of {count} networks, got {quoted(name)}")
            found[int(number)][own] = array
        network = cls.__new__(cls)
        members = [
            StreamNetwork.from_arrays(at_rate(learner, rate), each)
            for rate, each in zip(rates, found, strict=True)
        ]
        if len({member.dtype for member in members}) > 1:
            raise InputError("all networks must be of one precision")
        network._begin(members, np.array(shares))
        return network

    def copy(self, into: Any = None) -> Self:
        """See `StreamNetwork.copy`."""
        spare = [None] * len(self.members)
        if isinstance(into, MixedNetwork) and len(into.members) == len(spare):
            spare = into.members
        network = type(self).__new__(type(self))
        members = [member.copy(each) for member, each in zip(self.members, spare, strict=True)]
        network._begin(members, self._shares.copy())
        return network

    def take_weights(self, other: Any) -> None:
        """See `StreamNetwork.take_weights`, of another mixture; the shares are learned, too."""
        for member, each in zip(self.members, other.members, strict=True):
            member.take_weights(each)
        self._shares[:] = other._shares


AnyNetwork = StreamNetwork | MixedNetwork


def at_rate(learner: StreamLearner, rate: float) -> StreamLearner:
    """The same learner at another rate; raises `InputError` if it is out of range."""
    return replace(learner, rule=replace(learner.rule, rate=rate))


@inlined
def follow(shares, answers, t, target):
    """Move the shares, when a class has come."""
    total = 0.0
    for k in range(len(shares)):
        given = 0.0
        for c in range(len(target)):
            given += target[c] * answers[k, t, c]
        shares[k] *= max(given, LEAST)
        total += shares[k]
    for k in range(len(shares)):
        shares[k] = (1.0 - SWITCH) * (shares[k] / total) + SWITCH / len(shares)


def _mix(shares, answers, targets, mixed):
    """Mix answers (networks, n, outputs); the first rows have targets, 1 for the class that came.

    A target of NaN is missing.
    """
    for t in range(len(mixed)):
        for c in range(mixed.shape[1]):
            total = 0.0
            for k in range(len(shares)):
                total += shares[k] * answers[k, t, c]
            mixed[t, c] = total
        if t < len(targets) and targets[t, 0] == targets[t, 0]:
            follow(shares, answers, t, targets[t])
    return len(mixed)


mix = Driver(_mix, "mix")


class _SingleRow:
    """Memory for one row, and the calls that mix there: binding takes longer than mixing."""

    def __init__(self, shares: np.ndarray, outputs: int):
        self.outputs = outputs
        self._answers, self._target = np.empty((len(shares), 1, outputs)), np.empty((1, outputs))
        self._mixed = np.empty((1, outputs))
        self._mix = [
            mix.bind(shares, self._answers, self._target[:known], self._mixed) for known in (0, 1)
        ]

    def mixed(self, found: Sequence[Any], y: Any) -> np.ndarray:
        """The mixture (outputs,) of answers (networks, outputs); y holds one target or none."""
        self._answers[:, 0] = found
        if len(y):
            self._target[0] = y[0]
        self._mix[len(y)]()
        return self._mixed[0].copy()
