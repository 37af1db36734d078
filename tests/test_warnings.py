"""A warning of a library that ours rests on ends a test, also once that library is imported."""

import warnings

import numba.core.errors
import numpy as np
import polars as pl
import pytest
import river  # noqa: F401  may change the filters of warnings, as any import may
import sklearn.exceptions


@pytest.mark.parametrize(
    "category",
    [
        DeprecationWarning,
        FutureWarning,
        UserWarning,
        np.exceptions.VisibleDeprecationWarning,
        numba.core.errors.NumbaWarning,
        pl.exceptions.PolarsInefficientMapWarning,
        sklearn.exceptions.ConvergenceWarning,
    ],
)
def test_a_warning_is_an_error(category):
    with pytest.raises(category):
        warnings.warn("made up", category, stacklevel=1)
