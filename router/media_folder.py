"""Media by content in a folder: `<root>/<partner>/<first two digits>/<sha256>`."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from router.domain.errors import BadInput, StoreCorrupt
from router.domain.ids import sha256_of
from router.domain.media import MediaRef
from router.files.durable_file import write_durably
from router.probe import Facts, Prober, Undecodable


@dataclass(slots=True, kw_only=True)
class MediaFolder:
    """A MediaStore on a local disk; partners never share a file."""

    root: Path
    probe: Callable[[bytes], Facts] = field(default_factory=lambda: Prober().probe)

    def put(self, partner: str, data: bytes, mime: str) -> MediaRef:
        """Probe and store durably; the same bytes twice are one object.

        Raises Undecodable where the bytes are no whole picture or clip, or not of the type `mime`.
        """
        ref = described(data, mime, self.probe)
        path = self.place(partner, ref.sha256)
        if not path.exists():
            write_durably(path, data)
        return ref

    def get(self, partner: str, sha256: str) -> bytes:
        """Read back; raises StoreCorrupt when absent or not what its name says."""
        try:
            data = self.place(partner, sha256).read_bytes()
        except FileNotFoundError as error:
            raise StoreCorrupt(field="media", found=f"no {sha256}", expected="a file") from error
        return checked(data, sha256)

    def has(self, partner: str, sha256: str) -> bool:
        """Say whether it is there."""
        return self.place(partner, sha256).is_file()

    def path(self, partner: str, sha256: str) -> Path:
        """Give the file of something stored, for readers that take paths."""
        return self.place(partner, sha256)

    def place(self, partner: str, sha256: str) -> Path:
        """Give where something is stored, or would be."""
        return self.root / key_of(partner, sha256)


def described(data: bytes, mime: str, probe: Callable[[bytes], Facts]) -> MediaRef:
    """Name bytes by their content and probe them; raises Undecodable."""
    facts = probe(data)
    if facts.mime != mime:
        raise Undecodable(field="media", found=facts.mime, expected=mime)
    return MediaRef(
        sha256=sha256_of(data),
        mime=facts.mime,
        size=len(data),
        width=facts.width,
        height=facts.height,
        frames=facts.frames,
        fps=facts.fps,
    )


def key_of(partner: str, sha256: str) -> str:
    """Give the relative name of an object; raises BadInput for one that could leave the store."""
    if not partner.replace("_", "").isalnum() or not partner.isascii():
        raise BadInput(field="partner", found=partner, expected="letters, digits and _")
    if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
        raise BadInput(field="sha256", found=sha256, expected="64 lower-case hex digits")
    return f"{partner}/{sha256[:2]}/{sha256}"


def checked(data: bytes, sha256: str) -> bytes:
    """Give the bytes back if they are what their name says; raises StoreCorrupt."""
    found = sha256_of(data)
    if found != sha256:
        raise StoreCorrupt(field="media", found=f"content {found}", expected=sha256)
    return data
