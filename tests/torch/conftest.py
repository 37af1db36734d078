"""What the tests of users' models have in common."""

import pytest
from support.user_model import SUM


@pytest.fixture
def summing(tmp_path):
    """A file of a model that solves the latch in a moment, as the class stands on its own lines."""
    path = tmp_path / "sum.py"
    path.write_text(SUM)
    return path
