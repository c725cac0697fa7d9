"""What a backend makes of a file of weights."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
Forward = Callable[[Sequence[Array]], Array]  # crops, uint8 RGB, any sizes -> (n, dimension)
Words = Callable[[Sequence[str]], Array]


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """How crops, and maybe texts, become vectors of any length."""

    forward: Forward
    precision: str  # int8 | fp32 | bf16
    words: Words | None = None  # texts, where the network reads them
