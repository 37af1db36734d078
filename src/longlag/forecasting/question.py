"""What is to be predicted from what, and the names of what the network sees."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from longlag.errors import InputError, check_whole
from longlag.estimators.categories import Categories
from longlag.forecasting.calendar import Calendar
from longlag.forecasting.classes import ClassSeries
from longlag.forecasting.numbers import NumberSeries
from longlag.forecasting.series import Series
from longlag.quoting import quoted

MOST = 1000  #: targets times horizons


@dataclass(frozen=True)
class Question:
    """What is to be predicted from what."""

    targets: tuple[str, ...]
    features: tuple[str, ...]  #: numbers, besides what has come of the targets
    horizons: tuple[int, ...] = (1,)  #: rows ahead, growing: 0 alone, or from 1
    classify: bool = False  #: the target is a class, not a number
    categories: tuple[str, ...] = ()  #: features that are texts
    interval: float | None = None  #: share of the targets that intervals are to hold

    def __post_init__(self):
        for horizon in self.horizons:
            check_whole("horizon", horizon, 0, 100_000)
        if not self.horizons or list(self.horizons) != sorted(set(self.horizons)):
            raise InputError(
                f"horizons must be different and grow, as in (1, 6, 24), got {self.horizons}"
            )
        if self.horizons[0] == 0 and len(self.horizons) > 1:
            raise InputError(
                "--horizon 0 must stand alone: it predicts a row before its own target has come; "
                "begin with 1"
            )
        if not self.targets or len(set(self.targets)) < len(self.targets):
            raise InputError(f"--target must name different columns, got {quoted(self.targets)}")
        if self.classify and len(self.targets) * len(self.horizons) > 1:
            raise InputError("--classify takes one target and one horizon: run it once for each")
        if len(self.targets) * len(self.horizons) > MOST:
            raise InputError(
                f"there may be {MOST:,} targets times horizons, got {len(self.targets):,} times "
                f"{len(self.horizons):,}: take fewer, such as --horizon 1,6,24"
            )
        if self.interval is not None:
            if self.classify:
                raise InputError("a class has no interval: leave out --interval")
            if not 0.01 <= self.interval <= 0.999:
                raise InputError(f"--interval must be from 0.01 to 0.999, got {self.interval}")

    @property
    def horizon(self) -> int:
        """The farthest horizon."""
        return self.horizons[-1]

    @property
    def kind(self) -> type[NumberSeries] | type[ClassSeries]:
        """The kind of series that the target is."""
        return ClassSeries if self.classify else NumberSeries

    def series(self, states: Sequence[Any] = ()) -> Series:
        """The targets before their first row, or from the states of `Series.state`.

        Raises `ValueError` for what is no state.
        """
        return self.kind(self.horizons, states, self.interval, self.targets)

    def names(self, series: Series, categories: Categories, calendar: Calendar | None) -> list[str]:
        """What the network sees: features, values of categories, parts of times, and feedback."""
        names = [*self.features, *categories.names(self.features)]
        names += calendar.names(names) if calendar else []
        taken = set(names)
        for name in series.names():
            while name in taken:
                name += " before"  # a feature may be called anything
            names.append(name)
        return names
