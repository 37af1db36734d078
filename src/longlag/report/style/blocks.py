"""A wide table for a narrow terminal: the columns that do not fit continue below."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleOptions
from rich.table import Table
from rich.text import Text

GAP = 2  #: blanks between two columns


@dataclass(frozen=True)
class Blocks:
    """Rows with names, and columns of cells. Names of columns are broken at their hyphens."""

    corner: str  #: above the names of the rows
    rows: Sequence[str]
    columns: Mapping[str, Sequence[Text]]  #: the cells of each column, row by row

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> Iterator[Table | Text]:
        for i, block in enumerate(self._fitting(options.max_width)):
            if i:
                yield Text()
            table = Table(box=None, pad_edge=False, header_style="bold")
            table.add_column(self.corner, no_wrap=True)
            for name in block:
                table.add_column(Text(_broken(name)), justify="right", vertical="bottom")
            for i, row in enumerate(self.rows):
                table.add_row(row, *(self.columns[name][i] for name in block))
            yield table

    def _fitting(self, width: int) -> list[list[str]]:
        """The names of the columns, block by block; each block has at least one."""
        names = max(len(each) for each in (self.corner, *self.rows))
        blocks: list[list[str]] = []
        left = 0
        for name, cells in self.columns.items():
            needed = GAP + max(
                *(len(part) for part in _broken(name).splitlines()),
                *(cell.cell_len for cell in cells),
            )
            if not blocks or needed > left:
                blocks.append([])
                left = width - names
            blocks[-1].append(name)
            left -= needed
        return blocks


def _broken(name: str) -> str:
    return name.replace("-", "-\n")
