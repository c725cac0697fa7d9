"""H.264 film from raw frames, encoded in a child process: PyAV's wheel bundles libx264."""

import contextlib
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np

BT709 = 1
LIMITED_RANGE = 1


def encode(frames: Iterable[np.ndarray], *, size: tuple[int, int], fps: int) -> bytes:
    """Encode frames as mp4: H.264, yuv420p, tagged BT.709, index first.

    Args:
        frames: uint8 (H, W, 3) RGB, all of `size`.
        size: width and height in pixels, both even.
        fps: frames per second.

    Raises:
        ValueError: a frame of another size, or an odd size.
        RuntimeError: the encoder failed; the text is what it said.
    """
    width, height = size
    if width % 2 or height % 2:
        raise ValueError(f"size: found {width}x{height}, expected even numbers for yuv420p")
    if fps < 1:
        raise ValueError(f"fps: found {fps}, expected at least 1")
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "film.mp4"
        command = [sys.executable, "-m", __name__, str(width), str(height), str(fps), str(target)]
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE)
        try:
            said = _feed(child, frames, size)
        finally:
            _end(child)
        if child.returncode != 0:
            raise RuntimeError(said or "the encoder failed and said nothing")
        return target.read_bytes()


def _feed(
    child: subprocess.Popen[bytes], frames: Iterable[np.ndarray], size: tuple[int, int]
) -> str:
    """Send every frame and wait for the end; gives what the child said."""
    if child.stdin is None or child.stderr is None:
        raise RuntimeError("the encoder has no pipes")
    said: list[bytes] = []
    ear = threading.Thread(target=lambda pipe: said.append(pipe.read()), args=(child.stderr,))
    ear.start()
    try:
        # A child that fails says why and closes its end; its exit status tells the rest.
        with contextlib.suppress(BrokenPipeError):
            for frame in frames:
                child.stdin.write(_checked(frame, size).data)
            child.stdin.close()
        child.wait()
    finally:
        child.kill()
        ear.join()
    return b"".join(said).decode(errors="replace").strip()


def _end(child: subprocess.Popen[bytes]) -> None:
    child.kill()
    child.wait()
    for pipe in (child.stdin, child.stderr):
        if pipe is not None:
            with contextlib.suppress(BrokenPipeError):
                pipe.close()


def _checked(frame: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    if frame.shape != (size[1], size[0], 3) or frame.dtype != np.uint8:
        wanted = (size[1], size[0], 3)
        raise ValueError(f"frame: found {frame.dtype} {frame.shape}, expected uint8 {wanted}")
    return np.ascontiguousarray(frame)


def _frames(source: BinaryIO, width: int, height: int) -> Iterator[np.ndarray]:
    length = width * height * 3
    while block := source.read(length):
        if len(block) < length:
            raise ValueError(f"last frame: found {len(block)} bytes, expected {length}")
        yield np.frombuffer(block, np.uint8).reshape(height, width, 3)


def _write(source: BinaryIO, width: int, height: int, fps: int, target: str) -> None:
    import av

    with av.open(target, "w", format="mp4", options={"movflags": "+faststart"}) as container:
        stream = container.add_stream("libx264", rate=fps)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"preset": "veryfast", "crf": "20", "threads": "1"}
        context = stream.codec_context
        context.color_primaries = context.color_trc = context.colorspace = BT709
        context.color_range = LIMITED_RANGE
        for pixels in _frames(source, width, height):
            picture = av.VideoFrame.from_ndarray(pixels, format="rgb24").reformat(
                format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG"
            )
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


if __name__ == "__main__":
    across, down, rate = (int(said) for said in sys.argv[1:4])
    _write(sys.stdin.buffer, across, down, rate, sys.argv[4])
