"""The findings report says what the document says, all of it or nothing."""

import hashlib
import html
import io
import json
import re
from html.parser import HTMLParser

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dashboard import edition, wording
from dashboard.chapters.blocks import shortened
from dashboard.chapters.whole import chapters
from dashboard.printing import report, tables
from dashboard.testing.words import worded
from router.domain.errors import BadInput

VENDORS = re.compile(
    r"stability|luma|amazon|bedrock|titan|nova|anthropic|claude|flux|sora|veo|midjourney"
    r"|secret.?city|good.?karma|colin.?brady",
    re.IGNORECASE,
)


class Page(HTMLParser):
    """Collects what a reader sees, what is loaded, and what is missing for those who cannot see."""

    def __init__(self, text):
        super().__init__()
        self.words, self.links, self.tags, self.ids, self.targets = [], [], [], [], []
        self.silent_pictures = 0
        self._skip = 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append(tag)
        self._skip += tag == "style"
        self.ids += [attrs["id"]] if "id" in attrs else []
        self.links += [attrs[k] for k in ("src", "href") if k in attrs]
        self.targets += [attrs["popovertarget"]] if "popovertarget" in attrs else []
        self.silent_pictures += tag == "img" and "alt" not in attrs

    def handle_endtag(self, tag):
        self._skip -= tag == "style"

    def handle_data(self, data):
        if not self._skip:
            self.words.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.words))


def set_page(document, assets):
    return edition.page(document, assets, snapshot="0" * 32, chapters=chapters(document))


@pytest.fixture(scope="module")
def page(bundle):
    return Page((bundle / "findings.html").read_text(encoding="utf-8"))


def test_the_manifest_names_every_file_with_its_hash(bundle, made):
    manifest = json.loads((bundle / "MANIFEST.json").read_text())
    assert {f["name"] for f in manifest["files"]} | {"MANIFEST.json"} == {
        p.name for p in bundle.iterdir()
    }
    for file in manifest["files"]:
        assert hashlib.sha256((bundle / file["name"]).read_bytes()).hexdigest() == file["sha256"]
    assert manifest["snapshot"] == report.snapshot(made[0])
    assert manifest["simulated"] is True


def test_findings_json_is_the_document_with_sorted_keys(bundle, made):
    text = (bundle / "findings.json").read_text(encoding="utf-8")
    assert json.loads(text) == made[0]
    assert list(json.loads(text)) == sorted(made[0])


def test_the_tables_hold_every_take_and_a_missing_number_is_null(bundle, made):
    takes = pq.read_table(bundle / "takes.parquet").to_pylist()
    scores = pq.read_table(bundle / "scores.parquet").to_pylist()
    assert [t["take"] for t in takes] == [t["take"] for t in made[0]["takes"]]
    assert len(scores) == sum(len(t["scores"]) for t in made[0]["takes"])
    missing = [s for s in scores if s["status"] != "measured"]
    assert missing
    assert all(s["value"] is None and s["reason"] for s in missing)


def test_two_runs_write_the_same_bytes(document, assets, tmp_path):
    some = dict(list(assets.items())[:8])
    for name in ("once", "again"):
        report.write(document, some, tmp_path / name)
    for path in (tmp_path / "once").iterdir():
        assert (tmp_path / "again" / path.name).read_bytes() == path.read_bytes()


def test_every_headline_number_of_the_document_is_on_the_page(page, document):
    for sentence in document["answer"] + document["limits"]:
        assert sentence in page.text
    for campaign in document["campaigns"]:
        assert f"${campaign['spend_usd']:.2f}" in page.text
        assert f"${campaign['budget_usd']:.2f}" in page.text
        assert str(campaign["trials"]["total"]) in page.text
    for comparison in document["comparisons"]:
        assert comparison["metric_title"] in page.text
        for contrast in comparison["contrasts"]:
            assert contrast["sentence"] in page.text
    likeness = document["comparisons"][0]
    for arm in likeness["arms"]:
        assert f"{arm['mean']:.2f}" in page.text
        assert f"{arm['ci_low']:.2f} to {arm['ci_high']:.2f}" in page.text


def test_the_partners_words_stand_in_a_section_of_their_own(bundle, document):
    text = (bundle / "findings.html").read_text(encoding="utf-8")
    start = text.index('<section aria-labelledby="words"')
    section = text[start : text.index("</section>", start)]
    for observation in document["observations"]:
        words = html.escape(observation["text"], quote=False)
        assert words in section
        assert text.count(words) == 1


def test_a_simulated_report_cannot_be_taken_for_a_real_one(bundle, page):
    text = (bundle / "findings.html").read_text(encoding="utf-8")
    assert re.search(r"<title>SIMULATED", text)
    assert 'class="banner"' in text
    assert "@top-center" in text
    assert "Simulated · Simulated" in page.text
    footer = text[text.rindex("<footer>") :]
    assert "Simulated" in footer


def test_a_real_report_never_says_simulated(document):
    document["simulated"] = False
    for take in document["takes"]:
        take["simulated"], take["flags"] = False, []
    document["provenance"]["wire_ids"][0]["model_id"] = "maker.model-v1:0"
    page = Page(set_page(document, {}))
    assert "simulated" not in page.text.lower()
    assert "maker.model-v1:0" in page.text


def test_no_vendor_and_no_real_partner_is_named_in_simulated_output(bundle, document, page):
    assert not VENDORS.search(page.text)
    document.pop("provenance")
    assert not VENDORS.search(json.dumps(document))
    for table in ("takes", "scores"):
        rows = pq.read_table(bundle / f"{table}.parquet").to_pylist()
        assert not VENDORS.search(json.dumps(rows))


def test_the_wire_ids_of_simulated_models_are_not_printed(document):
    document["provenance"]["wire_ids"][0]["model_id"] = "canary.model-v9:0"
    assert "canary.model-v9:0" not in set_page(document, {})


def test_the_page_asks_nobody_for_anything(bundle, page):
    text = (bundle / "findings.html").read_text(encoding="utf-8")
    assert all(link.startswith(("data:", "#")) for link in page.links)
    assert "script" not in page.tags
    assert "default-src 'none'" in html.unescape(text)
    assert not re.search(r'url\((?!"data:)', text)


def test_every_mark_leads_to_its_evidence_and_every_link_somewhere(page):
    assert len(page.ids) == len(set(page.ids))
    assert page.targets
    assert set(page.targets) <= set(page.ids)
    inside = {link[1:] for link in page.links if link.startswith("#")}
    assert inside <= set(page.ids)


def test_every_picture_has_an_alternative_text(page):
    assert page.silent_pictures == 0


def test_row48_hostile_names_are_shown_as_text(document):
    evil = "<script>alert(1)</script>"
    document["title"] = evil
    document["campaigns"][0]["partner_name"] = '"><img src=http://evil.example/x onerror=a()>'
    document["observations"][0]["text"] = "**bold** [a](javascript:alert(1)) =HYPERLINK(1)"
    document["takes"][0]["model_name"] = "</style>" + evil
    document["sheet"][0]["shot"] = evil
    page = Page(set_page(document, {}))
    assert "script" not in page.tags
    assert all(link.startswith(("data:", "#")) for link in page.links)
    assert evil in page.text
    assert "**bold** [a](javascript:alert(1)) =HYPERLINK(1)" in page.text


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@x", "\t=1"], ids=lambda n: f"row25-{n}")
def test_a_name_in_a_typed_table_is_text_and_a_number_a_number(document, name):
    document["takes"][0]["model_name"] = name
    rows = pq.read_table(io.BytesIO(tables.takes(document)))
    assert rows["model_name"][0].as_py() == name
    numbers = [c for c in rows.column_names if isinstance(document["takes"][0].get(c), float)]
    assert numbers
    assert all(pa.types.is_floating(rows.schema.field(c).type) for c in numbers)


BEACONS = (
    "![](http://evil.example/p)",
    "[a](http://evil.example)",
    "<img src=http://evil.example/p>",
    "<svg/onload=fetch('//evil.example')>",
    "url(http://evil.example)",
    "</title><script src=//evil.example>",
)


@pytest.mark.parametrize("beacon", BEACONS, ids=lambda b: f"row49-{b[:12]}")
def test_no_word_of_anybody_makes_the_page_ask_somebody(document, beacon):
    page = Page(set_page(worded(document, beacon), {}))
    assert "script" not in page.tags
    assert not [link for link in page.links if not link.startswith(("data:", "#"))]
    assert "evil.example" in page.text


def test_a_picture_that_is_not_one_is_left_out_and_said_so(document):
    thumb = document["takes"][0]["thumb"]
    page = set_page(document, {thumb: b"<svg onload=alert(1)>"})
    assert "onload" not in page
    assert "no picture kept" in page


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_number_that_is_not_finite_is_refused_and_nothing_is_written(
    document, assets, tmp_path, number
):
    document["comparisons"][0]["arms"][1]["mean"] = number
    with pytest.raises(BadInput) as caught:
        report.write(document, assets, tmp_path / "out")
    assert caught.value.field == "document.comparisons[0].arms[1].mean"
    assert list(tmp_path.iterdir()) == []


def test_simulated_and_real_takes_never_share_a_report(document, assets, tmp_path):
    next(t for t in document["takes"] if t["source"] == "control")["simulated"] = False
    report.check(document)  # a control is made here, by nobody's model
    document["takes"][3]["simulated"] = False
    with pytest.raises(BadInput, match="takes of both kinds"):
        report.write(document, assets, tmp_path / "out")


def test_an_existing_folder_keeps_its_other_files(document, tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "MANIFEST.json").write_text("old")
    report.write(document, {}, tmp_path)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert json.loads((tmp_path / "MANIFEST.json").read_text())["schema"] == "manifest/1"
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


def test_a_report_with_nothing_in_it_still_says_so(document):
    for key in ("answer", "comparisons", "findings", "observations", "sheet", "repairs", "takes"):
        document[key] = []
    document["failures"] = []
    page = Page(set_page(document, {}))
    assert "Nothing was measured that would allow an answer." in page.text
    assert "Every trial gave a take." in page.text


def test_the_page_stays_below_fifteen_megabytes_for_a_hundred_takes(bundle, document):
    size = (bundle / "findings.html").stat().st_size
    assert size / len(document["takes"]) * 100 < 15_000_000


def test_what_was_not_declared_is_exploratory_and_not_on_the_first_page(document):
    document["comparisons"][0]["declared"] = False
    assert len(edition.glance(document)) == len(document["comparisons"]) - 1
    page = Page(set_page(document, {}))
    assert "1 exploratory comparison" in page.text


def test_a_control_that_is_set_aside_is_nobodys_rival(document):
    first = document["comparisons"][0]
    assert "do_nothing" in {c["recipe"] for c in edition.glance(document)[0]["controls"]}
    arm = next(a for a in first["arms"] if a["recipe"] == "do_nothing")
    arm["rank_low"] = arm["rank_high"] = None
    assert "do_nothing" not in {c["recipe"] for c in edition.glance(document)[0]["controls"]}
    assert "set aside" in Page(set_page(document, {})).text


@pytest.mark.parametrize(
    ("ends", "said"),
    [
        (({"p_adjusted": 0.01, "better": "paid"},), "all beaten"),
        (({"p_adjusted": 0.3, "better": None},), "Do nothing: not beaten by 1 of 1"),
        (({"p_adjusted": 0.01, "better": "do_nothing"},), "Do nothing: not beaten by 1 of 1"),
        (({"p_adjusted": None, "better": None},), "too few shots to tell"),
    ],
)
def test_the_first_page_says_of_every_control_whether_paid_recipes_beat_it(document, ends, said):
    """A control that cannot be told from a paid recipe is not beaten, as the findings say."""
    arms = [
        {"recipe": "paid", "control": False, "rank_low": 1},
        {"recipe": "do_nothing", "control": True, "rank_low": 1},
    ]
    contrasts = [{"a": "paid", "b": "do_nothing", **end} for end in ends]
    asked = {"comparisons": [{"arms": arms, "contrasts": contrasts}]}
    (row,) = edition.glance(asked)
    names = edition.Names(document)
    assert edition.beaten(row["controls"], names) == said
    assert edition.beaten([], names) == "none to beat"


def test_a_cut_falls_between_words():
    assert shortened("a flight engineer in her late thirties", 20) == "a flight engineer…"
    assert shortened("a flight engineer", 17) == "a flight engineer"
    assert shortened("a flight engineers", 17) == "a flight…"
    assert shortened("x" * 30, 10) == "x" * 9 + "…"


def test_a_control_named_on_a_partners_page_is_called_one(document):
    entry = next(e for e in document["sheet"] if len(e["takes"]) > 1)
    for take in entry["takes"]:
        take["open_must"] = 3
    entry["takes"][0] |= {"recipe": "do_nothing", "open_must": 0}
    rows = [
        row
        for chapter in chapters(document)
        if chapter["title"] == "Partner by partner"
        for block in chapter["blocks"]
        for row in block.get("rows", ())
    ]
    assert any(row[0] == entry["shot"] and row[-2].endswith("(control)") for row in rows)


def test_the_overview_of_a_campaign_shows_what_it_ran_and_controls_last(document):
    found = edition.matrices(document, edition.shots(document))
    assert [m["partner"] for m in found] == ["Northlight Pictures", "Paper Lantern"]
    for matrix in found:
        controls = [r["control"] for r in matrix["recipes"]]
        assert controls == sorted(controls)
    assert "erase_matte" not in {r["recipe"] for r in found[1]["recipes"]}


def test_the_terminal_says_first_that_a_report_is_simulated():
    told = wording.announced(["Plate start leads.", "11.46 USD."], simulated=True).splitlines()
    assert told[0].startswith("Simulated.")
    assert told[1:] == ["Plate start leads.", "11.46 USD."]
    assert wording.announced(["Plate start leads."], simulated=False) == "Plate start leads."
