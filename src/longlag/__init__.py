"""longlag: learning across long time lags.

Long Short-Term Memory as first published (Hochreiter & Schmidhuber 1996, 1997), its experiments and
its truncated online gradient, at the speed of hand-written SIMD code and in constant memory.
"""

from typing import TYPE_CHECKING, Any

from longlag.citations import citation as citation
from longlag.errors import InputError as InputError
from longlag.errors import LonglagError as LonglagError
from longlag.errors import StoreError as StoreError
from longlag.experiments.files import find as find
from longlag.experiments.files import load as load
from longlag.experiments.store import Store as Store
from longlag.experiments.study import Study as Study
from longlag.learners.lstm import LSTM as LSTM
from longlag.network import Network as Network
from longlag.rules import Adam as Adam
from longlag.rules import GradientDescent as GradientDescent
from longlag.rules import RMSProp as RMSProp
from longlag.tasks.adding import Adding as Adding
from longlag.tasks.adding import AddingModern as AddingModern

if TYPE_CHECKING:
    from longlag.estimators.classifier import LSTMClassifier as LSTMClassifier
    from longlag.estimators.regressor import LSTMRegressor as LSTMRegressor

__version__ = "0.2.0"


def __getattr__(name: str) -> Any:
    """The estimators of streams, imported at first use: with them River is, where installed."""
    if name == "LSTMClassifier":
        from longlag.estimators.classifier import LSTMClassifier

        return LSTMClassifier
    if name == "LSTMRegressor":
        from longlag.estimators.regressor import LSTMRegressor

        return LSTMRegressor
    raise AttributeError(f"module 'longlag' has no attribute {name!r}")
