"""The half-life of each cell of a stream's network: what the weights of its forget gate say.

A forget gate multiplies the state of its cell at each step by f(net), net the bias and the weighted
inputs. Inputs are standardised, so net has about a normal distribution over the stream, with the
bias as its mean. The state decays by the product of the gates, that is by the mean of log f(net) at
each step; the half-life is log 2 over that mean.
"""

from typing import NamedTuple

import numpy as np

from longlag.estimators.features import Input
from longlag.estimators.moments import deviation
from longlag.estimators.scaling import GAIN, RunningScale
from longlag.estimators.stream import Stream
from longlag.quoting import counted

NORMAL = np.polynomial.hermite_e.hermegauss(41)  #: places and weights of a normal distribution


class HalfLives(NamedTuple):
    """How long each cell keeps what it holds, the shortest half-life first, in rows.

    Args:
        times: shape (cells,), the rows after which half of a state is left
        shorter: shape (cells,), the half-life if the gate were always one deviation below its mean
        longer: shape (cells,), the same one deviation above
        periods: shape (cells,), rows of a turn of a rotating cell, NaN for other cells
        inputs: the input with the largest weights into each cell
        cells: shape (cells,), their numbers in the network, from 1
    """

    times: np.ndarray
    shorter: np.ndarray
    longer: np.ndarray
    periods: np.ndarray
    inputs: list[str]
    cells: np.ndarray

    @property
    def sentence(self) -> str:
        """The shortest, the median and the longest half-life."""
        first, middle, last = map(_rows, np.quantile(self.times, [0.0, 0.5, 1.0]).tolist())
        return (
            f"{counted(len(self.times), 'cell')}: half of a state is left after {first} rows in "
            f"the cell that forgets first, {middle} in the median, {last} in the last."
        )


def half_lives(stream: Stream) -> HalfLives | None:
    """The half-lives by the weights of the network.

    None where forget gates see more than inputs that are standardised.
    """
    weights = stream.network.arrays()["weights"].astype(np.float64)
    found = stream.network.learner.forgetting(weights)
    if found is None or not isinstance(stream.scale, RunningScale):
        return None
    table = stream.scale.table
    # A constant input is standardised to 0, whatever its gain.
    spread = table[GAIN] * [deviation(table, i) > 0.0 for i in range(table.shape[1])]
    deviations = np.sqrt(((found.weights * spread) ** 2).sum(axis=1))
    order = np.argsort(half_lives_of(found.biases, deviations), kind="stable")
    means, deviations = found.biases[order], deviations[order]
    none = np.zeros(len(means))
    phases = np.where(found.phases, found.phases, np.nan)[order]
    strongest = (found.fed * spread)[order].argmax(axis=1)
    return HalfLives(
        half_lives_of(means, deviations),
        half_lives_of(means - deviations, none),
        half_lives_of(means + deviations, none),
        np.abs(2.0 * np.pi / phases),
        [_as_text(stream.features.inputs[n]) for n in strongest.tolist()],
        order + 1,
    )


def half_lives_of(means: np.ndarray, deviations: np.ndarray) -> np.ndarray:
    """Half-lives (cells,) in steps, by the normal distributions of the nets of forget gates.

    >>> half_lives_of(np.array([0.0]), np.array([0.0])).tolist()
    [1.0]
    """
    places, shares = NORMAL
    nets = means[:, None] + deviations[:, None] * places
    decay = np.logaddexp(0.0, -nets) @ shares / shares.sum()  # -log f(net)
    return np.log(2.0) / decay


def _rows(count: float) -> str:
    return f"{count:,.0f}" if count >= 10 else f"{count:.1f}"


def _as_text(each: Input) -> str:
    """An input as a person knows it: a feature, or one value of a category."""
    return f"{each[0]}: {each[1]}" if isinstance(each, tuple) else str(each)
