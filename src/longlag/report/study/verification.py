"""Stored trials beside their second run, for the terminal."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from longlag.experiments.trial import TrialKey
from longlag.experiments.verification import Comparison
from longlag.report.study.tables import plain_table


def verification_table(
    comparisons: Sequence[Comparison], refused: Sequence[tuple[TrialKey, str]]
) -> RenderableType:
    """Counts for each row, then a line for each trial that differs or could not be run again."""
    table = plain_table()
    for name in ("experiment", "row", "reading"):
        table.add_column(name, overflow="fold")
    for name in ("seed", "compared", "equal", "different"):
        table.add_column(name, justify="right", no_wrap=True)
    rows: dict[tuple[str, str, str, int], list[Comparison]] = {}
    for each in comparisons:
        key, seed = each.stored.key, each.stored.conditions.seed
        rows.setdefault((key.experiment, key.row, key.reading, seed), []).append(each)
    lines = []
    for (experiment, row, reading, seed), group in rows.items():
        compared = [each for each in group if each.finished]
        different = [each for each in compared if each.differences]
        different.sort(key=lambda each: each.stored.key.trial)
        counts = len(compared), len(compared) - len(different), len(different)
        # As Text, brackets in the names of a user's files are not read as markup.
        table.add_row(*(Text(str(each)) for each in (experiment, row, reading, seed, *counts)))
        lines += [_line("different", each.stored.key, each.differences) for each in different]
    lines += [_line("not run again", key, [reason]) for key, reason in refused]
    compared = [each for each in comparisons if each.finished]
    different = sum(bool(each.differences) for each in compared)
    total = (
        f"{len(compared)} trial{'s' * (len(compared) != 1)} compared, "
        f"{len(compared) - different} equal to the bit, {different} different; "
        f"{len(refused)} that cannot be run again."
    )
    return Group(table, "", *lines, Text(total, style="red" if different or refused else "green"))


def _line(what: str, key: TrialKey, reasons: Sequence[str]) -> Text:
    name = f"{key.experiment}, {key.row}, {key.reading}, trial {key.trial}"
    return Text(f"{what}: {name}: {', '.join(reasons)}")
