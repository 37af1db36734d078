"""What tests of fleets have in common."""

import pytest


@pytest.fixture
def lanes(interpreted_drivers):
    """The lanes of all networks run as Python."""
