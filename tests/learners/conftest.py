"""What tests of learners compile once for all processes of a run."""

import pytest
from support.stream_networks import compile_kernels


@pytest.fixture(scope="session")
def stream_kernels(tmp_path_factory):
    """The kernels of LSTM on streams are on disk."""
    compile_kernels(tmp_path_factory.getbasetemp().parent)
