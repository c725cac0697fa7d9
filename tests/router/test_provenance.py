"""A copy says where it came from; what was done to it since is told apart."""

import json
import stat
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from router.commands import provenance as commands
from router.console import Console
from router.domain.errors import BadInput, Conflict, UnknownName
from router.domain.media import MediaRef
from router.domain.take import Source, Take
from router.provenance import asking, claim, content, exr, keys, sidecar, telling
from router.provenance.asking import Archive
from router.provenance.claim import Circled, Claim, History, Part, Relation
from router.provenance.manifest import COMPOSITE, GENERATED, definition, source_type
from router.provenance.standing import Standing

NOW = datetime.now(UTC)  # a validator goes by the machine's own clock
SECRET = b"k" * 32


def drawn(path, seed=1, size=(192, 320)):
    random = np.random.default_rng(seed)
    rough = random.integers(0, 255, (9, 16, 3), dtype=np.uint8)
    cv2.imwrite(str(path), cv2.resize(rough, size[::-1], interpolation=cv2.INTER_CUBIC))
    return path


def claimed(**other):
    said = {
        "partner": "lantern",
        "campaign": "c1",
        "shot": "SQ010_SH0010",
        "take": "t1",
        "recipe": "init_image",
        "history": History.GENERATED,
        "simulated": True,
        "made_by": "simulated model (Emulated A); no real model was asked",
        "model_id": "",
        "operation": "image_to_image",
        "region": "",
        "seed": 7,
        "prompt_hmac": claim.prompt_mac(SECRET, "a lamp in the fog"),
        "params_sha256": "0" * 64,
        "request": "r1",
        "provider_request": "",
        "content_sha256": "1" * 64,
        "made_at": "2026-11-21T10:00:00Z",
        "signed_at": "2026-11-21T11:00:00Z",
        "circled": Circled(by="Ines", role="director", at="2026-11-21T10:30:00Z"),
    }
    return Claim(**said | other)


def signed(root, source, said=None, parts=(), mime="image/png", name="copy.png"):
    key = key_of(root)
    target = root / name
    body = definition(said or claimed(), parts, mime, "0.1.0")
    content.stamp(source, target, mime, body, parts, key)
    return target


def key_of(root, partner="lantern"):
    try:
        return keys.load(root, partner)
    except UnknownName:
        return keys.new_test_chain(root, partner, NOW)


def archive(*files):
    takes = tuple(
        Take(
            partner="lantern", id=f"t{n}", request=f"r{n}", attempt="", account="c1", model="m",
            operation="image_to_image", prompt="", seed=1, source=Source.GENERATED, simulated=True,
            cost_musd=0, latency_s=0.0, created_at=NOW,
            media=MediaRef(sha256=sidecar.sha256_of_file(f), mime="image/png", size=1),
        )
        for n, f in enumerate(files)
    )  # fmt: skip
    where = {t.media.sha256: f for t, f in zip(takes, files, strict=True)}
    return Archive(takes=takes, path_of=lambda take: where[take.media.sha256])


def judged(path, root, *files):
    return asking.verify(path, keys.anchors(root), archive(*files), NOW)


def test_a_signed_copy_is_trusted_here_and_says_what_it_is(tmp_path):
    copy = signed(tmp_path, drawn(tmp_path / "a.png"))
    found = judged(copy, tmp_path)
    assert (found.standing, found.is_good) == (Standing.TRUSTED, True)
    assert found.signature.claim == claimed()
    assert [s.source_type for s in found.signature.steps] == ["trainedAlgorithmicMedia"]
    assert found.signature.mining_allowed is False
    text = "\n".join(telling.told(found))
    assert "SIMULATED" in text
    assert "circled      by Ines, director" in text
    assert "no public trust list was looked up" in text


def test_what_was_sent_to_be_signed_stays_as_it_was(tmp_path):
    source = drawn(tmp_path / "a.png")
    before = source.read_bytes()
    copy = signed(tmp_path, source)
    assert source.read_bytes() == before
    assert np.array_equal(cv2.imread(str(copy)), cv2.imread(str(source)))


def test_another_home_finds_the_copy_whole_and_its_signer_unknown(tmp_path):
    copy = signed(tmp_path, drawn(tmp_path / "a.png"))
    found = asking.verify(copy, b"", Archive(), NOW)
    assert (found.standing, found.is_good) == (Standing.UNTRUSTED, False)
    assert found.signature.problems == ("signingCredential.untrusted",)


@pytest.mark.parametrize("place", [0.3, 0.6, 0.95])
def test_one_flipped_bit_is_a_change(tmp_path, place):
    copy = signed(tmp_path, drawn(tmp_path / "a.png"))
    data = bytearray(copy.read_bytes())
    data[int(len(data) * place)] ^= 1
    copy.write_bytes(bytes(data))
    assert judged(copy, tmp_path).standing is Standing.CHANGED


def test_a_signature_that_was_moved_to_another_picture_is_a_change(tmp_path):
    other = drawn(tmp_path / "b.png", seed=2).read_bytes()
    copy = signed(tmp_path, drawn(tmp_path / "a.png"))
    data = copy.read_bytes()
    at = data.index(b"caBX") - 4
    chunk = data[at : at + 12 + int.from_bytes(data[at : at + 4], "big")]
    copy.write_bytes(other[:33] + chunk + other[33:])
    assert judged(copy, tmp_path).standing is Standing.CHANGED


def test_a_copy_that_was_cut_off_is_no_unsigned_one(tmp_path):
    copy = signed(tmp_path, drawn(tmp_path / "a.png"))
    copy.write_bytes(copy.read_bytes()[:6000])
    found = judged(copy, tmp_path)
    assert found.standing is Standing.CHANGED
    assert found.signature.problems == ("manifest.unreadable",)


def test_a_take_as_it_is_kept_is_known_by_its_bytes(tmp_path):
    source = drawn(tmp_path / "a.png")
    found = judged(source, tmp_path, drawn(tmp_path / "b.png", seed=2), source)
    assert (found.standing, found.match.take) == (Standing.ORIGINAL, "t1")


def test_what_a_control_gives_back_was_handed_in_and_is_no_take_of_a_model(tmp_path):
    plate = drawn(tmp_path / "front.png")
    kept = archive(plate)
    paid = kept.takes[0]
    given = replace(paid, id="t9", source=Source.CONTROL, operation="do_nothing")
    known = replace(kept, takes=(paid, given))
    found = asking.verify(plate, b"", known, NOW)
    assert (found.standing, found.match.take) == (Standing.HANDED_IN, "t9")
    assert found.is_good
    assert telling.told(found)[0].startswith("HANDED IN: unsigned")


def listed(folder, proxy, source, **said):
    row = {
        "take": "t0",
        "of": sidecar.sha256_of_file(source),
        "sha256": sidecar.sha256_of_file(proxy),
    }
    told = {"schema": "review/1", "files": {proxy.name: row | said}}
    (folder / "review.json").write_text(json.dumps(told))


def test_a_review_proxy_is_called_one_and_nobody_says_that_it_was_signed(tmp_path):
    take, proxy = drawn(tmp_path / "a.png"), tmp_path / "a_review.png"
    cv2.imwrite(str(proxy), np.pad(cv2.imread(str(take)), ((0, 9), (0, 0), (0, 0))))
    listed(tmp_path, proxy, take)
    found = judged(proxy, tmp_path, take)
    assert (found.standing, found.match.take) == (Standing.PROXY, "t0")
    assert not found.is_good  # a list beside a file is no proof
    assert "signature is gone" not in "\n".join(telling.told(found))


@pytest.mark.parametrize("said", [{"sha256": "0" * 64}, {"of": "0" * 64}, {"take": None}])
def test_a_list_that_does_not_fit_the_file_or_the_home_says_nothing(tmp_path, said):
    take, proxy = drawn(tmp_path / "a.png"), tmp_path / "a_review.png"
    cv2.imwrite(str(proxy), 255 - cv2.imread(str(take)))
    listed(tmp_path, proxy, take, **said)
    assert judged(proxy, tmp_path, take).standing is not Standing.PROXY


def test_a_stripped_copy_is_known_by_its_pixels(tmp_path):
    source = drawn(tmp_path / "a.png")
    saved = tmp_path / "saved.png"
    pixels = cv2.imread(str(signed(tmp_path, source)))
    cv2.imwrite(str(saved), pixels, [cv2.IMWRITE_PNG_COMPRESSION, 9])
    found = judged(saved, tmp_path, drawn(tmp_path / "b.png", seed=2), source)
    assert (found.standing, found.match.take, found.is_good) == (Standing.STRIPPED, "t1", False)


@pytest.mark.parametrize("quality", [40, 90])
def test_a_re_encoded_and_scaled_copy_is_known_by_its_looks_which_is_said(tmp_path, quality):
    source = drawn(tmp_path / "a.png")
    saved = tmp_path / "saved.jpg"
    pixels = cv2.resize(cv2.imread(str(source)), (240, 144), interpolation=cv2.INTER_AREA)
    cv2.imwrite(str(saved), pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
    found = judged(saved, tmp_path, drawn(tmp_path / "b.png", seed=2), source)
    assert (found.standing, found.match.take) == (Standing.RE_ENCODED, "t1")
    told = "\n".join(telling.told(found))
    assert "a likeness is no proof" in told
    assert "altered" not in told


def test_a_part_that_was_painted_over_is_more_than_re_encoding(tmp_path):
    source = drawn(tmp_path / "a.png")
    pixels = cv2.imread(str(source))
    pixels[60:90, 100:140] = 255 - pixels[60:90, 100:140]
    saved = tmp_path / "saved.png"
    cv2.imwrite(str(saved), pixels)
    found = judged(saved, tmp_path, source)
    assert found.standing is Standing.RE_ENCODED
    assert "more than re-encoding does" in "\n".join(telling.told(found))


def test_of_a_picture_that_is_nobodys_nothing_is_known(tmp_path):
    found = judged(drawn(tmp_path / "b.png", seed=2), tmp_path, drawn(tmp_path / "a.png"))
    assert (found.standing, found.match) == (Standing.UNKNOWN, None)


def test_flat_pictures_of_different_colours_look_like_nothing(tmp_path):
    for name, level in (("a.png", 30), ("b.png", 200)):
        cv2.imwrite(str(tmp_path / name), np.full((90, 160, 3), level, np.uint8))
    assert judged(tmp_path / "a.png", tmp_path, tmp_path / "b.png").standing is Standing.UNKNOWN


def test_an_edit_opens_its_plate_and_keeps_the_plates_own_credential(tmp_path):
    plate = signed(tmp_path, drawn(tmp_path / "a.png"), name="plate.png")
    parts = (
        Part(relation=Relation.PARENT, title="plate", mime="image/png", path=plate),
        Part(
            relation=Relation.INPUT, title="mask", mime="image/png", path=drawn(tmp_path / "m.png")
        ),
    )
    edit = claimed(history=History.EDITED, operation="inpaint", take="t2")
    copy = signed(tmp_path, drawn(tmp_path / "b.png", seed=3), edit, parts)
    found = judged(copy, tmp_path).signature
    assert [(s.action, s.source_type) for s in found.steps] == [
        ("c2pa.opened", ""),
        ("c2pa.edited", "compositeWithTrainedAlgorithmicMedia"),
    ]
    assert [(p.title, p.relation, p.signed) for p in found.parts] == [
        ("plate", "parentOf", True),
        ("mask", "inputTo", False),
    ]


def test_no_picture_of_a_reference_leaks_into_a_copy(tmp_path):
    """A copy grows by words and hashes: were a thumbnail in it, it would hold a second JPEG."""
    reference = drawn(tmp_path / "ref.png", seed=9, size=(1080, 1920))
    part = Part(relation=Relation.INPUT, title="reference", mime="image/png", path=reference)
    source = drawn(tmp_path / "a.png")
    copy = signed(tmp_path, source, parts=(part,))
    assert copy.stat().st_size - source.stat().st_size < 8_000
    assert b"thumbnail" not in copy.read_bytes()


def test_neither_prompt_nor_vendor_is_in_a_simulated_copy(tmp_path):
    copy = signed(tmp_path, drawn(tmp_path / "a.png")).read_bytes()
    assert b"lamp in the fog" not in copy
    assert b"no real model was asked" in copy


@pytest.mark.parametrize(
    ("history", "has_parent", "kind"),
    [
        (History.GENERATED, False, GENERATED),
        (History.EDITED, True, COMPOSITE),
        (History.FINISHED, True, COMPOSITE),
        (History.ELSEWHERE, True, None),
    ],
)
def test_each_history_has_its_own_word(history, has_parent, kind):
    assert source_type(history, has_parent=has_parent) == kind


def test_only_who_has_the_key_can_check_a_guess_at_a_prompt():
    said = claim.prompt_mac(SECRET, "red")
    assert said == claim.prompt_mac(SECRET, "red") != claim.prompt_mac(b"o" * 32, "red")
    assert claim.prompt_mac(SECRET, "") == ""


def test_a_key_lies_in_files_that_only_their_owner_reads(tmp_path):
    key_of(tmp_path)
    folder = tmp_path / "signing" / "lantern"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(p.stat().st_mode) for p in folder.iterdir()} == {0o600}
    assert "PRIVATE" not in repr(keys.load(tmp_path, "lantern"))


def test_a_key_is_never_replaced_unasked_and_a_missing_one_says_how_to_make_it(tmp_path):
    key_of(tmp_path)
    with pytest.raises(Conflict):
        keys.new_test_chain(tmp_path, "lantern", NOW)
    with pytest.raises(UnknownName, match="keys new"):
        keys.load(tmp_path, "neighbour")


def test_a_partners_own_key_must_fit_its_chain_and_be_in_force(tmp_path):
    ours, theirs = key_of(tmp_path / "a"), key_of(tmp_path / "b")
    for name, data in (
        ("k.pem", ours.key_pem), ("other.pem", theirs.key_pem), ("c.pem", ours.chain_pem),
    ):  # fmt: skip
        (tmp_path / name).write_bytes(data)
    adopt = (tmp_path / "home", "lantern")
    with pytest.raises(BadInput, match="another key"):
        keys.adopt(*adopt, tmp_path / "other.pem", tmp_path / "c.pem", NOW)
    with pytest.raises(BadInput, match="ended on"):
        keys.adopt(*adopt, tmp_path / "k.pem", tmp_path / "c.pem", NOW + timedelta(days=9000))
    kept = keys.adopt(*adopt, tmp_path / "k.pem", tmp_path / "c.pem", NOW)
    assert (kept.origin, kept.algorithm) == ("own", "ed25519")
    assert "trust list" in kept.note


def test_nothing_is_signed_with_a_certificate_that_has_ended(tmp_path):
    key_of(tmp_path)
    assert keys.ready(tmp_path, "lantern", NOW).origin == "test"
    with pytest.raises(BadInput, match="ended on"):
        keys.ready(tmp_path, "lantern", NOW + timedelta(days=9000))


def test_what_was_signed_while_a_certificate_was_in_force_is_whole_after_it(tmp_path):
    source = drawn(tmp_path / "a.png")
    sidecar.write(source, claimed(), (), key_of(tmp_path))
    later = sidecar.read(source, keys.anchors(tmp_path), NOW + timedelta(days=9000))
    assert (later.whole, later.trusted) == (True, False)
    assert later.problems == ("signingCredential.expired",)


@pytest.mark.parametrize(("suffix", "mime"), [("jpg", "image/jpeg"), ("mp4", "video/mp4")])
def test_photographs_and_clips_are_signed_and_a_flipped_bit_is_seen(tmp_path, suffix, mime):
    source = drawn(tmp_path / f"a.{suffix}") if suffix == "jpg" else a_clip(tmp_path / "a.mp4")
    copy = signed(tmp_path, source, mime=mime, name=f"copy.{suffix}")
    assert judged(copy, tmp_path).standing is Standing.TRUSTED
    data = bytearray(copy.read_bytes())
    data[-300] ^= 1
    copy.write_bytes(bytes(data))
    assert judged(copy, tmp_path).standing is Standing.CHANGED


def a_clip(path):
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for number in range(12):
            pixels = cv2.resize(
                np.random.default_rng(number).integers(0, 255, (6, 10, 3), dtype=np.uint8),
                (160, 96),
            )
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode())
    return path


def a_half_float_exr(path):
    import OpenImageIO as oiio  # noqa: N813 - the name that its own manual uses

    spec = oiio.ImageSpec(64, 36, 3, oiio.HALF)
    spec.attribute("compression", "zip")
    writer = oiio.ImageOutput.create(str(path))
    writer.open(str(path), spec)
    writer.write_image(np.random.default_rng(4).random((36, 64, 3)).astype(np.float32))
    writer.close()
    return path


def pixels_of(path):
    import OpenImageIO as oiio  # noqa: N813 - the name that its own manual uses

    reader = oiio.ImageInput.open(str(path))
    return reader.read_image(0, 0, 0, 3, oiio.HALF), str(reader.spec().format)


@pytest.mark.slow
def test_an_exr_says_it_in_its_header_and_is_signed_beside_itself(tmp_path):
    source, copy = a_half_float_exr(tmp_path / "a.exr"), tmp_path / "copy.exr"
    exr.mark(source, copy, {"take": "t1", "made_by": "simulated model (Emulated A)"})
    sidecar.write(copy, claimed(history=History.FINISHED), (), key_of(tmp_path))
    assert exr.marks(copy) == {
        "genai.take": "t1",
        "genai.made_by": "simulated model (Emulated A)",
    }
    (before, kind), (after, same) = pixels_of(source), pixels_of(copy)
    assert np.array_equal(before, after)
    assert kind == same == "half"
    assert judged(copy, tmp_path).standing is Standing.TRUSTED
    assert asking.verify(copy, b"", Archive(), NOW).standing is Standing.UNTRUSTED
    data = bytearray(copy.read_bytes())
    data[-10] ^= 1
    copy.write_bytes(bytes(data))
    assert judged(copy, tmp_path).standing is Standing.CHANGED


def test_words_of_a_sidecar_that_were_changed_are_a_change(tmp_path):
    source = drawn(tmp_path / "a.png")
    where = sidecar.write(source, claimed(), (), key_of(tmp_path))
    envelope = json.loads(where.read_bytes())
    from base64 import b64decode, b64encode

    body = b64decode(envelope["payload"]).replace(b"Ines", b"Ada!")
    where.write_text(json.dumps(envelope | {"payload": b64encode(body).decode()}))
    assert judged(source, tmp_path).standing is Standing.CHANGED


def test_a_signer_issues_nothing_under_its_own_name(tmp_path):
    """A leaf that signs another leaf is no authority, though every signature in the chain holds."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    key = key_of(tmp_path)
    leaf = keys.chain_of(key.chain_pem)[0]
    rogue = keys._certificate(
        keys._name("rogue", "rogue"), leaf.subject, Ed25519PrivateKey.generate(),
        load_pem_private_key(key.key_pem, None), NOW, is_root=False,
    )  # fmt: skip
    assert not keys.is_anchored([rogue, *keys.chain_of(key.chain_pem)], keys.anchors(tmp_path))
    assert keys.is_anchored(keys.chain_of(key.chain_pem), keys.anchors(tmp_path))


@pytest.mark.parametrize("text", ["{", "[]", '{"payloadType": 1}', "[" * 100_000])
def test_what_lies_beside_a_file_and_is_no_signature_is_refused(tmp_path, text):
    source = drawn(tmp_path / "a.png")
    sidecar.beside(source).write_text(text)
    with pytest.raises(BadInput, match="envelope"):
        judged(source, tmp_path)


@pytest.mark.parametrize(
    "data", [b"\x76\x2f\x31\x01" + b"\0" * 200, b"\x76\x2f\x31\x01"], ids=["zeros", "short"]
)
@pytest.mark.slow
def test_a_damaged_exr_is_refused_and_ends_nobody(tmp_path, data):
    (tmp_path / "bad.exr").write_bytes(data)
    with pytest.raises(BadInput, match="whole OpenEXR"):
        exr.mark(tmp_path / "bad.exr", tmp_path / "copy.exr", {"take": "t1"})


def run(home, *words):
    app = typer.Typer()
    commands.register(app)
    return CliRunner().invoke(app, list(words), obj=Console(home=home, json=True))


def test_the_command_says_it_all_in_a_home_without_records(tmp_path):
    home = tmp_path / "home"
    home.mkdir()
    copy = signed(home, drawn(tmp_path / "a.png"))
    shown = run(home, "provenance", "show", str(copy))
    assert json.loads(shown.stdout)["signature"]["claim"]["take"] == "t1"
    verified = run(home, "provenance", "verify", str(copy))
    assert (verified.exit_code, json.loads(verified.stdout)["standing"]) == (0, "trusted")
    plain = run(home, "provenance", "show", str(drawn(tmp_path / "plain.png")))
    assert (plain.exit_code, json.loads(plain.stdout)["signature"]) == (1, None)
    gone = run(home, "provenance", "verify", str(tmp_path / "plain.png"))
    assert (gone.exit_code, json.loads(gone.stdout)["standing"]) == (1, "nothing_known")
    assert not (home / "circletake.db").exists()
    assert date.fromisoformat(json.loads(run(home, "provenance", "keys", "list").stdout)["keys"][0]
        ["ends_at"]) > NOW.date()  # fmt: skip


def test_nothing_that_is_no_picture_is_looked_into(tmp_path):
    path = Path(tmp_path / "a.txt")
    path.write_text("hello")
    assert run(tmp_path, "provenance", "show", str(path)).exit_code != 0
