"""`longlag bench`: the time of a step."""

from typing import Annotated

from cyclopts import Parameter

from longlag.bench import measure, table
from longlag.commands.json_output import print_json
from longlag.commands.options import Json
from longlag.report.style.console import results


def bench(*, quick: Annotated[bool, Parameter(negative=())] = False, as_json: Json = False) -> None:
    """Time of one online training step, beside torch.nn.LSTM where torch is installed.

    Parameters
    ----------
    quick
        fewer repetitions
    """
    rows = measure(repeats=3 if quick else 7)
    if as_json:
        print_json(rows)
    else:
        results().print(table(rows))
