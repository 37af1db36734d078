"""An answer between the targets of two classes must not be right for both."""

import pytest

from longlag import Morse, Tomita, TomitaStrings
from longlag.errors import InputError


@pytest.mark.parametrize("task", [Morse, Tomita, TomitaStrings])
def test_a_tolerance_beyond_half_the_way_between_0_and_1_is_refused(task):
    assert task(correct_below=0.5).tolerance == 0.5
    with pytest.raises(InputError, match=r"correct_below of .* must be .* in \(0, 0.5\], got 0.6"):
        task(correct_below=0.6)
