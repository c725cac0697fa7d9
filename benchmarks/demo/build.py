"""The demonstration's packs, written to a folder: drawn on the spot, sealed, always the same."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import cv2

from benchmarks.demo import live_action, paper_theatre
from benchmarks.packs.seal import seal
from router.domain.errors import Broken, UnknownName
from router.domain.ids import sha256_of

_DAY = date(2026, 11, 1)  # the consents of the packs are in force on it
_PICTURES: Mapping[str, Callable[[], Iterator[tuple[str, Any]]]] = {
    "northlight_pictures": live_action.pictures,
    "paper_lantern": paper_theatre.pictures,
}
PARTNERS = tuple(_PICTURES)


def build(folder: Path, partner: str) -> Path:
    """Write the sealed pack of one fictional partner below a folder, and give its own folder.

    Raises:
        UnknownName: there is no such partner; says which there are.
    """
    if partner not in _PICTURES:
        raise UnknownName("partner", partner, PARTNERS)
    root = folder / partner
    for name, picture in _PICTURES[partner]():
        _write(root / name, picture)
    source = files("benchmarks.demo").joinpath("packs")
    evidence = source.joinpath("demo_performer.txt").read_bytes()
    text = source.joinpath(f"{partner}.yaml").read_text("utf-8")
    if "evidence_sha256: CONSENT" in text:
        (root / "consent").mkdir(exist_ok=True)
        (root / "consent/demo_performer.txt").write_bytes(evidence)
        text = text.replace("evidence_sha256: CONSENT", f"evidence_sha256: {sha256_of(evidence)}")
    (root / "shotpack.yaml").write_text(text, "utf-8", newline="\n")
    sealed = seal(root, today=_DAY)
    if not sealed.checked.ok:
        wrong = "; ".join(str(mistake) for mistake in sealed.checked.errors)
        raise Broken(field=partner, found=wrong, expected="a demonstration pack without mistakes")
    return root


def partner_folder() -> Path:
    """Give the folder with the configs of the fictional partners."""
    with as_file(files("benchmarks.demo").joinpath("partners")) as folder:
        return folder


def _write(path: Path, picture: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    channels = picture.shape[2] if picture.ndim == 3 else 1
    order = {1: None, 3: cv2.COLOR_RGB2BGR, 4: cv2.COLOR_RGBA2BGRA}[channels]
    done, data = cv2.imencode(".png", picture if order is None else cv2.cvtColor(picture, order))
    if not done:
        raise Broken(field=path.name, found="no PNG", expected="a picture that can be written")
    path.write_bytes(data.tobytes())
