"""Media by content: what was stored, never where."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaRef:
    """A stored picture or clip, named by its content."""

    sha256: str  # of the bytes as received
    mime: str  # image/png, image/jpeg, image/webp, video/mp4, …
    size: int  # bytes
    width: int = 0  # pixels; 0 = not probed
    height: int = 0  # pixels; 0 = not probed
    frames: int = 1  # 1 for a picture
    fps: float = 0.0  # frames per second; 0 for a picture

    @property
    def is_video(self) -> bool:
        """Say whether it moves."""
        return self.mime.startswith("video/")

    @property
    def seconds(self) -> float:
        """Length in seconds; 0 for a picture."""
        return self.frames / self.fps if self.fps else 0.0
