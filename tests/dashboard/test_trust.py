"""The page that says how far to trust each metric."""

import json
from dataclasses import asdict

import pytest

from dashboard import edition
from dashboard.chapters.whole import chapters
from dashboard.printing import report
from evaluators.validation import study, trust
from router.domain.errors import BadInput


@pytest.fixture
def validation(tmp_path):
    rows = [
        study._row("footage", "real takes called drift", 0.0, 10, unit="share", wanted="<= 2 %",
                   holds=True),
        study._row("golden", "SSIM: largest error", 0.3, 4, wanted="<= 0.1", holds=False),
        study._row("subjects", "AUC <b>within</b>", 0.96, 391, note="a control"),
    ]  # fmt: skip
    document = {
        "schema": study.SCHEMA,
        "created_at": "2026-11-21T12:00:00Z",
        "rows": rows,
        "metrics": [asdict(one) for one in trust.every()],
        "tiers": {tier.value: text for tier, text in trust.TIERS.items()},
        "unmeasured": ["VIF: no metric of ours"],
    }
    path = tmp_path / "validation.json"
    path.write_text(json.dumps(document))
    return path


def test_the_page_shows_what_came_out_and_what_each_tier_cannot_see(made, validation):
    document, assets = made
    tried = {**document, **report.validated(validation)}
    page = edition.page(tried, assets, snapshot="0" * 32, chapters=chapters(tried))
    shown = page[page.index('id="trust"') : page.index('id="provenance"')]
    assert "0.0 %" in shown
    assert "≤ 2 %, kept" in shown
    assert "≤ 0.1, missed" in shown
    assert "AUC &lt;b&gt;within&lt;/b&gt;" in shown
    assert "VIF: no metric of ours" in shown
    assert "What each tier cannot see" in shown
    assert "to hair, body and costume" in shown
    assert 'href="#trust"' in page


def test_without_a_study_there_is_no_such_page(made):
    document, assets = made
    page = edition.page(document, assets, snapshot="0" * 32, chapters=chapters(document))
    assert 'id="trust"' not in page


@pytest.mark.parametrize("text", [None, "{", "[]", '{"schema": "report/1"}'])
def test_another_file_is_refused(tmp_path, text):
    path = tmp_path / "other.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(BadInput, match="circletake validate"):
        report.validated(path)
