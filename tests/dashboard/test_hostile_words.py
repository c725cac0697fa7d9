"""Whatever people, partners, models and judges call things, the screens show it as words."""

import re

import pytest

from dashboard.frame import plain
from dashboard.testing.doubles import StudioDouble
from dashboard.testing.words import worded
from tests.dashboard.test_screens import opened

WORDS = {
    "markup": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "beacon": "![](http://evil.example/p.png)",
    "link": "[click](http://evil.example) <http://evil.example>",
    "formula": "$\\href{http://evil.example}{x}$",
    "colour": ":red[**x**] :material/bolt: `code`",
    "lines": "# a\n\n---\n| a |\n|-|\n> b",
}
# Elements whose words Streamlit reads as markdown, and which of their words.
READ = (
    ("markdown", "value"), ("caption", "value"), ("subheader", "value"), ("header", "value"),
    ("title", "value"), ("error", "value"), ("success", "value"), ("info", "value"),
    ("button", "label"), ("metric", "label"), ("expander", "label"), ("selectbox", "label"),
    ("multiselect", "label"),
)  # fmt: skip
ACTIVE = re.compile(
    r"(?<!\\)(!\[|\]\(|<script|<img|<http|\$|:red\[|:material/bolt|`code|\n\n---|\n\|)"
)


def ours(text):
    """What we say ourselves: no word of it comes from a document."""
    return re.sub(r"`circletake [^`]*`|:small\[|  \n", "", text)


@pytest.fixture(scope="module", params=WORDS, ids=lambda name: f"row48-row49-{name}")
def hostile(request, served, made):
    server, studio = served
    before = {k: getattr(studio, k) for k in ("report", "_campaigns", "_sheet", "_takes")}
    words = WORDS[request.param]
    double = StudioDouble(worded(made[0], words), made[1])
    for name in before:
        setattr(studio, name, getattr(double, name))
    yield server, words
    for name, value in before.items():
        setattr(studio, name, value)


def read_as_markdown(app):
    for kind, part in READ:
        for element in app.get(kind) if kind == "expander" else getattr(app, kind):
            yield kind, getattr(element, part)


@pytest.mark.slow
@pytest.mark.parametrize("screen", ["overview", "takes", "take", "report"])
def test_words_make_no_link_picture_formula_or_markup(hostile, monkeypatch, screen):
    server, words = hostile
    app = opened(server, monkeypatch, "takes" if screen == "take" else screen)
    if screen == "take":
        next(b for b in app.button if b.label == "Open take").click().run()
    assert not app.exception
    told = [(kind, ours(text)) for kind, text in read_as_markdown(app)]
    assert not [(kind, text) for kind, text in told if ACTIVE.search(text)]
    if screen != "report":
        assert any(plain(words)[:8] in text for _, text in told) or any(
            words in t.value for t in app.text
        )
