"""A picture of the errors by the hour and by the weekday of the targets."""

import numpy as np
from matplotlib.figure import Figure

from longlag.forecasting.by_clock import ErrorsByClock
from longlag.forecasting.stream_view import StreamView
from longlag.report.stream.figures import LOOKS
from longlag.report.style.plots import WIDTH, grid, legend_above, style

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def by_clock(evaluation: StreamView, clock: ErrorsByClock, *, width: float = WIDTH) -> Figure:
    """Mean errors of all predictors: a panel for hours and one for weekdays, if there are."""
    panels = [means for means in clock.means() if len(means)]
    names = evaluation.series.predictors
    with style():
        figure = Figure(figsize=(width, 2.0 + 0.16 * width), layout="constrained")
        shares = [max(9, len(means)) for means in panels]
        axes = figure.subplots(
            1, len(panels), squeeze=False, sharey=True, gridspec_kw={"width_ratios": shares}
        )[0]
        for panel, means in zip(axes, panels, strict=True):
            places = np.arange(len(means))
            for name, errors, (colour, line) in zip(names, means.T, LOOKS, strict=False):
                label = name if panel is axes[0] else None
                panel.plot(places, errors, color=colour, linestyle=line, linewidth=1.1, label=label)
            if len(means) == len(DAYS):
                panel.set_xticks(places, [day[: 3 if width > 5 else 2] for day in DAYS])
                panel.set_xlabel("weekday")
            else:
                panel.set_xticks(range(0, 24, 6))
                panel.set_xlabel("hour")
            panel.set_ylim(bottom=0)
            grid(panel)
        wrong = "share of wrong answers"
        axes[0].set_ylabel(wrong if evaluation.question.classify else "mean absolute error")
        legend_above(figure)
    return figure
