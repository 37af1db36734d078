"""How times are written: as a person says, or as a model has learned them."""

from longlag.errors import InputError
from longlag.forecasting.groups import Groups
from longlag.forecasting.resuming import SavedStream
from longlag.quoting import quoted
from longlag.readers.times import Times


def known_times(saved: SavedStream | None, form: str | None) -> Times | None:
    """How times are written, if the model or a `form` for `datetime.strptime` says so.

    Raises `InputError` if the form is not that of the model, which cannot read another one.
    """
    learned = _learned(saved) if saved else None
    if learned is None:
        return None if form is None else Times([], form)
    if form is not None and form != learned.form:
        known = quoted(learned.form) if learned.form else "that of ISO 8601 or of numbers"
        raise InputError(
            f"--time-format {quoted(form)} is not the form in which the model has learned times, "
            f"{known}: write the times so, or begin a new model"
        )
    return learned


def _learned(saved: SavedStream) -> Times | None:
    """How the model reads times; None if it has not learned any."""
    if isinstance(saved.evaluation, Groups):
        start = saved.evaluation.start
        return Times([], start.form, given=start.given) if start.timed else None
    state = saved.evaluation.times or saved.evaluation.calendar
    return Times([], state.state().form, given=state.state().given) if state else None
