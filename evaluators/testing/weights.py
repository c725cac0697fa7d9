"""Tiny networks of random numbers, for tests: no score may rest on them, and none can."""

from pathlib import Path

import numpy as np

from evaluators.cache import file_sha256
from evaluators.domain.score import Tier
from evaluators.domain.weights import Backend, Weights, WeightsFile

TEXT = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "vocab_size": 8,
        "num_attention_heads": 2, "max_position_embeddings": 8}  # fmt: skip
SEEN = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "image_size": 32,
        "num_attention_heads": 2, "patch_size": 16}  # fmt: skip


def tiny_dino(folder: Path, *, seed: int = 0) -> Weights:
    """Write a DINOv2 of 36,736 random numbers."""
    import torch
    from transformers import Dinov2Config, Dinov2Model

    torch.manual_seed(seed)
    config = Dinov2Config(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, mlp_ratio=2,
                          image_size=56, patch_size=14)  # fmt: skip
    Dinov2Model(config).save_pretrained(folder / "dino")
    return _row("dino", Backend.DINO, folder, ("model.safetensors", "config.json"), 32)


def tiny_siglip(folder: Path, *, seed: int = 0) -> Weights:
    """Write a SigLIP and a tokenizer of six words."""
    import torch
    from tokenizers import Tokenizer
    from tokenizers.models import WordLevel
    from tokenizers.pre_tokenizers import Whitespace
    from transformers import SiglipConfig, SiglipModel

    torch.manual_seed(seed)
    config = SiglipConfig(text_config=TEXT, vision_config=SEEN)
    SiglipModel(config).save_pretrained(folder / "siglip")
    words = {w: i for i, w in enumerate(("<pad>", "<unk>", "a", "cat", "cup", "coat"))}
    reader = Tokenizer(WordLevel(words, unk_token="<unk>"))  # noqa: S106 - a word, no password
    reader.pre_tokenizer = Whitespace()
    reader.save(str(folder / "siglip/tokenizer.json"))
    files = ("model.safetensors", "config.json", "tokenizer.json")
    return _row("siglip", Backend.SIGLIP, folder, files, 32)


def tiny_face(folder: Path, *, seed: int = 0, dimension: int = 16) -> Weights:
    """Write an ONNX network: a face of 112 pixels, flattened, times a random matrix."""
    size = 3 * 112 * 112
    drawn = np.random.default_rng(seed).normal(size=(size, dimension)).astype("<f4")
    matrix = _ints(1, size, dimension) + _ints(2, 1) + _field(8, b"w") + _field(9, drawn.tobytes())
    flatten = _field(1, b"x") + _field(2, b"f") + _field(4, b"Flatten")
    multiply = _field(1, b"f") + _field(1, b"w") + _field(2, b"y") + _field(4, b"MatMul")
    graph = (
        _field(1, flatten) + _field(1, multiply) + _field(2, b"tiny") + _field(5, matrix)
        + _field(11, _tensor(b"x", 3, 112, 112)) + _field(12, _tensor(b"y", dimension))
    )  # fmt: skip
    model = _ints(1, 8) + _field(7, graph) + _field(8, _ints(2, 13))
    (folder / "face").mkdir(parents=True, exist_ok=True)
    (folder / "face/net.onnx").write_bytes(model)
    return _row("face", Backend.ONNX, folder, ("net.onnx",), dimension)


def _row(
    name: str, backend: Backend, folder: Path, files: tuple[str, ...], dimension: int
) -> Weights:
    paths = [f"{name}/{file}" for file in files]
    return Weights(
        id=f"tiny_{name}",
        backend=backend,
        licence="none",
        source="random numbers",
        preprocessing="test",
        dimension=dimension,
        precision="fp32",
        tier=Tier.LEARNED,
        used_for="tests",
        files=tuple(
            WeightsFile(file=p, sha256=file_sha256(folder / p), size=None, url="https://none/")
            for p in paths
        ),
        test_only=True,
    )


# The few parts of the protocol buffers encoding that an ONNX file of two nodes needs.


def _varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def _field(number: int, value: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(value)) + value


def _ints(number: int, *values: int) -> bytes:
    return b"".join(_varint(number << 3) + _varint(v) for v in values)


def _tensor(name: bytes, *sides: int) -> bytes:
    """A float tensor whose first side is any number `n`."""
    shape = _field(1, _field(2, b"n")) + b"".join(_field(1, _ints(1, s)) for s in sides)
    kind = _ints(1, 1) + _field(2, shape)
    return _field(1, name) + _field(2, _field(1, kind))
