"""A studio withdraws its words on screen; the report frozen afterwards holds them nowhere."""

import io
import json
import shutil
import subprocess
import zipfile

import httpx
import pytest

from benchmarks.desk import opened
from benchmarks.running.wire import Wire
from benchmarks.testing.home import lived_in
from dashboard import service
from tests import browsing

pytestmark = browsing.MARKS
WITHDRAWN, KEPT = "The scar wandered over her left cheek", "The suit stays orange in every shot"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    """A home that has lived, answered over a real socket: its address and its shelf."""
    root = tmp_path_factory.mktemp("home")
    campaign = lived_in(root, ("init_image",))
    with opened(root, Wire.SIMULATED) as desk:
        app = service.build(desk, signing_key=b"k" * 32, reports_folder=root / "reports")
        with browsing.answering(app) as address:
            _said(address, campaign)
            yield address, root / "reports"


def _said(address, campaign):
    with httpx.Client(base_url=address) as http:
        (take, *_) = http.get("/v1/takes", params={"campaign": campaign}).json()["takes"]
        sheets = http.get("/v1/verdicts", params={"campaign": campaign}).json()["takes"]
        assert [line for sheet in sheets for line in sheet["lines"] if line["reason"]]
        for text in (WITHDRAWN, KEPT):
            said = {"takes": [take["take"]], "text": text, "role": "director", "by": "Ann"}
            sent = http.post("/v1/observations", json={"campaign": campaign, **said})
            assert sent.is_success, sent.text


def words_of(folder):
    """Read every word of a bundle, however its files pack them."""
    texts = {p.name: p.read_bytes().decode("utf-8", "replace") for p in folder.iterdir()}
    pdf = ["pdftotext", str(folder / "findings.pdf"), "-"]
    shown = subprocess.run(pdf, check=True, capture_output=True).stdout
    texts["findings.pdf"] = " ".join(shown.decode("utf-8").split())
    with zipfile.ZipFile(io.BytesIO((folder / "findings.pptx").read_bytes())) as slides:
        texts["findings.pptx"] = " ".join(slides.read(n).decode("utf-8", "replace")
                                          for n in slides.namelist())  # fmt: skip
    return texts


def test_words_that_were_withdrawn_on_screen_are_in_no_file_of_the_frozen_report(
    page, screens, served, tmp_path
):
    if shutil.which("pdftotext") is None or shutil.which("pdftoppm") is None:
        pytest.skip("poppler-utils is not on this machine")
    page.goto(f"{screens}/partner?part=Sign-off")
    box = page.get_by_role("textbox", name="Your name")
    box.fill("Ines Vidal")
    box.press("Enter")
    page.get_by_text("You decide as").wait_for()
    assert not page.get_by_text(
        "Reason for overruling"
    ).count()  # metrics have said why, not people
    card = page.locator('[class*="st-key-item-"]').filter(has_text=WITHDRAWN)
    card.get_by_role("button", name="Withdraw").click()
    page.get_by_role("button", name="Yes: withdraw it").click()
    card.get_by_text("withdrawn: not printed").wait_for()
    assert not page.get_by_text("Reason for overruling").count()  # only metrics gave reasons
    page.get_by_role("link", name="Report builder").click()
    page.get_by_text("What will be in it").wait_for()
    page.get_by_role("button", name="Freeze the report").click()
    page.get_by_text("Built:").wait_for(timeout=90_000)
    with page.expect_download() as fetched:
        page.get_by_role("link", name="PDF").first.click()
    (bundle,) = (p.parent for p in served[1].glob("*/MANIFEST.json"))
    paper = (bundle / "findings.pdf").read_bytes()
    assert fetched.value.path().read_bytes() == paper
    for name, text in words_of(bundle).items():
        assert WITHDRAWN not in text, name
    told = json.loads((bundle / "findings.json").read_text(encoding="utf-8"))
    assert [o["text"] for o in told["observations"]] == [KEPT]
    assert KEPT in words_of(bundle)["findings.pdf"]
    drawn = ["pdftoppm", "-r", "40", "-png", str(bundle / "findings.pdf"), str(tmp_path / "p")]
    subprocess.run(drawn, check=True)
    pages = sorted(tmp_path.glob("p-*.png"))
    assert len(pages) > 5
    assert all(p.stat().st_size > 1500 for p in pages)  # a blank page of that size packs to 500
    assert page.faults == []


def test_a_mark_of_the_plot_opens_its_takes(page, screens):
    page.goto(f"{screens}/cost")
    page.get_by_text("Least on top").wait_for()
    page.locator('[class*="st-key-to-takes"] a').first.wait_for()
    name = page.locator('[class*="st-key-to-takes"] a').first.inner_text().split("\n")[-1]
    page.locator('[data-testid="stVegaLiteChart"] canvas, [data-testid="stVegaLiteChart"] svg'
                 ).first.wait_for()  # fmt: skip
    page.wait_for_timeout(500)
    page.locator('[data-testid="stVegaLiteChart"] path[aria-label*="What: "]').first.click()
    page.wait_for_url("**/takes?*recipe=*")
    page.get_by_role("heading", name="Takes").wait_for()
    assert name
