"""A simulated judge: it compares pictures a little, and has the weaknesses that were planted.

It answers strict JSON to questions that name a nonce. How it looks: what is nearer to the
references in colour and layout is better; gaudy pixels speak against a picture. Planted weaknesses
(`Profile`): it prefers the place, obeys writing in pictures, sees little, or forgets the nonce.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from router.emulator.pictures import open_data
from router.emulator.profiles import Profile

NONCE = re.compile(r"^Nonce: (\w+)", re.MULTILINE)
LABEL = re.compile(r"^(Take(?: (\w+))?|Reference), picture")
QUESTION = re.compile(r"^(\w+): (.+)$", re.MULTILINE)
SIDE = 24
JUST_SEEN = 0.004  # of the merit, from 0 to 1
DULL = 1.0  # what the dullest judge just sees: nothing
FAR = 0.3  # merit below which a take does not show what was asked for
STROKES = 24  # changes between black and white along a row that holds writing
ROWS = 4


def judges(schema: Any) -> bool:
    """Say whether a schema asks for a judgement."""
    parts = schema.get("properties", {}) if isinstance(schema, dict) else {}
    return "nonce" in parts and ("verdict" in parts or "answers" in parts)


def judgement(
    body: Mapping[str, Any], schema: Mapping[str, Any], profile: Profile, seed: bytes
) -> dict[str, Any]:
    """Answer a question about pictures; the same question always gets the same answer."""
    blocks = [block for message in body["messages"] for block in message["content"]]
    words = "\n".join(b["text"] for b in blocks if "text" in b)
    seen = _seen(blocks)
    found = NONCE.search(words)
    nonce = found[1] if found else ""
    if _falls(seed, "nonce") < profile.nonce_loss:
        nonce = nonce[::-1] + "x"
    asked = schema["properties"]
    if "verdict" in asked:
        return _verdict(nonce, asked["verdict"]["enum"][:2], seen, profile, seed)
    return _answers(nonce, words, seen, profile)


def _seen(blocks: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Sort the pictures by their labels: "" for references, `Take` or a code for takes."""
    seen: dict[str, list[Any]] = {}
    name = ""
    for block in blocks:
        if "text" in block and (label := LABEL.match(block["text"])):
            name = "" if label[1] == "Reference" else label[2] or "Take"
        data = block.get("image", {}).get("source", {}).get("bytes")
        if data:
            seen.setdefault(name, []).append(_pixels(data))
    return seen


def _pixels(data: str) -> Any:
    import base64

    import numpy as np

    return np.asarray(open_data(base64.b64decode(data)).convert("RGB"))


def _verdict(
    nonce: str, codes: Sequence[str], seen: Mapping[str, list[Any]], profile: Profile, seed: bytes
) -> dict[str, Any]:
    merits = [_merit(seen.get(code, []), seen.get("", [])) for code in codes]
    written = [code for code in codes if any(_has_text(p) for p in seen.get(code, []))]
    gap = merits[0] - merits[1]
    just_seen = JUST_SEEN + (DULL - JUST_SEEN) * profile.dullness
    verdict = "tie" if abs(gap) < just_seen else codes[0 if gap > 0 else 1]
    if _falls(seed, "place") < profile.position_bias:
        verdict = codes[0]
    if written and _falls(seed, "text") < profile.obeys_text:
        verdict = written[0]
    what = [f"emulated: merit {merit:.3f}" for merit in merits]
    evidence = [
        {"take": code, "where": "whole picture", "what": said}
        for code, said in zip(codes, what, strict=True)
    ]
    return {"nonce": nonce, "evidence": evidence, "text_in_picture": written, "verdict": verdict}


def _answers(
    nonce: str, words: str, seen: Mapping[str, list[Any]], profile: Profile
) -> dict[str, Any]:
    shot, _, rest = words.partition("</shot>")
    known = set(re.findall(r"\w{5,}", shot.lower()))
    shown = seen.get("Take", [])
    merit = _merit(shown, seen.get("", []))
    has_text = any(_has_text(p) for p in shown)
    obeys = has_text and profile.obeys_text > 0
    answers = []
    questions = rest.partition("<questions>")[2].partition("</questions>")[0]
    for id_, text in QUESTION.findall(questions):
        is_asked_for = bool(known & set(re.findall(r"\w{5,}", text.lower())))
        yes = obeys or (is_asked_for and merit >= FAR)
        what = f"emulated: merit {merit:.3f}"
        answer = {"id": id_, "where": "whole picture", "what": what}
        answers.append(answer | {"answer": "yes" if yes else "no"})
    return {"nonce": nonce, "answers": answers, "text_in_picture": has_text}


def _merit(pictures: Sequence[Any], references: Sequence[Any]) -> float:
    """From 0 to 1: near to a reference in colour and layout, sharp, and not gaudy."""
    if not pictures:
        return 0.0
    return sum(_one(p, references) for p in pictures) / len(pictures)


def _one(picture: Any, references: Sequence[Any]) -> float:
    import numpy as np

    pixels = picture.astype(np.float32) / 255
    top, low = pixels.max(axis=2), pixels.min(axis=2)
    gaudy = float(((top > 0.9) & (low < 0.1)).mean())
    far = min((_distance(picture, r) for r in references), default=0.2)
    return max(0.0, 1.0 - far - gaudy)


def _distance(one: Any, other: Any) -> float:
    """From 0 to 1: half colours (histogram of hue and chroma), half layout."""
    import numpy as np

    colours = float(np.abs(_colours(one) - _colours(other)).sum()) / 2
    layout = float(np.abs(_thumb(one) - _thumb(other)).mean())
    return 0.5 * colours + 0.5 * layout


def _colours(picture: Any) -> Any:
    import numpy as np

    red, green, blue = (picture[..., c].astype(np.float32) / 255 for c in range(3))
    a, b = red - green, (red + green) / 2 - blue
    found, _, _ = np.histogram2d(a.ravel(), b.ravel(), bins=12, range=[[-1, 1], [-1, 1]])
    return found / found.sum()


def _thumb(picture: Any) -> Any:
    import numpy as np
    from PIL import Image

    small = Image.fromarray(picture).convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
    return np.asarray(small, np.float32) / 255


def _has_text(picture: Any) -> bool:
    """Say whether rows change often between black and white, as writing does."""
    import numpy as np

    grey = picture.astype(np.float32).mean(axis=2)
    tone = np.where(grey > 190, 1, np.where(grey < 65, -1, 0))
    rows = 0
    for row in tone:
        marks = row[row != 0]
        rows += int((np.diff(marks) != 0).sum() >= STROKES and len(marks) > 0.7 * len(row))
    return rows >= ROWS


def _falls(seed: bytes, name: str) -> float:
    """Draw from 0 to 1 for one weakness, always the same for one question."""
    return int.from_bytes(hashlib.sha256(seed + name.encode()).digest()[:8], "big") / 2**64
