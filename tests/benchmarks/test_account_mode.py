"""The account's data-retention mode counts for questions as it counts for pictures."""

from dataclasses import replace

import pytest

from benchmarks.planning import recipes
from benchmarks.planning.plan import Order, Stock, plan
from benchmarks.studio import governed_regions
from benchmarks.testing import doubles
from router import catalog, tasks
from router.cloud.listing import asked
from router.domain.errors import NotEntitled, Unreachable

CATALOGUE = catalog.load()
RECIPES = recipes.load(CATALOGUE, tasks.load())
WRITERS = [key for key, model in CATALOGUE.items() if model.dialect == "converse"]


@pytest.fixture
def written(tmp_path):
    """Plan a paid campaign whose prompts a language model writes, under one mode everywhere."""
    pack = doubles.pack(tmp_path / "pack")
    media = doubles.taken_in(doubles.FolderMedia(tmp_path / "media"), pack)
    stock = Stock(catalogue=CATALOGUE, media=media, dialects=("bedrock_invoke", "local"))

    def lay(writer, mode):
        order = Order(
            partner=replace(doubles.partner(), regions=CATALOGUE[writer].regions),
            packs=[pack],
            recipes=recipes.choose(RECIPES, ["canonical_text"]),
            takes=1,
            budget_musd=50_000_000,
            simulated=False,
            writer=writer,
        )
        read = dict.fromkeys(governed_regions(order, CATALOGUE), mode)
        return plan(order, replace(stock, modes=read.__getitem__), now=doubles.NOW)

    return lay


@pytest.mark.parametrize("writer", WRITERS)
def test_a_writer_is_refused_where_the_account_shares_and_asked_where_it_keeps_nothing(
    written, writer
):
    with pytest.raises(NotEntitled, match="provider_data_share"):
        written(writer, "provider_data_share")
    assert written(writer, "none").due


def test_absent_credentials_are_told_in_words():
    from botocore.exceptions import NoCredentialsError

    def silent():
        raise NoCredentialsError

    with pytest.raises(Unreachable, match="found no AWS credentials;") as told:
        asked("us-west-2", silent)
    assert "Error(" not in str(told.value)
