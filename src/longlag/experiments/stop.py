"""Stop rules: when a trial counts as solved."""

from dataclasses import dataclass
from typing import ClassVar

from longlag.errors import check_number, check_whole


@dataclass(frozen=True)
class Recent:
    """Solved when the most recent training sequences went well.

    Of the last `window` sequences fewer than `wrong_below` were answered incorrectly, and their
    mean absolute error is below `average_below`. With the defaults this is the rule of Experiment
    4: the last 2000 sequences all correct and an average training error below 0.01. The paper
    leaves open the window and the norm of that average; here both are those of the first condition.
    """

    window: int = 2000
    wrong_below: int = 1
    average_below: float = 0.01  #: 0 < average_below; infinity switches the condition off

    name: ClassVar[str] = "recent"

    def __post_init__(self):
        check_whole("window of the stop rule", self.window, 1, 1_000_000)
        check_whole("wrong_below of the stop rule", self.wrong_below, 1, self.window)
        check_number(
            "average_below of the stop rule", self.average_below, 0, float("inf"), open_below=True
        )
