"""The records of many series of classes besides their networks."""

import numpy as np

from longlag.errors import InputError
from longlag.fleet.class_past import ClassPasts
from longlag.fleet.record_array import NOBODY, RECENT, SeriesRecordArray
from longlag.forecasting.class_scores import SCORES


class ClassRecords(SeriesRecordArray):
    """The series of all slots, with room for the classes of the series that has the most."""

    def __init__(self, features: int, horizon: int, classes: int):
        """With record 0 alone; a network is given so many features besides the last class."""
        self.features, self.horizon, self.classes = features, horizon, classes
        fields = [
            ("names", np.float64, (classes,)),
            ("last", np.float64, (1,)),
            ("step", np.float64, (horizon, 2 + features)),
            ("frequencies", np.float64, (classes,)),
            ("said", np.float64, (horizon, classes)),
            ("counts", np.float64, (3,)),
            ("scores", np.float64, (SCORES,)),
            ("recent", np.float64, (RECENT, 2)),
        ]
        super().__init__(fields)
        self._blank(self._array)

    def _blank(self, array: np.ndarray) -> None:
        for name in ("names", "last", "recent"):
            array[name] = NOBODY
        array["step"] = np.nan
        array["step"][:, :, :2] = 0.0

    @property
    def pasts(self) -> ClassPasts:
        """Views of the records, until they grow."""
        return ClassPasts(**{name: self._array[name] for name in ClassPasts._fields})

    def widened(self, used: int, classes: int) -> "ClassRecords":
        """Records of the first `used` slots with room for more classes.

        Raises `InputError` if memory is too small.
        """
        wide = ClassRecords(self.features, self.horizon, classes)
        wide.grow(used)
        self._blank(wide._array)
        for name in self._array.dtype.names or ():
            old, new = self._array[name][:used], wide._array[name][:used]
            if name in ("names", "frequencies", "said"):
                new[..., : self.classes] = old
            else:
                new[:] = old
        return wide

    def check_names(self, classes: int) -> None:
        """Raise `InputError` unless the series name so many classes, each once."""
        for names in self._array["names"]:
            given = names[names >= 0]
            known = len(given)
            if (names[known:] != NOBODY).any() or not np.isin(given, np.arange(classes)).all():
                raise InputError(f"its series must name {classes} classes")
            if len(set(given.tolist())) < known:
                raise InputError("the classes of a series must be different")

    def _check(self, found: np.ndarray) -> None:
        known = (found["names"] >= 0).sum(axis=1)
        shown, last = found["step"][:, :, :2].reshape(len(found) * self.horizon, 2).T
        recent = found["recent"].reshape(len(found), -1).T
        for places in (found["last"][:, 0], *([shown - 1, last] if self.horizon else []), *recent):
            whole = (places >= NOBODY) & (places < np.maximum(1, known)) & (places % 1 == 0)
            if not whole.all():
                raise InputError("its places must be those of classes")
        for name in ("frequencies", "said", "counts", "scores"):
            if not ((found[name] >= 0) & (found[name] < 2.0**53)).all():
                raise InputError(f"its {name} must be finite, and not negative")
        if np.isinf(found["step"]).any():
            raise InputError("its steps must not be infinite")
