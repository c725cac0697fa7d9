"""A shot says who and what else a take of it has to show."""

from dataclasses import replace

from benchmarks.domain.pack import Appearance
from benchmarks.running.briefs import file_brief
from benchmarks.testing.doubles import FolderMedia, pack, taken_in
from evaluators.domain.character import Character, Kind


def test_the_rest_of_the_cast_and_the_props_come_with_their_pictures(tmp_path):
    rook = Character(
        id="rook", name="Rook", kind=Kind.CREATURE, description="", references=("plates/s.png",)
    )
    bell = Character(
        id="bell", name="Bell", kind=Kind.OBJECT, description="", references=("plates/k.png",)
    )
    plain = pack(tmp_path / "pack")
    media = FolderMedia(tmp_path / "media")
    files = taken_in(media, plain)
    peopled = replace(plain, characters=(*plain.characters, rook), props=(bell,))
    shot = replace(
        plain.shots[0],
        appearances=tuple(Appearance(character=c) for c in ("mara", "rook", "mara", "rook")),
        props=("bell",),
    )
    got = file_brief(0, tmp_path / "a.png", shot, peopled, files=files, place=media.path)
    assert got.character == "mara"
    (mate,) = got.cast
    assert (mate.character, mate.kind) == ("rook", Kind.CREATURE)
    sheet, prop = (plain.file(n).sha256 for n in ("plates/s.png", "plates/k.png"))
    assert [p.name for p in mate.refs] == [sheet]
    assert [p.name for p in got.props] == [prop]
    assert got.prop_of == ("bell",)
    alone = file_brief(0, tmp_path / "a.png", plain.shots[0], plain, files=files, place=media.path)
    assert (alone.cast, alone.props, alone.used) == ((), (), None)


def test_a_clip_has_to_hold_cut_and_handles_in_seconds_and_a_still_has_not(tmp_path):
    plain = pack(tmp_path / "pack")
    media = FolderMedia(tmp_path / "media")
    files = taken_in(media, plain)
    still, clip = plain.shots[0], next(s for s in plain.shots if s.task == "image_to_video")

    def asked(shot):
        return file_brief(0, tmp_path / "a.mp4", shot, plain, files=files, place=media.path).spec

    assert "least_seconds" not in asked(still)
    bare = replace(clip, cut_frames=96, handles=(0, 0))
    assert asked(bare)["least_seconds"] == 96 / plain.fps
    held = replace(bare, handles=(8, 4))
    assert asked(held)["least_seconds"] == 108 / plain.fps
    assert "least_seconds" not in asked(replace(held, cut_frames=None))
