"""Catalogue against list: what is gone, what ends, what is new; a proposal, never applied."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from router import catalog
from router.cloud import aws, listing, refreshing
from router.cloud.refreshing import Change, Offer, changes, proposed
from router.commands import models, refresh
from router.domain.errors import BadInput, Unreachable
from router.domain.model import Lifecycle, LifecycleStatus
from router.testing.emulator import running_emulator

TODAY = date(2026, 11, 21)
CATALOGUE = catalog.load()
TEXT = Path(catalog.__file__).with_name("catalog.yaml").read_text()
SD3 = CATALOGUE["sd35-large"]


def offers(catalogue=CATALOGUE):
    """List everything as the catalogue expects it."""
    return [
        Offer(model_id=m.model_id, region=region, legacy=False)
        for m in catalogue.values()
        if refreshing.is_listed(m) and refreshing.in_use(m)
        for region in m.regions
    ]


def compared(listed, catalogue=CATALOGUE, blocked=None):
    return changes(catalogue, listed, blocked or {}, today=TODAY)


def without(model_id):
    return [o for o in offers() if o.model_id != model_id]


def test_a_list_that_says_what_the_catalogue_says_changes_nothing():
    assert compared(offers()) == ()


def test_a_model_that_no_region_lists_is_gone_and_that_is_bad_news():
    (found,) = compared(without(SD3.model_id))
    assert (found.kind, found.key, found.is_bad_news) == ("gone", "sd35-large", True)
    assert found.reason == "listed in none of us-west-2"


def test_a_model_that_left_one_region_of_several_is_told_and_not_gone():
    key = "stability-inpaint"
    left = [o for o in offers() if (o.model_id, o.region) != (CATALOGUE[key].model_id, "us-east-2")]
    (found,) = compared(left)
    assert (found.kind, found.key, found.is_bad_news) == ("region", key, False)
    assert "us-east-2" in found.reason


def test_a_legacy_period_and_its_end_are_told_and_an_end_within_sixty_days_twice():
    far = Offer(model_id=SD3.model_id, region="us-west-2", legacy=True, eol=date(2027, 6, 1))
    (found,) = compared([*without(SD3.model_id), far])
    assert found.kind == "lifecycle"
    assert found.reason == "is legacy until 2027-06-01; the catalogue says active"
    near = replace(far, eol=date(2027, 1, 20))
    told = compared([*without(SD3.model_id), near])
    assert [c.kind for c in told] == ["lifecycle", "soon"]
    assert told[1].reason == "ends on 2027-01-20, in 60 days"


def test_a_date_that_the_catalogue_knows_is_still_told_when_it_comes_near():
    known = replace(SD3, lifecycle=Lifecycle(status=LifecycleStatus.LEGACY, eol=date(2026, 12, 1)))
    listed = Offer(model_id=SD3.model_id, region="us-west-2", legacy=True, eol=date(2026, 12, 1))
    (found,) = compared([*without(SD3.model_id), listed], {**CATALOGUE, SD3.key: known})
    assert (found.kind, found.reason) == ("soon", "ends on 2026-12-01, in 10 days")


def test_a_retired_model_that_is_listed_again_is_told():
    again = Offer(model_id="amazon.nova-canvas-v1:0", region="us-west-2", legacy=False)
    (found,) = compared([*offers(), again])
    assert (found.kind, found.key) == ("back", "nova-canvas")


def test_new_models_are_told_where_they_make_pictures_or_look_at_them():
    def new(model_id, takes, makes):
        at = {"region": "us-west-2", "legacy": False}
        return Offer(model_id=model_id, takes=frozenset(takes), makes=frozenset(makes), **at)

    listed = [
        new("maker.film-v1:0", ["TEXT"], ["VIDEO"]),
        new("looker.eyes-v1:0", ["TEXT", "IMAGE"], ["TEXT"]),
        new("writer.words-v1:0", ["TEXT"], ["TEXT"]),
        new("finder.vectors-v1:0", ["IMAGE"], ["EMBEDDING"]),
        new(f"{SD3.model_id}:24k", ["TEXT"], ["IMAGE"]),
    ]
    found = compared([*offers(), *listed])
    assert [(c.kind, c.model_id) for c in found] == [
        ("new", "looker.eyes-v1:0"),
        ("new", "maker.film-v1:0"),
    ]
    assert found[1].reason == "TEXT to VIDEO in us-west-2"


def test_a_model_that_this_account_may_not_call_is_told():
    (found,) = compared(offers(), blocked={SD3.model_id: "access was not granted in us-west-2"})
    assert (found.kind, found.key, found.is_bad_news) == ("access", "sd35-large", False)


def test_what_runs_here_or_on_own_endpoints_is_not_looked_for():
    assert "local" not in refreshing.regions(CATALOGUE)
    own = [m for m in CATALOGUE.values() if m.dialect == "sagemaker_async"]
    assert own
    assert not {m.key for m in own} & {c.key for c in compared([])}


def test_a_proposal_is_a_catalogue_with_the_new_life_cycles_and_all_comments(tmp_path):
    far = Offer(model_id=SD3.model_id, region="us-west-2", legacy=True, eol=date(2027, 6, 1))
    pegasus = CATALOGUE["video-qa-pegasus-1-5"]  # its row has a life cycle of several lines
    listed = [o for o in [*without(SD3.model_id), far] if o.model_id != pegasus.model_id]
    new = Change(kind="new", model_id="maker.film-v1:0", reason="TEXT to VIDEO in us-west-2")
    path = tmp_path / "catalog.yaml"
    path.write_text(proposed(TEXT, [*compared(listed), new], today=TODAY))
    found = catalog.load(path)
    assert found[SD3.key].lifecycle.status is LifecycleStatus.LEGACY
    assert found[SD3.key].lifecycle.eol == date(2027, 6, 1)
    assert found[pegasus.key].lifecycle.status is LifecycleStatus.RETIRED
    rest = set(CATALOGUE) - {SD3.key, pegasus.key}
    assert all(found[key] == CATALOGUE[key] for key in rest)
    comments = [line for line in TEXT.splitlines() if line.startswith("#")]
    assert all(line in path.read_text() for line in comments)
    assert "# not a row yet: maker.film-v1:0" in path.read_text()


@pytest.fixture(scope="module")
def emulator(tmp_path_factory):
    with running_emulator(tmp_path_factory.mktemp("emulator"), instant=True) as found:
        yield found


def clients(emulator, **changes):
    place = {"bedrock_url": emulator.endpoint, "s3_url": emulator.endpoint, **changes}
    keys = {"access_key": emulator.access_key, "secret_key": emulator.secret_key}
    return aws.Clients(aws.Endpoint(bucket=emulator.bucket, **place, **keys))


def test_over_the_wire_every_row_in_use_is_found_and_an_older_version_is_new(emulator):
    asked = clients(emulator)
    found = listing.offers(asked, refreshing.regions(CATALOGUE))
    told = compared(found)
    assert not [c for c in told if c.key]
    old = next(c for c in told if c.model_id == "twelvelabs.pegasus-1-2-v1:0")
    assert old.reason.startswith("legacy, TEXT+VIDEO to TEXT in us-east-1")
    dates = {o.eol for o in found if o.model_id == old.model_id}
    assert dates == {date(2027, 3, 22)}
    assert listing.blocked(asked, [SD3]) == {}


def test_a_region_that_does_not_answer_breaks_off_the_comparison(emulator):
    nobody = clients(emulator, bedrock_url="http://127.0.0.1:9")
    with pytest.raises(Unreachable, match="Bedrock in us-west-2"):
        listing.offers(nobody, ["us-west-2"])


def command(*words):
    app = typer.Typer()
    models.register(app)
    refresh.register(app)
    return CliRunner().invoke(app, ["models", *words])


def test_the_command_shows_what_differs_and_writes_a_proposal_only_beside_the_catalogue(tmp_path):
    path = tmp_path / "proposed.yaml"
    shown = command("refresh", "--simulate", "--write", str(path))
    assert shown.exit_code == 0
    assert "twelvelabs.pegasus-1-2-v1:0" in shown.stdout
    assert catalog.load(path) == CATALOGUE  # nothing that has a row has changed
    again = command("refresh", "--simulate", "--write", str(path))
    assert isinstance(again.exception, BadInput)


def test_the_list_of_models_stays_what_it_was():
    listed = command("--task", "text_to_video")
    assert listed.exit_code == 0
    assert listed.stdout.startswith("luma-ray2")
