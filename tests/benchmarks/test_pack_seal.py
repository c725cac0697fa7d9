"""Sealing writes hashes into the text, and after it nothing changes unseen."""

from datetime import date

from benchmarks.packs.check import check
from benchmarks.packs.seal import seal
from benchmarks.testing.pack import GOOD, good_pack, png, write
from router.domain.ids import sha256_of

TODAY = date(2026, 11, 21)


def without_hashes(text):
    kept = [line for line in text.splitlines() if not line.lstrip().startswith("sha256:")]
    return [line.split(", sha256:")[0] for line in kept]


def test_every_file_gets_its_hash_and_every_other_character_stays(tmp_path):
    root = good_pack(tmp_path)
    sealed = seal(root, today=TODAY)
    assert sealed.checked.ok
    assert not sealed.checked.warnings
    assert (sealed.filled, sealed.changed) == (8, 0)
    text = (root / "shotpack.yaml").read_text()
    old = [line.split(", functional_type")[0] for line in GOOD.splitlines()]
    new = without_hashes(text)
    assert [line.split(", functional_type")[0] for line in new] == old
    pack = sealed.checked.pack
    assert pack.sealed
    plate = pack.shots[1].input("x.plate")
    assert plate.sha256 == sha256_of(plate.path.read_bytes())


def test_a_second_seal_changes_nothing(tmp_path):
    root = good_pack(tmp_path)
    first = seal(root, today=TODAY)
    before = (root / "shotpack.yaml").read_bytes()
    again = seal(root, today=TODAY)
    assert (again.filled, again.changed) == (0, 0)
    assert (root / "shotpack.yaml").read_bytes() == before
    assert again.checked.pack.seal == first.checked.pack.seal


def test_a_changed_file_breaks_the_seal_until_somebody_seals_again(tmp_path):
    root = good_pack(tmp_path)
    first = seal(root, today=TODAY)
    write(root / "plates/kite.1002.png", png(64, 36, "another frame"))
    (mistake,) = check(root, today=TODAY).errors
    assert (mistake.field, mistake.code) == ("shots[2].inputs[0].sha256", "hash_mismatch")
    again = seal(root, today=TODAY)
    assert (again.filled, again.changed) == (0, 1)
    assert again.checked.ok
    assert again.checked.pack.seal != first.checked.pack.seal


def test_the_seal_names_what_the_pack_says_and_not_how_it_is_written(tmp_path):
    plain = seal(good_pack(tmp_path / "a"), today=TODAY).checked.pack.seal
    commented = good_pack(tmp_path / "b", GOOD + "# one more comment\n")
    assert seal(commented, today=TODAY).checked.pack.seal == plain
    reworded = good_pack(tmp_path / "c", GOOD.replace("The Kite", "The Kites"))
    assert seal(reworded, today=TODAY).checked.pack.seal != plain


def test_a_pack_with_mistakes_is_left_as_it_is(tmp_path):
    text = GOOD.replace("kind: person", "kind: persn")
    root = good_pack(tmp_path, text)
    sealed = seal(root, today=TODAY)
    assert [m.code for m in sealed.checked.errors] == ["choice"]
    assert (root / "shotpack.yaml").read_text() == text


def test_any_way_to_write_an_entry_can_be_sealed(tmp_path):
    odd = (
        GOOD.replace(
            "path: refs/ana/front.png   # the one that counts", "path: 'refs/ana/front.png'"
        )
        .replace("{path: refs/kite.png,", '{"path": "refs/kite.png" ,')
        .replace("- path: 'refs/ana", "- path: >-\n          'refs/ana")
        .replace("'refs/ana/front.png'", "refs/ana/front.png")
    )
    root = good_pack(tmp_path, odd)
    assert check(root, today=TODAY).ok
    assert seal(root, today=TODAY).checked.pack.sealed


def test_line_ends_and_byte_order_mark_of_a_windows_editor_stay(tmp_path):
    root = good_pack(tmp_path, "\ufeff" + GOOD.replace("\n", "\r\n"))
    assert seal(root, today=TODAY).checked.pack.sealed
    raw = (root / "shotpack.yaml").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf# A pack")
    assert raw.count(b"\n") == raw.count(b"\r\n")
