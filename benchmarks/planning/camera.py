"""How a camera is said: in words of stills, of prose about motion, or of named camera concepts."""

from collections.abc import Mapping

from benchmarks.domain.pack import Shot

FRAMINGS = {
    "ECU": "extreme close-up",
    "CU": "close-up",
    "MCU": "medium close-up",
    "MS": "medium shot",
    "MWS": "medium wide shot",
    "WS": "wide shot",
    "EWS": "extreme wide shot",
    "OTS": "over the shoulder",
    "POV": "point of view",
    "INSERT": "insert",
    "TWO_SHOT": "two shot",
}
ANGLES = {
    "eye": "eye level",
    "low": "low angle",
    "high": "high angle",
    "dutch": "dutch angle",
    "overhead": "overhead view",
    "worms_eye": "worm's-eye view",
}
# What a move is called: as a named concept, and as a sentence about the camera.
MOVES: Mapping[str, tuple[str, str]] = {
    "static": ("static", "the camera does not move"),
    "pan": ("pan", "the camera pans"),
    "tilt": ("tilt", "the camera tilts"),
    "dolly_in": ("push in", "the camera pushes in"),
    "dolly_out": ("pull out", "the camera pulls out"),
    "truck": ("truck", "the camera trucks sideways"),
    "crane": ("crane", "the camera cranes"),
    "handheld": ("handheld", "the camera is handheld"),
    "steadicam": ("steadicam", "the camera floats along smoothly"),
    "zoom_in": ("zoom in", "the camera zooms in"),
    "zoom_out": ("zoom out", "the camera zooms out"),
    "orbit": ("orbit", "the camera orbits the subject"),
}


def said(shot: Shot, vocabulary: str) -> str:
    """Say a shot's camera in a model's vocabulary: still, moving or concepts.

    A still has no move; a concept is named bare, as its model was taught it.
    """
    words = [FRAMINGS.get(shot.framing, shot.framing)]
    if shot.angle:
        words.append(ANGLES.get(shot.angle, shot.angle))
    if shot.lens_mm:
        words.append(f"{shot.lens_mm:g} mm lens")
    concept, sentence = MOVES.get(shot.movement, (shot.movement, shot.movement))
    if vocabulary == "concepts":
        words.append(f"camera: {concept}")
    elif vocabulary == "moving":
        words.append(sentence)
    return f"{', '.join(words)}."
