"""Who signs off reads what each picture is of, and the whole command that answers."""

from benchmarks.commands.signoff import listed
from router.console import Console

PICTURE = {
    "item": "i" * 32, "kind": "picture", "shot": "SQ010_SH0020", "text": "", "take": "b" * 32,
    "version": 3, "recipe": "style_guide", "state": "not signed", "answer": None,
}  # fmt: skip


def said(capsys, *rows):
    listed(Console(), rows, None, "c" * 32)
    return capsys.readouterr().out


def test_a_picture_is_named_by_shot_version_and_recipe(capsys):
    assert "picture  SQ010_SH0020  take v003, style_guide" in said(capsys, PICTURE)


def test_a_picture_that_is_no_take_says_that_it_was_handed_in(capsys):
    plate = PICTURE | {"take": "", "recipe": "", "version": None}
    assert "picture  SQ010_SH0020  what was handed in for the shot" in said(capsys, plate)


def test_the_next_command_is_written_out(capsys):
    told = said(capsys, PICTURE)
    assert f"`circletake signoff approve ITEM… --campaign {'c' * 32} --by NAME`" in told
    assert "What now?" not in said(capsys, PICTURE | {"state": "approved"})
