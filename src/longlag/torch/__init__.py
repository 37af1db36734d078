"""For users of PyTorch: tasks as data sets, networks of 1997 as modules, and a judge of modules.

It needs the extra `torch`: pip install "longlag[torch]".
"""

try:
    import torch as _torch  # noqa: F401
except ImportError:
    raise ImportError(
        "longlag.torch needs PyTorch, which is not installed: "
        'python -m pip install "longlag[torch]"'
    ) from None

from longlag.torch.judging import judge as judge
from longlag.torch.lstm1997 import LSTM1997 as LSTM1997
from longlag.torch.sequences import Sequences as Sequences
from longlag.torch.sequences import collate as collate
