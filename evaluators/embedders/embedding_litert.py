"""MobileNet embeddings: 224 pixels, uint8, one crop at a time on one thread."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from evaluators.embedders.network import Array, Network

SIDE = 224


def network(path: Path, dimension: int) -> Network:
    """Open a quantised MobileNet and find its pooled embedding.

    The embedding may be an inner tensor (MobileNetV2: the model's own output are class scores), so
    all tensors are kept.

    Raises:
        ValueError: the file has no single tensor of shape (1, 1, 1, dimension).
    """
    from ai_edge_litert.interpreter import Interpreter

    with warnings.catch_warnings():
        # It warns that keeping inner tensors costs memory; they are 20 MB here.
        warnings.simplefilter("ignore", UserWarning)
        run: Any = Interpreter(str(path), num_threads=1, experimental_preserve_all_tensors=True)
    run.allocate_tensors()
    entry = run.get_input_details()[0]["index"]
    pools = [
        d
        for d in run.get_tensor_details()
        if list(d["shape"]) == [1, 1, 1, dimension]
        and d["quantization"][0] > 0
        and ("Reshape" in d["name"] or "AvgPool" in d["name"])
    ]
    if len(pools) != 1:
        raise ValueError(f"found {len(pools)} pooled tensors of {dimension}; expected one")
    index, (scale, zero) = pools[0]["index"], pools[0]["quantization"]

    def forward(crops: Sequence[Array]) -> Array:
        rows = []
        for crop in crops:
            fed = cv2.resize(np.ascontiguousarray(crop), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
            run.set_tensor(entry, np.asarray(fed)[None])
            run.invoke()
            rows.append((run.get_tensor(index).ravel().astype(np.float32) - zero) * scale)
        return np.stack(rows)

    return Network(forward=forward, precision="int8")
