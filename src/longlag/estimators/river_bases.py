"""River's base classes where River is installed, empty ones where it is not.

River asks `isinstance`, so its metrics, pipelines and evaluation only accept what derives from its
classes; its base package imports quickly and nothing else. scikit-learn asks an estimator for
`get_params` and `__sklearn_tags__`, so nothing of it is imported until it asks.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # River may be missing there too
    RiverClassifier = RiverRegressor = object
else:
    try:
        from river.base import Classifier as RiverClassifier
        from river.base import MultiTargetRegressor, Regressor

        class RiverRegressor(Regressor, MultiTargetRegressor):
            """A regressor of one target or of several."""

    except ImportError:
        RiverClassifier = RiverRegressor = object
