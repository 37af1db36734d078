"""How long the cells of a network keep what they hold: what its weights say of a stream.

A forget gate multiplies the state of its cell at each step by f(net), net the bias and the weighted
inputs. Inputs are standardised, so net has about a normal distribution over the stream, with the
bias as its mean. The state decays by the product of the gates, that is by the mean of log f(net) at
each step; the time after which half of it is left is log 2 over that mean.
"""

from typing import NamedTuple

import matplotlib.ticker
import numpy as np
from matplotlib.figure import Figure

from longlag.estimators.features import Input
from longlag.estimators.moments import deviation
from longlag.estimators.scaling import GAIN, RunningScale
from longlag.estimators.stream import Stream
from longlag.quoting import counted
from longlag.report.style.plots import (
    BLUE,
    FAINT,
    INK,
    VERMILION,
    WIDTH,
    logarithmic,
    short_name,
    style,
)

SHOWN = 40  #: cells
NORMAL = np.polynomial.hermite_e.hermegauss(41)  #: places and weights of a normal distribution


class Keeping(NamedTuple):
    """How long each cell keeps what it holds, the shortest first, in rows."""

    times: np.ndarray  #: (cells,), after which half is left
    shorter: np.ndarray  #: (cells,), were the gate always one deviation below its mean
    longer: np.ndarray  #: (cells,), and one deviation above
    periods: np.ndarray  #: (cells,) of those that turn, NaN of the others
    inputs: list[str]  #: the one that feeds the cell most

    @property
    def sentence(self) -> str:
        """The shortest, the median and the longest time."""
        first, middle, last = map(_rows, np.quantile(self.times, [0.0, 0.5, 1.0]).tolist())
        return (
            f"{counted(len(self.times), 'cell')}: half of a state is left after {first} rows in "
            f"the cell that forgets first, {middle} in the median, {last} in the last."
        )


def keeping(stream: Stream) -> Keeping | None:
    """What the weights say; None where forget gates see more than inputs that are standardised."""
    weights = stream.network.arrays()["weights"].astype(np.float64)
    found = stream.network.learner.forgetting(weights)
    if found is None or not isinstance(stream.scale, RunningScale):
        return None
    table = stream.scale.table
    spread = table[GAIN] * [deviation(table, i) > 0.0 for i in range(table.shape[1])]
    deviations = np.sqrt(((found.weights * spread) ** 2).sum(axis=1))
    order = np.argsort(times_of(found.biases, deviations), kind="stable")
    means, deviations = found.biases[order], deviations[order]
    none = np.zeros(len(means))
    turning = np.where(found.phases, found.phases, np.nan)[order]
    strongest = (found.fed * spread)[order].argmax(axis=1)
    return Keeping(
        times_of(means, deviations),
        times_of(means - deviations, none),
        times_of(means + deviations, none),
        np.abs(2.0 * np.pi / turning),
        [input_name(stream.features.inputs[n]) for n in strongest.tolist()],
    )


def times_of(means: np.ndarray, deviations: np.ndarray) -> np.ndarray:
    """Steps (cells,) after which half is left, by the distributions of the nets of forget gates.

    >>> times_of(np.array([0.0]), np.array([0.0])).tolist()
    [1.0]
    """
    places, shares = NORMAL
    nets = means[:, None] + deviations[:, None] * places
    decay = np.logaddexp(0.0, -nets) @ shares / shares.sum()  # -log f(net)
    return np.log(2.0) / decay


def _rows(count: float) -> str:
    return f"{count:,.0f}" if count >= 10 else f"{count:.1f}"


def input_name(each: Input) -> str:
    """An input as a person knows it: a feature, or one value of a category."""
    return f"{each[0]}: {each[1]}" if isinstance(each, tuple) else str(each)


def kept(found: Keeping, *, width: float = WIDTH) -> Figure:
    """A line for each cell, or for some of them, spread from the shortest time to the longest."""
    count = len(found.times)
    shown = np.linspace(0, count - 1, min(count, SHOWN)).round().astype(int)
    rows = np.arange(len(shown))
    with style():
        figure = Figure(figsize=(width, 1.0 + 0.14 * len(shown)), layout="constrained")
        axes = figure.add_subplot()
        ends = found.shorter[shown], found.longer[shown]
        label = "one deviation of its gate"
        axes.hlines(rows, *ends, color=BLUE, alpha=0.4, linewidth=2.0, label=label)
        axes.plot(found.times[shown], rows, ".", color=BLUE, label="half is left")
        periods = found.periods[shown]
        if not np.isnan(periods).all():
            axes.plot(periods, rows, "x", color=VERMILION, markersize=4, label="period")
        logarithmic(axes, "x")
        axes.set_xlabel("rows")
        axes.set_yticks(rows, [short_name(found.inputs[n], 20) for n in shown], fontsize=6.5)
        axes.yaxis.set_minor_locator(matplotlib.ticker.NullLocator())
        axes.set_ylim(-0.8, len(shown) - 0.2)
        axes.tick_params(axis="y", length=0, labelcolor=INK)
        axes.grid(axis="x", color=FAINT, linewidth=0.4, alpha=0.35)
        axes.set_axisbelow(True)
        figure.legend(loc="outside upper left", ncols=3, handletextpad=0.4, columnspacing=1.2)
    return figure
