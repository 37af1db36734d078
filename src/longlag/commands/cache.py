"""The command `cache`: what compiled code is kept on disk."""

from typing import Annotated

from cyclopts import Parameter
from rich.text import Text

from longlag.errors import LonglagError
from longlag.report.style.console import results


def cache(*, clear: Annotated[bool, Parameter(negative=())] = False) -> None:
    """Show where compiled code is kept, and how much there is.

    Parameters
    ----------
    clear
        remove it; whatever is needed is then compiled anew
    """
    from longlag.compiled import cache as kept

    place = kept.folder()
    out = results(soft_wrap=True)
    if place is None:
        out.print("Nothing is kept: there is no home folder, and NUMBA_CACHE_DIR is not set.")
        return
    try:
        held = kept.clear() if clear else kept.contents()
    except OSError as error:
        raise LonglagError(
            f"cannot {'remove' if clear else 'read'} what is kept in {place}: {error.strerror}; "
            "remove the folder yourself, or see to it that you alone may write to it"
        ) from None
    if not held.files:
        out.print(Text(f"{place}: no compiled functions"))
        return
    functions = (
        f"{held.files} compiled function{'s' * (held.files != 1)}, {held.bytes / 1e6:.1f} MB"
    )
    out.print(Text(f"Removed from {place}: {functions}" if clear else f"{place}: {functions}"))
