"""Output units in lanes: answers and output errors.

The form of the outputs is data in rows, so that all forms share a kernel and a population.
Layouts have the rows "output_form" (1 for linear units; lowest value and span of logistic ones),
"outputs", "output_slopes" and "output_errors".
"""

from collections.abc import Callable
from typing import Annotated

from msgspec import Meta

from longlag.compiled.compiling import inner
from longlag.errors import InputError
from longlag.learners.layout import Layout
from longlag.quoting import quoted
from longlag.simd.activations import exponential_below, logistic
from longlag.simd.banks import rows_from
from longlag.simd.vectors import fma, select

End = Annotated[float, Meta(ge=-1000, le=1000)]  #: of the range of an output


def check_range(name: str, output_range: tuple[float, float]) -> None:
    """Raise `InputError` unless the range of the outputs of learner `name` rises."""
    low, high = output_range
    if not low < high:
        raise InputError(
            f"output_range of {name} must be two rising numbers, got {quoted(output_range)}"
        )


def output_form(output: str, output_range: tuple[float, float]) -> tuple[float, float, float]:
    """The rows "output_form" of "linear" outputs, or of "logistic" ones with that range."""
    low, high = output_range
    return float(output == "linear"), low, high - low


def squash_outputs(outputs: int, layout: Layout) -> Callable:
    """squash(S, net, slope): replace the nets of output units by y(k), and store f_k'(net_k)."""
    form_row = layout.start("output_form")

    @inner
    def squash(S, net, slope):
        form = rows_from(S, form_row)
        linear, low, span = form[0] > 0.5, form[1], form[2]
        for k in range(outputs):
            f = logistic(net[k])
            slope[k] = select(linear, 1.0, span * f * (1.0 - f))
            net[k] = select(linear, net[k], fma(span, f, low))

    return squash


def softmax_outputs(outputs: int) -> Callable:
    """softmax(net, count): replace the nets of output units by y(k) = exp(net_k) / sum of exp(net).

    The sum is over the first `count` outputs, a vector of whole numbers from 1 on, one for each
    lane; the other outputs become 0.
    """

    @inner
    def softmax(net, count):
        largest = net[0]
        for k in range(1, outputs):
            largest = select((count > k) & (net[k] > largest), net[k], largest)
        total = 0.0 * largest
        for k in range(outputs):
            net[k] = select(count > k, exponential_below(net[k] - largest), 0.0)
            total = total + net[k]
        for k in range(outputs):
            net[k] = net[k] / total

    return softmax


def output_errors(outputs: int, layout: Layout) -> Callable:
    """find(S, Y, at, mask): e_k = f_k'(net_k) (target_k - y(k)), 0 outside the mask."""
    out_row, slope_row = layout.start("outputs"), layout.start("output_slopes")
    e_row = layout.start("output_errors")

    @inner
    def find(S, Y, at, mask):
        e, out, slope = rows_from(S, e_row), rows_from(S, out_row), rows_from(S, slope_row)
        for k in range(outputs):
            e[k] = select(mask, slope[k] * (Y[at + k] - out[k]), 0.0)

    return find


def feed_back(outputs: int) -> Callable:
    """reach(back, units, w, row, e): sum over k of w(k,m) e_k for each unit m that feeds outputs.

    w(k,m) is in row `row + m * outputs + k`.
    """

    @inner
    def reach(back, units, w, row, e):
        for m in range(units):
            total = e[0] * 0.0
            for k in range(outputs):
                total = fma(w[row + m * outputs + k], e[k], total)
            back[m] = total

    return reach
