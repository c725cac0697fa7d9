"""The whole bundle: paper, slides and tables say what the document says, and nothing else."""

import csv
import io
import json
import re
import shutil
import subprocess
import zipfile
from datetime import datetime

import pytest
from pptx import Presentation
from pptx.util import Emu

from dashboard.chapters.whole import TITLES, chapters
from dashboard.printing import deck, tables
from dashboard.printing import print as paper
from dashboard.printing.print import printable
from dashboard.printing.report import write

NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
EVIL = "#panic() *bold* $x$ <b>x</b> \u202egnp.exe =1+1 " + "L" * 200


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield str(key)
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def numbers(value):
    if isinstance(value, bool) or value is None:
        return
    if isinstance(value, int | float):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from numbers(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from numbers(inner)


def known_numbers(document):
    """Every way in which a number of the document can be written, and those in its words."""
    known = set()
    for value in numbers(document):
        for factor in (1, 100, 1 / 60):
            known |= {f"{abs(value) * factor:,.{n}f}" for n in range(5)}
    for words in strings(document):
        known |= set(NUMBER.findall(words))
        if re.fullmatch(r"\d{4}-\d\d-\d\d.*", words):
            at = datetime.fromisoformat(words)
            known |= {str(at.day), str(at.year)}
    return known


@pytest.fixture(scope="module")
def words(bundle):
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not on this machine")
    command = ["pdftotext", "-layout", str(bundle / "findings.pdf"), "-"]
    return subprocess.run(command, check=True, capture_output=True).stdout.decode("utf-8")


@pytest.fixture(scope="module")
def slides(bundle):
    return Presentation(bundle / "findings.pptx")


def said(slides):
    for slide in slides.slides:
        for shape in slide.shapes:
            if shape.has_text_frame:
                yield shape.text_frame.text
            if shape.has_table:
                yield from (cell.text for row in shape.table.rows for cell in row.cells)


def flat(text):
    return re.sub(r"\s+", " ", text)


def test_all_fourteen_chapters_are_printed_in_order(words):
    places = [flat(words).rindex(f"{n} {title}") for n, title in enumerate(TITLES, start=1)]
    assert places == sorted(places)


def test_headline_numbers_stand_on_page_paper_and_slides(words, slides, bundle, document):
    page = (bundle / "findings.html").read_text(encoding="utf-8")
    deck_words = flat(" ".join(said(slides)))
    for arm in document["comparisons"][0]["arms"]:
        for text in (words, page, deck_words):
            assert f"{arm['mean']:.2f}" in text
            assert f"{arm['ci_low']:.2f} to {arm['ci_high']:.2f}" in flat(text)
    for campaign in document["campaigns"]:
        for text in (words, page):
            assert f"${campaign['spend_usd']:.2f}" in text
    assert document["answer"][0] in deck_words


def test_no_number_on_paper_is_absent_from_the_document(words, document, made):
    from dashboard.printing.report import snapshot

    known = known_numbers(document)
    chapters_own = {str(n) for n in range(1, 15)} | {"95", "90", "1000"}
    template = set(NUMBER.findall((paper.PAPER / "findings.typ").read_text()))
    assert "2026" not in template
    pages = {str(n) for n in range(1, words.count("\f") + 2)}
    ids = snapshot(made[0])
    text = re.sub(r"\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b", " ", words).replace(ids[:12], " ")
    strange = set(NUMBER.findall(text)) - known - chapters_own - pages
    assert strange == set()


def test_a_planted_number_would_be_found(document):
    assert "31.41" not in known_numbers(document)


def test_paper_is_tagged_and_for_the_archive(bundle):
    data = (bundle / "findings.pdf").read_bytes()
    assert b"/MarkInfo" in data
    assert b"pdfuaid:part" in data
    assert b"pdfaid:part>2" in data.replace(b'="', b">")


def test_every_page_and_slide_of_simulated_material_is_marked(words, slides):
    pages = [p for p in words.split("\f") if p.strip()]
    assert len(pages) > 10
    assert all("SIMULATED" in p for p in pages)
    for slide in slides.slides:
        assert "SIMULATED" in {s.text_frame.text for s in slide.shapes if s.has_text_frame}


def test_slides_have_one_message_notes_and_words_for_pictures(slides):
    height, width = slides.slide_height, slides.slide_width
    for slide in slides.slides:
        assert slide.shapes.title.text_frame.text.strip()
        assert slide.notes_slide.notes_text_frame.text.strip()
        for shape in slide.shapes:
            assert shape.left >= 0
            assert shape.top >= 0
            assert Emu(shape.left + shape.width) <= width
            assert Emu(shape.top + shape.height) <= height
            if shape.shape_type == 13 or shape.has_chart:
                assert shape._element.xpath(".//p:cNvPr/@descr")[0]
    assert any(s.has_chart for slide in slides.slides for s in slide.shapes)


def test_bars_stand_on_zero_and_bear_their_whole_intervals(slides, document):
    charts = [s.chart for slide in slides.slides for s in slide.shapes if s.has_chart]
    asked = {a["recipe"]: a for a in document["comparisons"][0]["arms"]}
    least, most = (f([a[n] for a in asked.values() if a[n] is not None]) for f, n in
                   ((min, "ci_low"), (max, "ci_high")))  # fmt: skip
    axis = charts[0].value_axis
    assert axis.minimum_scale <= min(0, least)
    assert axis.maximum_scale >= most
    bars = charts[0].plots[0].series[0]
    for name, end in (("plus", "ci_high"), ("minus", "ci_low")):
        drawn = bars._element.xpath(f"./c:errBars/c:{name}//c:v/text()")
        told = sorted(abs(a[end] - a["mean"]) for a in asked.values() if a[end] is not None)
        assert sorted(map(float, drawn)) == pytest.approx(told, rel=1e-4)


def test_a_slide_of_a_question_names_its_findings(slides, document):
    notes = " ".join(s.notes_slide.notes_text_frame.text for s in slides.slides)
    assert document["findings"][0]["id"][:12] in notes


def test_what_people_write_is_never_markup(document, assets, tmp_path):
    document["title"] = EVIL
    for recipe in document["recipes"]:
        recipe["title"] = EVIL
    document["campaigns"][0]["partner_name"] = EVIL
    document["observations"][0]["text"] = '#import "x"; ]#[ שלום \ud83c 日本 ' + EVIL
    document["sheet"][0]["description"] = "@label <lab> \\ \x00\x07" + "W" * 400
    drawn, laid = paper.charts(document), chapters(document)
    made = paper.pdf(document, laid, {}, drawn, snapshot="0" * 32)
    assert made.startswith(b"%PDF")
    shown = Presentation(io.BytesIO(deck.deck(document, {}, snapshot="0" * 32)))
    assert "#panic() *bold*" in " ".join(said(shown))
    assert "\u202e" not in " ".join(said(shown))


def test_marks_that_turn_words_around_are_taken_out():
    assert printable("a\u202eb\u2066c\x00d\ud83ce\uf000\n") == "abcde\N{REPLACEMENT CHARACTER} "


def test_formulas_in_votes_are_words(document):
    document["votes"] = [
        {"rater": "=HYPERLINK(1)", "left": "+1", "right": " -2", "outcome": "@x", "seconds": -1.5}
    ]
    rows = list(csv.DictReader(io.StringIO(tables.votes_csv(document).decode("utf-8"))))
    assert rows[0]["rater"] == "'=HYPERLINK(1)"
    assert rows[0]["right"] == "' -2"
    assert rows[0]["seconds"] == "-1.5"
    assert rows[0]["slot"] == ""


def test_an_empty_report_still_has_every_chapter(document):
    for key in ("takes", "sheet", "comparisons", "findings", "observations", "repairs", "failures",
                "answer", "limits", "recipes"):  # fmt: skip
        document[key] = []
    laid = chapters(document)
    assert [c["title"] for c in laid] == list(TITLES)
    assert all(c["blocks"] for c in laid)
    assert paper.pdf(document, laid, {}, {}, snapshot="0" * 32)
    assert zipfile.is_zipfile(io.BytesIO(deck.deck(document, {}, snapshot="0" * 32)))


def test_the_manifest_says_from_what_it_was_made(bundle):
    told = json.loads((bundle / "MANIFEST.json").read_text())
    assert {"findings.pdf", "findings.pptx", "findings.html", "findings.json"} <= {
        f["name"] for f in told["files"]
    }
    assert told["template_version"]
    assert told["snapshot"]


def test_a_broken_picture_is_said_and_not_printed(document, assets, tmp_path):
    some = dict.fromkeys(list(assets)[:4], b"\x89PNG broken")
    files = write(document, some, tmp_path / "report")
    assert "findings.pdf" in {f.name for f in files}
