"""longlag: learning across long time lags.

Long Short-Term Memory as first published (Hochreiter & Schmidhuber 1996, 1997), its experiments and
its truncated online gradient, at the speed of hand-written SIMD code and in constant memory.
"""

# `sources` comes first: it must note the source files before any other module is imported.
from importlib import import_module
from typing import TYPE_CHECKING, Any

from longlag.citations import citation as citation
from longlag.compiled import sources as _sources  # noqa: F401  # isort: split
from longlag.errors import InputError as InputError
from longlag.errors import LonglagError as LonglagError
from longlag.errors import StoreError as StoreError
from longlag.errors import WorkersError as WorkersError
from longlag.experiments.experiment import Experiment as Experiment
from longlag.experiments.files import load_experiment as load_experiment
from longlag.experiments.files import published as published
from longlag.experiments.stop import Exam as Exam
from longlag.experiments.stop import ExamWhenReady as ExamWhenReady
from longlag.experiments.stop import GrowingSet as GrowingSet
from longlag.experiments.stop import Recent as Recent
from longlag.experiments.stop import TrainingSet as TrainingSet
from longlag.experiments.store import Store as Store
from longlag.experiments.study import Study as Study
from longlag.experiments.trial import Conditions as Conditions
from longlag.experiments.trial import Status as Status
from longlag.experiments.trial import TrialKey as TrialKey
from longlag.experiments.trial import TrialRecord as TrialRecord
from longlag.learners.cascade.learner import CascadeCorrelation as CascadeCorrelation
from longlag.learners.chunker.hierarchy import ChunkerHierarchy as ChunkerHierarchy
from longlag.learners.chunker.learner import Chunker as Chunker
from longlag.learners.connected.annealing import Annealing as Annealing
from longlag.learners.connected.discrete import DiscreteError as DiscreteError
from longlag.learners.connected.multigrid import MultiGrid as MultiGrid
from longlag.learners.connected.pseudo_newton import PseudoNewton as PseudoNewton
from longlag.learners.guessing.learner import Guessing as Guessing
from longlag.learners.holographic import Holographic as Holographic
from longlag.learners.iohmm.learner import IOHMM as IOHMM
from longlag.learners.local_feedback import LocalFeedback as LocalFeedback
from longlag.learners.lstm.learner import LSTM as LSTM
from longlag.learners.recurrent.bptt import BPTT as BPTT
from longlag.learners.recurrent.elman import Elman as Elman
from longlag.learners.recurrent.kalman import Kalman as Kalman
from longlag.learners.recurrent.rtrl import RTRL as RTRL
from longlag.learners.rotating.learner import Rotating as Rotating
from longlag.learners.running_mean.learner import RunningMean as RunningMean
from longlag.learners.transition_hierarchy import TransitionHierarchy as TransitionHierarchy
from longlag.learners.unfolded.gamma_memory import GammaMemory as GammaMemory
from longlag.learners.unfolded.hierarchical import Hierarchical as Hierarchical
from longlag.learners.unfolded.narx import NARX as NARX
from longlag.learners.unfolded.second_order import SecondOrder as SecondOrder
from longlag.learners.unfolded.time_constants import TimeConstants as TimeConstants
from longlag.learners.unfolded.time_warping import TWINN as TWINN
from longlag.network import Network as Network
from longlag.rules import Adam as Adam
from longlag.rules import GradientDescent as GradientDescent
from longlag.rules import Momentum as Momentum
from longlag.rules import Quickprop as Quickprop
from longlag.rules import RMSProp as RMSProp
from longlag.tasks.adding import Adding as Adding
from longlag.tasks.adding import AddingModern as AddingModern
from longlag.tasks.conditioning import NoisyPatterning as NoisyPatterning
from longlag.tasks.conditioning import TraceConditioning as TraceConditioning
from longlag.tasks.conditioning import TracePatterning as TracePatterning
from longlag.tasks.copy_memory import CopyMemory as CopyMemory
from longlag.tasks.first_strings import FirstStrings as FirstStrings
from longlag.tasks.gap import Gap as Gap
from longlag.tasks.generation import Generation as Generation
from longlag.tasks.latch import Latch as Latch
from longlag.tasks.latch import TrainableLatch as TrainableLatch
from longlag.tasks.latching import UniformLatch as UniformLatch
from longlag.tasks.machine_strings import MachineStrings as MachineStrings
from longlag.tasks.melodies import Melodies as Melodies
from longlag.tasks.morse import Morse as Morse
from longlag.tasks.multiplication import Multiplication as Multiplication
from longlag.tasks.network_generated import NetworkGenerated as NetworkGenerated
from longlag.tasks.noise_free import Distractors as Distractors
from longlag.tasks.noise_free import NoiseFree as NoiseFree
from longlag.tasks.noise_free import NoiseFreeRandom as NoiseFreeRandom
from longlag.tasks.parity import Parity as Parity
from longlag.tasks.parity_strings import ParityStrings as ParityStrings
from longlag.tasks.reber import ContinualReber as ContinualReber
from longlag.tasks.reber import EmbeddedReber as EmbeddedReber
from longlag.tasks.reber import Reber as Reber
from longlag.tasks.symbol_lag import SymbolLag as SymbolLag
from longlag.tasks.system_identification import SystemIdentification as SystemIdentification
from longlag.tasks.temporal_order import TemporalOrder as TemporalOrder
from longlag.tasks.tomita import Tomita as Tomita
from longlag.tasks.tomita_strings import TomitaStrings as TomitaStrings
from longlag.tasks.trajectories import Trajectories as Trajectories
from longlag.tasks.two_patterns import TwoPatterns as TwoPatterns
from longlag.tasks.two_sequence import TwoSequence as TwoSequence
from longlag.tasks.two_sequence_1994 import TwoSequence1994 as TwoSequence1994
from longlag_command import __version__ as __version__

if TYPE_CHECKING:
    from longlag.dask_executor import DaskExecutor as DaskExecutor
    from longlag.estimators.classifier import LSTMClassifier as LSTMClassifier
    from longlag.estimators.forecaster import LSTMForecaster as LSTMForecaster
    from longlag.estimators.regressor import LSTMRegressor as LSTMRegressor
    from longlag.fleet.classifier import FleetClassifier as FleetClassifier
    from longlag.fleet.fleet import Fleet as Fleet
    from longlag.fleet.partitions import PartitionedFleet as PartitionedFleet
    from longlag.fleet.partitions import parts_of as parts_of

#: Imported at first use: the stream estimators import River if it is installed.
_AT_FIRST_USE = {
    "DaskExecutor": "longlag.dask_executor",
    "Fleet": "longlag.fleet.fleet",
    "FleetClassifier": "longlag.fleet.classifier",
    "LSTMClassifier": "longlag.estimators.classifier",
    "LSTMForecaster": "longlag.estimators.forecaster",
    "LSTMRegressor": "longlag.estimators.regressor",
    "PartitionedFleet": "longlag.fleet.partitions",
    "parts_of": "longlag.fleet.partitions",
}


def _is_ours(thing: object) -> bool:
    return str(getattr(thing, "__module__", "")).startswith("longlag.")


_found = [name for name, each in globals().items() if _is_ours(each)]
__all__ = sorted([*_AT_FIRST_USE, *_found])  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name in _AT_FIRST_USE:
        return getattr(import_module(_AT_FIRST_USE[name]), name)
    raise AttributeError(f"module 'longlag' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
