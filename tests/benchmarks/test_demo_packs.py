"""The demonstration's packs: fictional, complete, and the same every time they are drawn."""

from datetime import date
from pathlib import Path

import cv2
import numpy as np
import pytest
import yaml

from benchmarks.demo.build import PARTNERS, build, partner_folder
from benchmarks.domain.unwritten import REMOVING
from benchmarks.packs.check import check
from benchmarks.packs.unfinished import LEFT
from evaluators.domain.brief import Brief
from evaluators.panel import judge
from evaluators.verdicts import decide
from router import catalog, partners
from router.domain.errors import UnknownName
from router.domain.ids import sha256_of

TODAY = date(2026, 11, 21)


@pytest.fixture(scope="module")
def roots(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo")
    return {partner: build(folder, partner) for partner in PARTNERS}


@pytest.mark.slow
@pytest.mark.parametrize("partner", PARTNERS)
class TestPack:
    def test_it_is_sealed_and_without_mistake_or_warning(self, roots, partner):
        checked = check(roots[partner], today=TODAY)
        assert checked.errors == ()
        assert checked.warnings == ()
        assert checked.pack.sealed
        assert checked.pack.partner == partner

    def test_it_stays_valid_until_the_findings_are_due(self, roots, partner):
        due = partners.load(partner_folder())[partner].window.findings_due
        assert check(roots[partner], today=due).ok

    def test_every_shot_has_three_lines_or_more_and_one_that_must_hold(self, roots, partner):
        for shot in check(roots[partner], today=TODAY).pack.shots:
            assert len(shot.acceptance) >= 3, shot.id
            assert any(line.must for line in shot.acceptance), shot.id

    def test_every_picture_has_something_to_see(self, roots, partner):
        for file in check(roots[partner], today=TODAY).pack.files:
            picture = cv2.imread(str(file.path))
            assert picture is not None, file.name
            assert picture.std() > 5, file.name

    def test_no_vendor_stands_in_it(self, roots, partner):
        text = (roots[partner] / "shotpack.yaml").read_text().casefold()
        config = (partner_folder() / f"{partner}.yaml").read_text().casefold()
        vendors = {m.provider.casefold() for m in catalog.load().values()} - {
            "circle take",
            "local",
        }
        real = set(partners.load(Path("partner_configs")))
        for word in vendors | real | {name.replace("_", " ") for name in real}:
            assert word not in text
            assert word not in config

    def test_its_partner_is_fictional_and_says_so(self, roots, partner):
        config = partners.load(partner_folder())[partner]
        assert config.illustrative
        assert "fictional" in config.display_name


@pytest.mark.slow
def test_a_second_build_is_the_same_to_the_last_bit(roots, tmp_path):
    for partner in PARTNERS:
        again = build(tmp_path, partner)
        for path in sorted(p for p in roots[partner].rglob("*") if p.is_file()):
            twin = again / path.relative_to(roots[partner])
            assert sha256_of(twin.read_bytes()) == sha256_of(path.read_bytes()), path.name


@pytest.mark.slow
def test_the_invented_consent_says_what_it_is(roots):
    root = roots["northlight_pictures"]
    evidence = (root / "consent/demo_performer.txt").read_bytes()
    pack = yaml.safe_load((root / "shotpack.yaml").read_text())
    assert pack["consents"][0]["evidence_sha256"] == sha256_of(evidence)
    assert b"NOT A CONSENT OF A REAL PERSON" in evidence


@pytest.mark.slow
@pytest.mark.parametrize("partner", PARTNERS)
def test_the_matte_of_a_clean_up_is_hard_and_small(roots, partner):
    for shot in check(roots[partner], today=TODAY).pack.shots:
        if shot.task in ("erase", "inpaint_cleanup"):
            matte = cv2.imread(str(shot.input("matte").path), cv2.IMREAD_GRAYSCALE)
            assert set(np.unique(matte)) == {0, 255}, shot.id
            assert 0.002 < (matte > 0).mean() < 0.08, shot.id


@pytest.mark.slow
@pytest.mark.parametrize("partner", PARTNERS)
def test_doing_nothing_fails_each_clean_up_and_a_plain_fill_passes(roots, partner, tmp_path):
    """A fill of the surroundings stands for any take from which the thing is gone."""
    for shot in check(roots[partner], today=TODAY).pack.shots:
        if shot.task not in REMOVING:
            continue
        plate, matte = shot.input("x.plate").path, shot.input("matte").path
        (line,) = [one for one in shot.acceptance if one.metric == LEFT and one.must]
        hole = (cv2.imread(str(matte), cv2.IMREAD_GRAYSCALE) > 0).astype(np.uint8)
        filled = tmp_path / f"{shot.id}.png"
        cv2.imwrite(str(filled), cv2.inpaint(cv2.imread(str(plate)), hole, 3, cv2.INPAINT_NS))
        rulings = []
        for row, take in enumerate((plate, filled)):
            brief = Brief(row=row, take=take.name, path=take, plate=plate, mask=matte)
            (scored,) = judge([brief], metrics=["removal"], workers=0)
            rulings.append(decide(line, take.name, scored.scores).ruling)
        assert rulings == ["fail", "pass"], shot.id


def test_an_unknown_partner_explains_itself(tmp_path):
    with pytest.raises(UnknownName, match="northlight_pictures, paper_lantern"):
        build(tmp_path, "somebody_else")
