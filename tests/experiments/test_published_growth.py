"""The rows of the gap task by growing nets, as Ring (1993) prints them in Table 2."""

import pytest

from longlag.experiments.files import catalogue

PRINTED = {2: (4, 10), 4: (6, 15), 6: (8, 19), 8: (10, 23), 10: (12, 27)}  # sets of two, units


@pytest.mark.parametrize("gap", PRINTED)
def test_gaps(gap):
    sets, units = PRINTED[gap]
    printed = catalogue()["gap-hierarchy"].find_row(f"gap={gap}").published
    assert printed is not None
    assert printed.sequences == 2 * sets
    assert printed.note == f"{units} units created"
