"""AuraFace: an aligned face of 112 pixels becomes 512 numbers (ArcFace loss, ResNet-100).

Deng, Guo, Xue, Zafeiriou: ArcFace, CVPR 2019, for loss, template and normalisation. Faces are laid
onto the template by five points before they are embedded (`aligned`); anything else is stretched.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from evaluators.embedders.network import Array, Network

SIDE = 112
# Eyes, nose, corners of the mouth, from the picture's left; pixels of the 112-pixel template.
TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655],
     [70.7299, 92.2041]]
)  # fmt: skip


def network(path: Path) -> Network:
    """Open a face network: RGB minus 127.5 over 127.5, (n, 3, 112, 112), one thread."""
    import onnxruntime

    options: Any = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    session: Any = onnxruntime.InferenceSession(
        str(path), options, providers=["CPUExecutionProvider"]
    )
    entry = session.get_inputs()[0].name

    def forward(crops: Sequence[Array]) -> Array:
        size = (SIDE, SIDE)
        fitted = [
            cv2.resize(np.ascontiguousarray(c), size, interpolation=cv2.INTER_AREA) for c in crops
        ]
        batch = (np.stack(fitted).astype(np.float32) - 127.5) / 127.5
        planes = np.ascontiguousarray(batch.transpose(0, 3, 1, 2))
        return np.asarray(session.run(None, {entry: planes})[0])

    return Network(forward=forward, precision="fp32")


def aligned(rgb: Array, points: Array) -> Array:
    """Lay a face onto the template by the similarity that fits its five points best.

    Args:
        rgb: uint8 (height, width, 3).
        points: (5, 2) pixels: eyes, nose, corners of the mouth, from the picture's left.

    Returns:
        uint8 (112, 112, 3). Umeyama, PAMI 1991.
    """
    points = np.asarray(points, np.float64)
    centre, goal = points.mean(axis=0), TEMPLATE.mean(axis=0)
    a, b = points - centre, TEMPLATE - goal
    u, s, vt = np.linalg.svd(b.T @ a)
    flip = np.diag([1.0, np.sign(np.linalg.det(u @ vt))])
    turn = u @ flip @ vt
    scale = float((s * flip.diagonal()).sum() / (a * a).sum())
    matrix = np.column_stack([scale * turn, goal - scale * turn @ centre])
    return np.asarray(cv2.warpAffine(rgb, matrix, (SIDE, SIDE), flags=cv2.INTER_LINEAR))
