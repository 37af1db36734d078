"""Groups of learners, whose colours are the same in all pictures."""

from longlag.learners import learners
from longlag.report.style.plots import BLUE, GREEN, ORANGE, VERMILION

OWN = "models of your own"
COLOURS = {
    OWN: VERMILION,
    "LSTM": GREEN,
    "other online learners": BLUE,
    "search, and learning in passes over a set": ORANGE,
}


def group_of(learner: str) -> str:
    """A key of `COLOURS`; a name that is no learner of the library is a model of the user's own."""
    if learner == "lstm":
        return "LSTM"
    if learner not in learners():
        return OWN
    online = learners()[learner].kind == "online"
    return "other online learners" if online else "search, and learning in passes over a set"


def font_weight(learner: str) -> str:
    """The weight of a learner's name."""
    return "bold" if group_of(learner) in (OWN, "LSTM") else "normal"
