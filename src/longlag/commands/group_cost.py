"""What many horizons cost with several series, where each series keeps its own forecasts."""

from longlag.forecasting.number_scores import PREDICTORS
from longlag.forecasting.outlook import WAITING
from longlag.forecasting.question import Question
from longlag.quoting import counted

LARGE = 10_000_000  #: bytes for each group that a person should know of
#: Seconds of a row that follows one of another group, for each target at each horizon, and for
#: each byte that is moved: about 25 ms for 48 predictions, and 2 s for 1,000, as measured.
A_HEAD, A_BYTE = 5e-4, 1e-8


def remark(question: Question) -> str | None:
    """One line for a person, if the forecasts of a group are large."""
    horizons, targets = question.horizons, len(question.targets)
    # Answers and naive predictions of all horizons wait as long as those of the farthest.
    said = len(PREDICTORS) * len(horizons) * question.horizon
    waiting = WAITING * sum(horizons) + said
    size, heads = 8 * targets * waiting, targets * len(horizons)
    if size < LARGE:
        return None
    return (
        f"{counted(heads, 'prediction')} a row keep {size / 1e6:,.0f} MB for each group, and a row "
        f"that follows one of another group takes about {A_HEAD * heads + A_BYTE * size:.1g} s: "
        "take fewer or shorter horizons, such as --horizon 1,10,100, if that is too much."
    )
