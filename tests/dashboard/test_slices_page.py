"""Slices in the report: small, greyed where few, never sold as results."""

from dashboard import edition
from dashboard.chapters.whole import chapters
from dashboard.testing.report import sample


def slice_row(recipe, **words):
    arm = {"recipe": recipe, "mean": 0.8, "ci_low": 0.7, "ci_high": 0.9, "n_shots": 8}
    return {
        "metric": "id_ref",
        "metric_title": "Likeness to the reference",
        "unit": "similarity",
        "direction": "higher",
        "by": "framing",
        "value": "CU",
        "n_shots": 8,
        "few": False,
        "least": 5,
        "arms": [arm],
        "contrasts": [],
    } | words


def test_slices_stand_folded_below_the_ranking_as_exploratory():
    document, assets = sample()
    recipe = document["recipes"][0]["recipe"]
    told = {"better": recipe, "sentence": "One is better than two on close-ups."}
    document["slices"] = [
        slice_row(recipe, contrasts=[told]),
        slice_row(recipe, value="WS", n_shots=3, few=True),
        slice_row(recipe, value="ECU", contrasts=[{"better": None, "sentence": "no"}]),
    ]
    text = edition.page(document, assets, snapshot="0" * 64, chapters=chapters(document))
    part = text[text.index("3 slices") : text.index("</details>", text.index("3 slices"))]
    assert "exploratory" in part
    assert "One is better than two on close-ups." in part
    assert part.count("too few shots") == 1
    assert part.count('<tr class="quiet">') == 1
    assert "none of 1 tested" in part


def test_a_report_of_an_older_house_without_slices_is_still_set():
    document, assets = sample()
    assert "slices:" not in edition.page(
        document, assets, snapshot="0" * 64, chapters=chapters(document)
    )
