"""A pack is checked in one go, and every mistake says where it is and what would be right."""

import os
from datetime import date

import pytest

from benchmarks.domain.cut import CutClip
from benchmarks.domain.unwritten import is_unwritten
from benchmarks.editorial.recut import Place
from benchmarks.editorial.shots import entry
from benchmarks.packs.check import check
from benchmarks.testing.pack import GOOD, good_pack, png, write

TODAY = date(2026, 11, 21)


def codes(root, today=TODAY, **options):
    return {(m.field, m.code) for m in check(root, today=today, **options).errors}


def changed(tmp_path, *pairs):
    text = GOOD
    for old, new in pairs:
        assert old in text
        text = text.replace(old, new)
    return good_pack(tmp_path, text)


def test_a_good_pack_has_no_mistakes_and_becomes_nouns(tmp_path):
    checked = check(good_pack(tmp_path), today=TODAY)
    assert checked.ok
    assert [m.code for m in checked.warnings] == ["unsealed"]
    pack = checked.pack
    assert (pack.partner, pack.code, pack.fps, pack.raster) == (
        "test_studio", "TEST01", 24.0, (1344, 768),
    )  # fmt: skip
    assert not pack.sealed
    assert pack.character("kite").kind == "object"
    assert pack.character("ana").costumes[0].references == ("refs/ana/coat.png",)
    assert pack.shots[0].acceptance[1].must  # a line is a demand unless it says otherwise
    assert pack.shots[1].input("matte").path == tmp_path.resolve() / "plates/wire_matte.png"
    assert pack.shots[2].cut_frames == 120  # both ends belong to the cut
    assert pack.shots[2].inputs[0].path.name == "kite.1001.png"


def test_a_shot_has_its_own_handles_else_those_of_the_delivery(tmp_path):
    timing = "timing: {cut_in: 1009, cut_out: 1128}"
    bare, held, own = tmp_path / "bare", tmp_path / "held", tmp_path / "own"
    review = ("master: png8}", "master: png8, handles: 8}")
    head = (timing, "timing: {cut_in: 1009, cut_out: 1128, head_handle: 12}")
    for root, pairs in ((bare, ()), (held, (review,)), (own, (review, head))):
        root.mkdir()
        checked = check(changed(root, *pairs), today=TODAY)
        assert checked.ok, checked.errors
        shot = checked.pack.shots[2]
        wanted = {bare: (0, 0), held: (8, 8), own: (12, 8)}[root]
        assert shot.handles == wanted
        assert shot.used_frames == 120 + sum(wanted)
        assert checked.pack.shots[0].handles == (0, 0)  # no cut, nothing around it


def test_all_mistakes_are_told_at_once_with_field_line_and_words(tmp_path):
    root = changed(
        tmp_path,
        ("kind: person", "kind: persn"),
        ("title: The Kite", "title: 1917"),
        ("task: erase", "task: erase\n    taske: 3"),
        ("  owner: Test Studio\n", ""),
        ("plates/wire.png", "../wire.png"),
    )
    errors = {m.field: m for m in check(root, today=TODAY).errors}
    assert set(errors) == {
        "characters[0].kind", "production.title", "shots[1].taske", "rights.owner",
        "shots[1].inputs[0].path",
    }  # fmt: skip
    kind = errors["characters[0].kind"]
    assert kind.expected == "person? one of: person, creature, object, drawn"
    lines = (root / "shotpack.yaml").read_text().splitlines()
    assert "persn" in lines[kind.line - 1]
    assert errors["production.title"].expected == "text (put it in quotes)"
    assert errors["rights.owner"].code == "missing"


@pytest.mark.parametrize(
    ("old", "new", "field", "code"),
    [
        ("fps: '24'", "fps: 26", "production.fps", "choice"),
        ("retention_days: 90", "retention_days: 900", "rights.retention_days", "range"),
        ("training: not_allowed", "training: allowed", "rights.training", "choice"),
        ("granted_on: 2026-01-01", "granted_on: 2026-02-30", "consents[0].granted_on", "form"),
        ("id: SQ010_SH0010", "id: sq010", "shots[0].id", "form"),
        ("criterion: It is Ana", "criterion: Ana", "shots[0].acceptance[0].criterion", "too_short"),
        ("code: TEST01", "code: TEST01 # x\n  codes: 1", "production.codes", "unknown_field"),
        ("inputs_cleared: true", "inputs_cleared: false", "rights.inputs_cleared", "not_cleared"),
        ("tier: ideation", "tier: final_background", "rights.approvals", "approval_missing"),
        ("tier: ideation", "tier: final_story_or_likeness\n  approvals: [{who: A, what: all of it, "
         "date: 2099-01-01, evidence_sha256: '" + "d" * 64 + "'}]", "rights.approvals",
         "approval_missing"),
        ("shot: SH0010", "shot: SH0011", "shots[0].id", "shot_id"),
        ("location: hill", "location: hell", "shots[0].location", "unknown_reference"),
        ("props: [kite]\n    camera: {framing: MS", "props: [kit]\n    camera: {framing: MS",
         "shots[0].props[0]", "unknown_reference"),
        ("lighting_group: dusk", "lighting_group: dawn",
         "shots[0].continuity.lighting_group", "unknown_reference"),
        ("same_costume_as: [SQ010_SH0020]", "same_costume_as: [SQ010_SH0010]",
         "shots[0].continuity.same_costume_as[0]", "unknown_reference"),
        ("portrayed_by: ana_player", "portrayed_by: bob", "characters[0].portrayed_by",
         "unknown_reference"),
        ("- {id: kite,", "- {id: ana,", "props[0].id", "duplicate_id"),
        ("{character: ana, wardrobe: green_coat}]\n    camera: {framing: WS}",
         "{character: ana, wardrobe: raincoat}]\n    camera: {framing: WS}",
         "shots[0].continuity.same_costume_as[0]", "costume_differs"),
        ("functional_type: matte", "functional_type: x.style", "shots[1].inputs", "task_needs"),
        ("    timing: {cut_in: 1009, cut_out: 1128}\n", "", "shots[2].timing", "task_needs"),
        ("cut_out: 1128", "cut_out: 1008", "shots[2].timing.cut_out", "range"),
        ("task: erase", "task: relight_colour_match", "shots[1].inputs", "task_needs"),
        ("task: erase", "task: style_transfer", "shots[1].inputs", "task_needs"),
        ("{path: editorial/cut.edl, functional_type: edit}",
         "{path: plates/wire.png, functional_type: x.plate}",
         "production.editorial.functional_type", "functional_type"),
        ("functional_type: x.turnaround", "functional_type: cdl",
         "characters[0].references[0].path", "functional_type"),
        ("[1001, 1003]", "[1003, 1001]", "shots[2].inputs[0].frame_range", "frame_range"),
        (", frame_range: [1001, 1003]", "", "shots[2].inputs[0].frame_range", "frame_range"),
        ("refs/kite.png", "refs/kite2.png", "props[0].references[0].path", "missing_file"),
        ("refs/kite.png", "refs/k%2e.png", "props[0].references[0].path", "path"),
        ("basis: self", "basis: guardian\n    minors: 1", "consents[0].minors", "unknown_field"),
    ],
)  # fmt: skip
def test_each_kind_of_mistake_is_found_in_its_place(tmp_path, old, new, field, code):
    assert (field, code) in codes(changed(tmp_path, (old, new)))


def test_approvals_credits_and_notices_are_read_as_they_are_written(tmp_path):
    paper = "evidence_sha256: '" + "d" * 64 + "'"
    root = changed(
        tmp_path,
        (
            "tier: ideation",
            "tier: final_story_or_likeness\n"
            f"  approvals: [{{who: Ada, what: Ana, date: 2026-02-01, covers: [ana], {paper}}}]\n"
            "  artist_credits: [{name: Jo, contribution: coat design, compensated: true}]",
        ),
        (
            "    portrayed_by: ana_player\n",
            f"    synthetic_notice: {{to: the union, date: 2026-03-01, {paper}}}\n",
        ),
    )
    pack = check(root, today=TODAY).pack
    assert [(a.who, a.on.isoformat(), a.covers) for a in pack.approvals] == [
        ("Ada", "2026-02-01", ("ana",))
    ]
    assert [(c.name, c.contribution, c.compensated) for c in pack.credits] == [
        ("Jo", "coat design", True)
    ]
    assert pack.fictional == ("nobody",)
    assert [(who, on.isoformat()) for who, on in pack.notices] == [("ana", "2026-03-01")]


def test_missing_frames_of_a_sequence_are_named(tmp_path):
    root = good_pack(tmp_path)
    (root / "plates/kite.1002.png").unlink()
    (mistake,) = check(root, today=TODAY).errors
    assert (mistake.code, mistake.found) == (
        "missing_frames",
        "1 of 3 frames missing: kite.1002.png",
    )


def test_a_matte_must_lie_on_its_plate_pixel_by_pixel(tmp_path):
    root = good_pack(tmp_path)
    write(root / "plates/wire_matte.png", png(32, 18))
    assert codes(root) == {("shots[1].inputs[1].path", "raster")}


def test_content_that_is_not_what_the_suffix_says_is_refused(tmp_path):
    root = good_pack(tmp_path)
    write(root / "refs/kite.png", b"<svg onload=alert(1)>")
    assert codes(root) == {("props[0].references[0].path", "wrong_content")}


def test_a_picture_bomb_is_refused_by_its_header(tmp_path):
    root = good_pack(tmp_path)
    header = png(1, 1)[:16] + (65000).to_bytes(4, "big") * 2
    write(root / "refs/kite.png", header + png(1, 1)[24:])
    assert codes(root) == {("props[0].references[0].path", "too_large")}


def test_a_link_cannot_lead_out_of_the_pack(tmp_path):
    root = good_pack(tmp_path / "pack")
    write(tmp_path / "secret.png", png(8, 8))
    (root / "refs/kite.png").unlink()
    (root / "refs/kite.png").symlink_to(tmp_path / "secret.png")
    assert codes(root) == {("props[0].references[0].path", "path")}


def test_what_is_no_plain_file_is_never_opened(tmp_path):
    root = good_pack(tmp_path)
    (root / "refs/kite.png").unlink()
    os.mkfifo(root / "refs/kite.png")
    (root / "refs/dusk.png").unlink()
    (root / "refs/dusk.png").symlink_to("dusk.png")
    assert {code for _, code in codes(root)} == {"unreadable"}


def test_a_person_needs_a_consent_in_force_that_covers_the_use(tmp_path):
    root = good_pack(tmp_path)
    assert ("consents[0].expires_on", "consent_expired") in codes(root, date(2030, 1, 2))
    assert ("consents[0].granted_on", "consent_not_yet") in codes(root, date(2025, 12, 31))
    assert codes(root, date(2030, 1, 1)) == set()  # the last day is in force
    still_only = changed(
        tmp_path,
        ("still_image, moving_image]", "still_image]"),
        ("props: [kite]\n    camera: {framing: W",
         "characters: [{character: ana}]\n    camera: {framing: W"),
    )  # fmt: skip
    assert codes(still_only) == {("shots[2].characters[0].character", "consent_scope")}
    nobody_asked = changed(tmp_path, ("participant: ana_player", "participant: nobody"))
    assert {code for _, code in codes(nobody_asked)} == {"consent_missing"}
    invented = changed(
        tmp_path,
        ("participant: ana_player", "participant: nobody"),
        ("id: ana_player, kind: performer", "id: ana_player, kind: fictional_only"),
    )
    assert codes(invented) == set()


def test_a_minor_needs_a_guardian(tmp_path):
    minor = ("kind: performer,", "kind: performer, minor: true,")
    assert codes(changed(tmp_path, minor)) == {("consents[0].basis", "guardian")}
    assert codes(changed(tmp_path, minor, ("basis: self", "basis: guardian"))) == set()


def test_a_consent_that_ends_soon_is_a_warning(tmp_path):
    checked = check(good_pack(tmp_path), today=date(2029, 12, 20))
    assert checked.ok
    assert [m.code for m in checked.warnings] == ["consent_ends_soon", "unsealed"][::-1]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ('"Ana Lindqvi\\u0455t"', "confusable"),  # a Cyrillic dze for an s
        ('"Ana\\u202eanA"', "unseen_character"),
        ('"Ana\\u200d"', "unseen_character"),
        ('"Ana\\0"', "unseen_character"),
        ('"A\\u0301na"', "not_nfc"),
        ("'Ána Ибрагимова 安娜'", None),
    ],
)
def test_names_are_what_they_look_like(tmp_path, name, code):
    found = codes(changed(tmp_path, ("Ana Lindqvist", name)))
    assert found == ({("production.contacts[0].name", code)} if code else set())


def test_a_line_may_only_ask_for_a_metric_that_exists(tmp_path):
    root = good_pack(tmp_path)
    assert codes(root, metrics=("id_ref",)) == set()
    (mistake,) = check(root, today=TODAY, metrics=("id_reference",)).errors
    assert (mistake.field, mistake.code) == ("shots[0].acceptance[0].metric", "unknown_metric")
    assert mistake.expected.startswith("id_reference?")


@pytest.mark.parametrize(
    "content",
    [b"", b"- 1\n- 2\n", b"just text", b"\xff\xfe\x00", b"a: &x [1]\nb: *x\n",
     b"a: !!python/none\n", b"a: 1\na: 2\n", b"[" * 5000, b"x" * 9_000_000, b"shots: {"],
)  # fmt: skip
def test_a_file_that_is_no_pack_is_a_mistake_and_no_traceback(tmp_path, content):
    write(tmp_path / "shotpack.yaml", content)
    checked = check(tmp_path, today=TODAY)
    assert not checked.ok
    assert checked.pack is None


def test_a_folder_that_is_no_pack_is_a_mistake(tmp_path):
    write(tmp_path / "file", b"x")
    (tmp_path / "empty").mkdir()
    found = [check(tmp_path / n, today=TODAY).errors[0].code for n in ("file", "none", "empty")]
    assert found == ["not_a_pack", "not_a_pack", "missing_file"]


@pytest.mark.parametrize(
    ("line", "is_asked"),
    [
        ("kind: artefact, must: true, metric: removal.left", True),
        ("kind: artefact, metric: removal.left", True),  # a demand unless it says otherwise
        ("kind: artefact, must: true", True),  # nothing passes it but a person
        ("kind: artefact, must: false, metric: removal.left", False),
        ("kind: artefact, must: true, metric: tech.blur", False),
        ("kind: technical, must: true", False),
    ],
)
def test_a_removal_that_doing_nothing_would_pass_is_noted(tmp_path, line, is_asked):
    root = changed(tmp_path, ("wire is left, kind: artefact, must: true", f"wire is left, {line}"))
    noted = {(m.field, m.code) for m in check(root, today=TODAY).warnings}
    assert (("shots[1].acceptance", "removal_not_asked") not in noted) == is_asked


def test_what_an_imported_cut_leaves_to_say_is_known_as_unwritten():
    clip = CutClip(number=1, name="SH010", track=1, used=(1009, 1032), record=0)
    spot = Place(used=(1009, 1032), handles=(8, 8))
    assert is_unwritten(entry("SQ010_SH0010", clip, spot, None)["description"])
    assert not is_unwritten("Ana stands on the hill.")
