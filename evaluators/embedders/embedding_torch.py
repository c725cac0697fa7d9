"""DINOv2 and SigLIP2 through transformers, from local files only, without torchvision.

Preprocessing is our own: stretched to the network's side by area averaging, then normalised; the
libraries' processors want torchvision. On a GPU the networks run in bf16, on a CPU in fp32, and the
precision is part of every version.
"""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from evaluators.domain.weights import Backend
from evaluators.embedders.network import Array, Network, Words

DINO_SIDE = 224
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))
HALF = ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


@cache
def device() -> str:
    """Choose once per process: the GPU if there is one."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def network(folder: Path, backend: Backend) -> Network:
    """Open the model of a folder: config.json, model.safetensors, and tokenizer.json for texts."""
    import torch
    from transformers import AutoModel

    kind = torch.bfloat16 if device() == "cuda" else torch.float32
    said: dict[str, Any] = {"local_files_only": True, "use_safetensors": True, "dtype": kind}
    model: Any = AutoModel.from_pretrained(folder, **said).eval().to(device())
    precision = "bf16" if device() == "cuda" else "fp32"
    if backend is Backend.DINO:
        return Network(forward=_Dino(model), precision=precision)
    return Network(
        forward=_Siglip(model), precision=precision, words=_words(model, folder / "tokenizer.json")
    )


class _Dino:
    """The class token of the last layer."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def __call__(self, crops: Sequence[Array]) -> Array:
        import torch

        with torch.inference_mode():
            fed = _tensor(crops, DINO_SIDE, IMAGENET, self._model.dtype)
            return _array(self._model(pixel_values=fed).last_hidden_state[:, 0])


class _Siglip:
    def __init__(self, model: Any) -> None:
        self._model = model

    def __call__(self, crops: Sequence[Array]) -> Array:
        import torch

        side = self._model.config.vision_config.image_size
        with torch.inference_mode():
            fed = _tensor(crops, side, HALF, self._model.dtype)
            return _array(self._model.get_image_features(pixel_values=fed).pooler_output)


def _words(model: Any, tokens: Path) -> Words:
    """Read texts as SigLIP2 was trained: lower case, padded to the full length."""
    import torch
    from tokenizers import Tokenizer

    reader: Any = Tokenizer.from_file(str(tokens))
    config = json.loads((tokens.parent / "config.json").read_text(encoding="utf-8"))
    length = model.config.text_config.max_position_embeddings
    pad = config["text_config"].get("pad_token_id", 0)
    reader.enable_truncation(length)
    reader.enable_padding(length=length, pad_id=pad)

    def words(texts: Sequence[str]) -> Array:
        ids = [reader.encode(text.lower()).ids for text in texts]
        with torch.inference_mode():
            fed = torch.tensor(ids, device=device())
            return _array(model.get_text_features(input_ids=fed).pooler_output)

    return words


def _tensor(
    crops: Sequence[Array], side: int, norm: tuple[tuple[float, ...], ...], kind: Any
) -> Any:
    """Make (n, 3, side, side) on the device; arithmetic in float32."""
    import torch

    mean, deviation = (np.array(n, np.float32) for n in norm)
    fitted = [
        cv2.resize(np.ascontiguousarray(c), (side, side), interpolation=cv2.INTER_AREA)
        for c in crops
    ]
    batch = (np.stack(fitted).astype(np.float32) / 255 - mean) / deviation
    planes = np.ascontiguousarray(batch.transpose(0, 3, 1, 2))
    return torch.from_numpy(planes).to(device(), kind)


def _array(rows: Any) -> Array:
    return np.asarray(rows.float().cpu().numpy())
