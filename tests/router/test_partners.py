"""A partner is one YAML file; mistakes are told by line, secrets without being told."""

from pathlib import Path

import pytest

from router import partners
from router.domain.errors import BadInput
from router.secrecy import names_a_secret, suspects

CONFIGS = Path(__file__).parents[2] / "partner_configs"
GOOD = (CONFIGS / "example.yaml").read_text()


def written(folder: Path, text: str, name: str = "example") -> Path:
    (folder / f"{name}.yaml").write_text(text)
    return folder


def told(folder: Path, text: str) -> list[tuple[str, str]]:
    return [(m.field, m.code) for m in partners.check(written(folder, text))]


def test_the_three_partners_of_the_beta_are_there_and_marked_as_illustrative():
    found = partners.load(CONFIGS)
    assert set(found) == {"secret_city", "good_karma_productions", "colin_brady"}
    for partner in found.values():
        assert partner.illustrative
        assert str(partner.window.opens) == "2027-03-01"
        assert str(partner.window.findings_due) == "2027-05-31"
        assert partner.budget_musd > 0
        assert set(partner.regions) >= {"us-west-2"}
        assert {"text_only", "erase_matte", "video_from_key", "do_nothing"} <= set(partner.recipes)


def test_a_partner_costs_one_file_and_may_lie_in_another_folder(tmp_path: Path):
    written(tmp_path, GOOD.replace("name: example", "name: northlight"), "northlight")
    assert set(partners.load(CONFIGS, tmp_path)) - set(partners.load(CONFIGS)) == {"northlight"}


def test_the_example_is_checked_and_is_nobodys_partner(tmp_path: Path):
    assert partners.load(written(tmp_path, GOOD)) == {}
    assert told(tmp_path, GOOD.replace("tier: vfx_studio", "tier: bank")) == [
        ("tier", "literal_error")
    ]


def test_a_fraction_of_a_cent_in_a_budget_is_kept(tmp_path: Path):
    text = GOOD.replace("name: example", "name: a_b").replace("budget_usd: 500", "budget_usd: 0.1")
    assert partners.load(written(tmp_path, text, "a_b"))["a_b"].budget_musd == 100_000


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        ("name: example", "name: other_name\nextra: 1", ("extra", "unknown_field")),
        ("budget_usd: 500", "budget_usd: -1", ("budget_usd", "greater_than_equal")),
        ("budget_usd: 500", "budget_usd: lots", ("budget_usd", "decimal_parsing")),
        ("retention_days: 90", "", ("retention_days", "missing")),
        ("illustrative: true", "illustrative: yes", ("illustrative", "bool_type")),
        ("2027-05-31", "2027-02-01", ("window.findings_due", "window")),
        ("2027-05-31", "2027-02-30", ("window.findings_due", "date_parsing")),
        ("us-west-2,", "us-west-2, us-west-2,", ("regions[1]", "duplicate")),
        ("us-west-2,", "the-moon,", ("regions[0]", "string_pattern_mismatch")),
        ("schema: partner/1", "schema: partner/2", ("schema", "literal_error")),
        ("tier: vfx_studio", "tier: &t vfx_studio", ("tier", "anchor")),
    ],
)
def test_a_wrong_value_is_told_by_field(tmp_path: Path, old: str, new: str, wrong):
    assert old in GOOD
    assert told(tmp_path, GOOD.replace(old, new)) == [wrong]


def test_a_file_and_its_partner_have_one_name_and_no_two_share_it(tmp_path: Path):
    written(tmp_path, GOOD, "someone")
    assert [m.code for m in partners.check(tmp_path)] == ["name"]
    other = tmp_path / "other"
    other.mkdir()
    text = GOOD.replace("name: example", "name: twin")
    written(other, text, "twin")
    assert [m.code for m in partners.check(other, other)] == ["duplicate"]


def test_every_mistake_of_every_file_is_told_at_once(tmp_path: Path):
    written(tmp_path, GOOD.replace("budget_usd: 500", "budget_usd: -1").replace("tier:", "teir:"))
    (tmp_path / "wrong.yml").write_text("{}")
    found = {(m.file, m.field) for m in partners.check(tmp_path, tmp_path / "nowhere")}
    assert found == {
        ("example.yaml", "budget_usd"),
        ("example.yaml", "tier"),
        ("example.yaml", "teir"),
        ("wrong.yml", ""),
        ("nowhere", ""),
    }


def test_a_recipe_that_does_not_exist_is_told_by_line(tmp_path: Path):
    (mistake,) = partners.check(
        written(tmp_path, GOOD), recipes=set(partners.load(CONFIGS)["secret_city"].recipes[1:])
    )
    assert (mistake.field, mistake.found) == ("recipes[0]", "text_only")
    assert GOOD.splitlines()[(mistake.line or 0) - 1].strip() == "- text_only"


# None of these is a real secret; each only has the shape of one. They are put together here so that
# no scanner takes this file for a leak.
SECRETS = {
    "aws key id": "AKIA" + "IOSFODNN7" + "EXAMPLE",
    "session key id": "ASIA" + "IOSFODNN7" + "EXAMPLE",
    "aws secret": "wJalrXUtnFEMI/K7MDENG/" + "bPxRfiCYEXAMPLEKEY",
    "api key": "sk-" + "proj-abcdefghijklmnop",
    "hub token": "ghp_" + "abcdefghijklmnopqrstuvwxyz0123456789",
    "signed token": "eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.abc",
    "hex": "0123456789abcdef" * 2,
    "private key": "-----BEGIN RSA " + "PRIVATE KEY-----",
    "address": "https://someone:" + "hunter2@example.com/",
    "environment": "${AWS_SECRET}",
}


@pytest.mark.parametrize("kind", SECRETS)
@pytest.mark.parametrize("place", ["value", "comment", "broken"])
def test_something_like_a_secret_is_refused_with_its_line_and_never_shown(
    tmp_path: Path, kind: str, place: str
):
    secret = SECRETS[kind]
    line = {
        "value": f'display_name: "{secret}"',
        "comment": f"display_name: x  # {secret}",
        "broken": f'display_name: ["{secret}"',
    }[place]
    text = GOOD.replace("display_name: Example Pictures", line)
    found = partners.check(written(tmp_path, text))
    at = text.splitlines().index(line) + 1
    assert (at, "secret") in [(m.line, m.code) for m in found]
    with pytest.raises(BadInput) as caught:
        partners.load(tmp_path)
    assert secret not in str(caught.value)
    assert secret not in str(caught.value.as_dict())


@pytest.mark.parametrize(
    "lines",
    [
        "password: hunter2",
        "aws_secret_access_key: hunter2",
        "apiKey: hunter2",
        "window: {opens: 2027-03-01, findings_due: 2027-05-31, token: hunter2}",
        "window:\n  opens: 2027-03-01\n  findings_due: 2027-05-31\n  credentials: {a: hunter2}",
        "display_name: {secret: hunter2}",
    ],
)
def test_a_field_that_is_named_like_a_secret_is_refused_without_its_value(
    tmp_path: Path, lines: str
):
    with pytest.raises(BadInput) as caught:
        partners.load(written(tmp_path, f"schema: partner/1\n{lines}\n"))
    assert "secret" in {m.code for m in partners.check(tmp_path)}
    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in str(caught.value.as_dict())


def test_plain_words_are_no_secrets():
    assert list(suspects(GOOD)) == []
    for text in (
        "good_karma_productions_and_friends_of_the_house",
        "risk-averse-and-slow-to-anger",
    ):
        assert list(suspects(text)) == []
    assert not names_a_secret("secretary")
    assert not names_a_secret("tokenizer")
    assert names_a_secret("AWSSecretAccessKey")
    assert names_a_secret("private-key")


def test_a_new_partner_starts_from_the_commented_example(tmp_path):
    text = partners.starter(CONFIGS, "my_studio")
    assert partners.starter(tmp_path / "a folder of one's own", "my_studio") == text
    (tmp_path / "my_studio.yaml").write_text(text, encoding="utf-8")
    found = partners.load(tmp_path)["my_studio"]
    assert (found.display_name, found.illustrative) == ("My Studio", True)
    assert text.count("#") > 10


@pytest.mark.parametrize("name", ["", "A", "../x", "a" * 60, "9lives", "x y"])
def test_a_new_partner_needs_a_sound_name(name):
    with pytest.raises(BadInput, match="small letters"):
        partners.starter(CONFIGS, name)
