"""What `--json` prints: one JSON text, which every parser reads."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any


def print_json(found: Mapping[str, Any] | Sequence[Any]) -> None:
    """Print plain values as JSON on standard output.

    JSON has no NaN and no infinity, which Python would write nevertheless: they become null.
    """
    print(json.dumps(_finite(found), indent=1, allow_nan=False))


def _finite(value: Any) -> Any:
    """The value without what is no JSON."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(each) for each in value]
    return value
