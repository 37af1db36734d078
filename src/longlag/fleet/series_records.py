"""The records of many series besides their networks: what is known of each, and its scores."""

import numpy as np

from longlag.errors import InputError
from longlag.estimators.moments import ROWS, sound
from longlag.fleet.answers import Outlooks
from longlag.fleet.past import FEEDBACK, Blends, Pasts
from longlag.fleet.record_array import RECENT, SeriesRecordArray
from longlag.forecasting.blending import JUDGED, SQUARES
from longlag.forecasting.history import CHANGE, NUMBERS
from longlag.forecasting.intervals import USUAL
from longlag.forecasting.number_scores import PREDICTED, SCORES
from longlag.forecasting.outlook import FORECASTS, RIVALS
from longlag.forecasting.seasons import SLOTS

FIRST_SLOTS = 16  #: of the ring of each series; more are made when a series gets longer


class SeriesRecords(SeriesRecordArray):
    """The series of all slots; the ring of the latest numbers is as long as the longest needs."""

    def __init__(self, features: int, horizon: int, *, interval: bool, slots: int = FIRST_SLOTS):
        """With record 0 alone; a network is given so many features besides the feedback."""
        self.horizon, self.slots, self._shape = horizon, slots, (features, horizon, interval)
        step, columns = 1 + features + FEEDBACK, 3 if interval else 1
        fields = [
            ("numbers", np.float64, (NUMBERS,)),
            ("believed", np.float64, (2,)),
            ("changes", np.float64, (ROWS, 1)),
            ("ends", np.int64, (3,)),
            ("latest", np.float64, (1,)),
            *_blend("usual", FORECASTS, horizon),
            ("step", np.float64, (horizon, step)),
            *_blend("final", RIVALS, horizon),
            ("bounds", np.float64, (3, 2 * interval)),
            ("said", np.float64, (horizon, columns)),
            ("naive", np.float64, (horizon, PREDICTED - 1)),
            ("counts", np.float64, (3,)),
            ("scores", np.float64, (SCORES,)),
            ("recent", np.float64, (RECENT, 2)),
            ("ring", np.float64, (slots,)),
        ]
        super().__init__(fields)
        for name in _UNKNOWN:
            self._array[name] = np.nan
        self._array["numbers"][0, CHANGE] = np.nan

    @property
    def pasts(self) -> Pasts:
        """Views of the records, until they grow."""
        own = {name: self._array[name] for name in Pasts._fields if name != "blends"}
        return Pasts(**own, blends=self._blends("usual"))

    @property
    def outlooks(self) -> Outlooks:
        """Views of the records, until they grow."""
        own = {name: self._array[name] for name in Outlooks._fields if name != "blends"}
        return Outlooks(**own, blends=self._blends("final"))

    def _blends(self, name: str) -> Blends:
        return Blends(*(self._array[f"{name} {part}"] for part in Blends._fields))

    def lengthen(self, slots: np.ndarray, steps: np.ndarray) -> None:
        """Make the rings long enough for the next steps (n,) of the series in slots (n,)."""
        ahead = np.bincount(slots, weights=steps, minlength=len(self._array))
        needed = min(SLOTS, int((self._array["ends"][:, 1] + ahead).max()))
        if needed > self.slots:
            longer = SeriesRecords(*self._shape[:2], interval=self._shape[2], slots=_power(needed))
            longer.grow(len(self._array))
            for name in self._array.dtype.names or ():
                if name != "ring":
                    longer._array[name] = self._array[name]
            # The latest slot goes to the last of the old places, and its ring follows.
            places = self._array["ends"][:, :1] + 1 + np.arange(self.slots)
            old = np.take_along_axis(self._array["ring"], places % self.slots, axis=1)
            longer._array["ring"][:, : self.slots] = old
            longer._array["ends"][:, 0] = self.slots - 1
            self._array, self.slots = longer._array, longer.slots

    def _check(self, found: np.ndarray) -> None:
        ends, bounds = found["ends"], found["bounds"]
        if (ends < 0).any() or (ends > [self.slots - 1, self.slots, self.slots]).any():
            raise InputError(f"its rings have {self.slots} slots")
        if not sound(found["changes"].swapaxes(0, 1)[..., 0]):
            raise InputError("its moments of changes must be finite, and only means below 0")
        for name in found.dtype.names or ():
            if found[name].dtype.kind == "f" and np.isinf(found[name]).any():
                raise InputError(f"its {name} must not be infinite")
        if np.isnan(bounds).any() or (bounds[:, USUAL] < 0).any():
            raise InputError("its intervals must be finite, and no usual error below 0")
        for name in ("usual", "final"):
            table, usual = found[f"{name} table"], found[f"{name} usual"]
            if np.isnan(table).any() or not (table[:, [SQUARES, JUDGED]] >= 0).all():
                raise InputError("the weights of a blend are finite, and no square is negative")
            if not (usual >= 0).all():
                raise InputError("what is usual in a blend must not be negative")
        if not (found["counts"] >= 0).all() or not (found["counts"] < 2.0**53).all():
            raise InputError("its rows must be counted")


#: Fields that hold NaN before the first row; the others hold 0.
_UNKNOWN = (
    *("believed", "latest", "usual forecasts", "usual blended", "final forecasts"),
    *("final blended", "step", "said", "naive", "recent", "ring"),
)


def _blend(name: str, forecasts: int, horizon: int) -> list[tuple]:
    """The fields of a blend."""
    return [
        (f"{name} table", np.float64, (4, forecasts)),
        (f"{name} usual", np.float64, (2,)),
        (f"{name} forecasts", np.float64, (horizon, forecasts)),
        (f"{name} blended", np.float64, (horizon,)),
    ]


def _power(number: int) -> int:
    """The least power of 2 that is not below a number."""
    return 1 << (number - 1).bit_length()
