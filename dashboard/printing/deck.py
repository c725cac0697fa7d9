"""The deck: the same findings as slides; one message a slide, native tables and charts.

Notes name the finding that carries a slide. Pictures have words for those who cannot see them.
"""

import io
import math
import re
import zipfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast

from dashboard import wording as say
from dashboard.chapters.blocks import shortened
from dashboard.chapters.results import charted
from dashboard.edition import Names
from dashboard.pictures import small
from dashboard.printing.print import MARK, printable

Json = Mapping[str, Any]
QUESTIONS = 12  # slides of comparisons; further ones stand in the report
GALLERY = 6
ROWS = 8  # of a table on a slide
TICKS = 5  # of an axis, about
INK, QUIET, ACCENT, ALARM, FREE = 0x1D1D1B, 0x5F5F5C, 0x0B5FA5, 0xA3260F, 0xA8A8A4
FONT = "Calibri"  # a deck is shown on other machines: a face that is there
PLAIN = "{5940675A-B579-460E-94D1-54222C63F5DA}"  # "No Style, Table Grid" of the format
TIMES = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</dcterms)")
EPOCH = (1980, 1, 1, 0, 0, 0)


def deck(document: Json, assets: Mapping[str, bytes], *, snapshot: str) -> bytes:
    """Lay out a `report/1` document as slides; the same document gives the same bytes."""
    slides = Slides(document, assets, snapshot)
    slides.cover()
    slides.answer()
    slides.advised()
    for comparison in charted(document)[:QUESTIONS]:
        slides.compared(comparison)
    for study in document.get("studies", ()):
        if study.get("ranking"):
            slides.preferred(study)
    slides.gallery()
    slides.money()
    slides.limited()
    return slides.saved()


class Slides:
    """A presentation while it is made."""

    def __init__(self, document: Json, assets: Mapping[str, bytes], snapshot: str) -> None:
        """Start empty, 16:9."""
        from pptx import Presentation
        from pptx.util import Inches

        self._d, self._assets, self._snapshot = document, assets, snapshot
        self._names = Names(document)
        self._show = Presentation()
        self._show.slide_width, self._show.slide_height = Inches(13.333), Inches(7.5)

    def cover(self) -> None:
        """Say what this is, of whom, and whether anything in it is real."""
        partners = " · ".join(dict.fromkeys(c["partner_name"] for c in self._d["campaigns"]))
        slide = self._slide(self._d["title"], "The report itself is findings.pdf.")
        edition = (self._d.get("edition") or {"for": "internal"})["for"]
        of = "Internal edition" if edition == "internal" else f"Edition for {edition}"
        lines = [partners, say.day(self._d["created_at"]), of, f"Snapshot {self._snapshot[:12]}"]
        self._words(slide, lines, top=2.4, size=20)

    def answer(self) -> None:
        """Give the answer."""
        told = self._d["answer"] or ["Nothing was measured that allows an answer."]
        slide = self._slide(told[0], self._evidence(self._d["findings"][:3]))
        self._words(slide, told[1:6], bullet=True)

    def advised(self) -> None:
        """Give what to do."""
        advised = self._d.get("recommendations", ())[:5]
        if not advised:
            return
        notes = "Findings: " + ", ".join(a["finding"][:12] for a in advised)
        slide = self._slide("What to do next", notes)
        rows = [(a["text"], a["confidence"], a["finding"][:12]) for a in advised]
        self._table(slide, ("What to do", "How sure", "Finding"), rows, (9.0, 1.6, 1.7), top=1.75)

    def compared(self, c: Json) -> None:
        """Give one question: what can be said, a chart, and the numbers."""
        told = [k["sentence"] for k in c["contrasts"] if not k.get("against_control")]
        told += [k["sentence"] for k in c["contrasts"]]
        message = told[0] if told else f"{c['metric_title']}: no contrast was declared."
        mine = [f for f in self._d["findings"] if f["comparison"] == c["id"]]
        notes = f"{c['metric_title']}, {say.task(c['task'])}. {c['method']}."
        slide = self._slide(shortened(message, 150), f"{notes} {self._evidence(mine)}")
        arms = [a for a in c["arms"] if a["mean"] is not None][:ROWS]
        self._chart(slide, c, arms)
        rows = [
            (
                say.ranks(a, c["direction"]),
                shortened(self._name(a), 34),
                say.number(a["mean"], c["unit"]),
                say.interval(a["ci_low"], a["ci_high"], c["unit"]),
                str(a["n_shots"]),
            )
            for a in arms
        ]
        columns = ("Rank", "Recipe", "Mean", "95 % interval", "Shots")
        self._table(slide, columns, rows, (0.7, 2.6, 1.1, 1.6, 0.7), left=6.1, top=1.75)

    def preferred(self, study: Json) -> None:
        """Give what people preferred."""
        models = study["ranking"]["models"][:ROWS]
        mine = [f for f in self._d["findings"] if f["kind"] == "people"]
        message = mine[0]["claim"] if mine else "What people preferred, blind"
        slide = self._slide(shortened(message, 150), self._evidence(mine))
        rows = [
            (
                say.places(m),
                shortened(self._names.recipe(m["name"]), 48),
                say.elo(m["elo"]),
                say.percent(m["win_rate"]),
                str(m["votes"]),
            )
            for m in models
        ]
        columns = ("Rank", "Recipe", "Elo", "Won", "Votes")
        self._table(slide, columns, rows, (1.2, 6.4, 1.5, 1.5, 1.5), top=1.75)

    def gallery(self) -> None:
        """Show failures, as many of each recipe as the rule says."""
        gallery = self._d.get("gallery") or {"rule": "", "rows": []}
        takes = {t["take"]: t for t in self._d["takes"]}
        rows = [r for r in gallery["rows"] if r["take"] in takes and takes[r["take"]]["thumb"]]
        rows = [r for r in rows if takes[r["take"]]["thumb"] in self._assets][:GALLERY]
        if not rows:
            return
        slide = self._slide("Where takes miss what was asked, chosen by rule", gallery["rule"])
        for place, row in enumerate(rows):
            left, top = 0.6 + 4.1 * (place % 3), 1.75 + 2.65 * (place // 3)
            words = f"{self._names.take(row['take'])} · {row['why']}"
            self._picture(slide, takes[row["take"]]["thumb"], words, (left, top))

    def money(self) -> None:
        """Give what it cost."""
        spent = sum(c["spend_usd"] for c in self._d["campaigns"])
        counts = self._d.get("counts") or {"spend_usd": spent}
        message = f"{say.usd(counts['spend_usd'])} were spent; what a passed line costs differs"
        mine = [f for f in self._d["findings"] if f["kind"] == "cost"]
        slide = self._slide(message, self._evidence(mine))
        rows = [
            (
                shortened(r["title"], 48),
                str(r["takes"]),
                say.usd(r["usd_per_take"]),
                say.usd(r["usd_per_passed_must_line"])
                if r["usd_per_passed_must_line"] is not None
                else "none passed",
                say.seconds(r["latency_s"]["median"]),
            )
            for r in self._d["recipes"]
            if not r["control"]
        ][:ROWS]
        columns = ("Recipe", "Takes", "Per take", "Per passed must-line", "Median wait")
        self._table(slide, columns, rows, (5.2, 1.2, 1.7, 2.4, 1.7), top=1.75)

    def limited(self) -> None:
        """Say what none of this can carry."""
        slide = self._slide("What these findings cannot carry", "See chapter 12 of the report.")
        self._words(slide, [shortened(s, 230) for s in self._d["limits"][:5]], bullet=True, size=17)

    def saved(self) -> bytes:
        """Give the file; names, order and times in it depend on the document alone."""
        made = self._show.core_properties
        at = datetime.fromisoformat(self._d["created_at"]).astimezone(UTC).replace(tzinfo=None)
        made.title, made.author = printable(self._d["title"]), "Circle Take"
        made.created = made.modified = at
        made.last_modified_by, made.revision = "Circle Take", 1
        raw = io.BytesIO()
        self._show.save(raw)
        return _settled(raw.getvalue(), inner=False)

    def _slide(self, message: str, notes: str) -> Any:
        slide = self._show.slides.add_slide(self._show.slide_layouts[5])
        title = slide.shapes.title
        _place(title, 0.6, 0.55, 12.1, 1.0)
        _say(title.text_frame, [message], size=26 if len(message) <= 90 else 20, bold=True)
        self._foot(slide)
        slide.notes_slide.notes_text_frame.text = printable(notes)
        return slide

    def _foot(self, slide: Any) -> None:
        from pptx.util import Inches

        words = f"Circle Take findings · snapshot {self._snapshot[:12]}"
        box = slide.shapes.add_textbox(Inches(0.6), Inches(7.02), Inches(9), Inches(0.32))
        _say(box.text_frame, [words], size=10, colour=QUIET)
        if self._d["simulated"]:
            mark = slide.shapes.add_textbox(Inches(10.2), Inches(0.12), Inches(2.5), Inches(0.36))
            mark.name = "Simulated"
            _say(mark.text_frame, [MARK], size=13, colour=ALARM, bold=True, right=True)

    def _words(
        self, slide: Any, lines: Sequence[str], *, top: float = 1.75, size: int = 19,
        bullet: bool = False,
    ) -> None:  # fmt: skip
        from pptx.util import Inches

        box = slide.shapes.add_textbox(Inches(0.6), Inches(top), Inches(12.1), Inches(4.9))
        dashed = [f"–  {line}" if bullet else line for line in lines]
        _say(box.text_frame, dashed, size=size, apart=9)

    def _table(
        self, slide: Any, columns: Sequence[str], rows: Sequence[Sequence[str]],
        widths: Sequence[float], *, top: float, left: float = 0.6,
    ) -> None:  # fmt: skip
        from pptx.util import Inches

        shape = slide.shapes.add_table(
            len(rows) + 1, len(columns), Inches(left), Inches(top), Inches(sum(widths)),
            Inches(0.42 * (len(rows) + 1)),
        )  # fmt: skip
        shape.name = "Numbers"
        _calm(shape.table)
        for i, width in enumerate(widths):
            shape.table.columns[i].width = Inches(width)
        for y, row in enumerate((columns, *rows)):
            for x, words in enumerate(row):
                cell = shape.table.cell(y, x)
                cell.margin_left = cell.margin_right = Inches(0.06)
                colour = QUIET if y == 0 else INK
                _say(cell.text_frame, [words], size=12, bold=y == 0, colour=colour)

    def _chart(self, slide: Any, c: Json, arms: Sequence[Json]) -> None:
        from pptx.chart.data import CategoryChartData
        from pptx.enum.chart import XL_CHART_TYPE, XL_TICK_LABEL_POSITION
        from pptx.util import Inches, Pt

        factor = 100.0 if c["unit"] == "share" else 1.0
        shown = tuple(reversed(arms))  # a bar chart counts from the bottom
        data: Any = cast("Any", CategoryChartData)()
        data.categories = [shortened(printable(self._name(a)), 30) for a in shown]
        data.add_series("Mean over shots", [round(a["mean"] * factor, 4) for a in shown])
        place = (Inches(0.45), Inches(1.65), Inches(5.5), Inches(4.9))
        frame = slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, *place, data)
        words = "Bars are means over shots, whiskers 95 % intervals, grey bars free controls"
        _alt(frame, f"{c['metric_title']}. {words}; the table has the numbers.")
        chart = frame.chart
        chart.has_legend, chart.has_title = False, True
        unit = say.UNITS.get(c["unit"], c["unit"])
        title = f"{c['metric_title']}, {say.task(c['task'])}: {unit}; "
        title += say.DIRECTIONS[c["direction"]]
        _say(chart.chart_title.text_frame, [title], size=12)
        chart.font.size = Pt(11)
        chart.value_axis.has_major_gridlines = False
        chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
        _reach(chart.value_axis, shown, factor)
        chart.plots[0].gap_width = 60
        series = chart.plots[0].series[0]
        _fill(series.format.fill, ACCENT)
        for place_, arm in enumerate(shown):
            if arm["control"]:
                _fill(series.points[place_].format.fill, FREE)
        _whiskers(series, shown, factor)

    def _picture(self, slide: Any, name: str, words: str, place: tuple[float, float]) -> None:
        from pptx.util import Inches

        data = small(self._assets[name], 640)
        if data is None:
            return
        left, top = Inches(place[0]), Inches(place[1])
        shape = slide.shapes.add_picture(io.BytesIO(data), left, top, height=Inches(2.0))
        if shape.width > Inches(3.8):
            shape.height = int(shape.height * Inches(3.8) / shape.width)
            shape.width = Inches(3.8)
        _alt(shape, words)
        box = slide.shapes.add_textbox(left, top + Inches(2.03), Inches(3.9), Inches(0.5))
        _say(box.text_frame, [shortened(words, 96)], size=10, colour=QUIET)

    def _name(self, arm: Json) -> str:
        return self._names.recipe(arm["recipe"]) + (" (control)" if arm["control"] else "")

    @staticmethod
    def _evidence(findings: Sequence[Json]) -> str:
        if not findings:
            return "No finding was stated."
        return "Findings: " + "; ".join(f"{f['id'][:12]} {f['claim']}" for f in findings)


def _say(
    frame: Any, lines: Sequence[str], *, size: int, bold: bool = False, colour: int = INK,
    right: bool = False, apart: int = 0,
) -> None:  # fmt: skip
    from pptx.enum.text import PP_ALIGN
    from pptx.util import Pt

    frame.word_wrap = True
    for place, words in enumerate(lines or [""]):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        paragraph.alignment = PP_ALIGN.RIGHT if right else PP_ALIGN.LEFT
        paragraph.space_after = Pt(apart)
        run = paragraph.add_run()
        run.text = printable(words)
        run.font.size, run.font.bold, run.font.name = Pt(size), bold, FONT
        run.font.color.rgb = _rgb(colour)


def _place(shape: Any, left: float, top: float, width: float, height: float) -> None:
    from pptx.enum.text import MSO_ANCHOR
    from pptx.util import Inches

    shape.left, shape.top = Inches(left), Inches(top)
    shape.width, shape.height = Inches(width), Inches(height)
    shape.text_frame.vertical_anchor = MSO_ANCHOR.TOP


def _calm(table: Any) -> None:
    """Take the colours of the table's style out: rows are told apart by lines, not by fills."""
    told = table._tbl.tblPr  # noqa: SLF001 - the library has no word for it
    told.xpath("./a:tableStyleId")[0].text = PLAIN


def _reach(axis: Any, arms: Sequence[Json], factor: float) -> None:
    """Let the axis hold zero, for bars are read by their length, and every whisker whole."""
    ends = [a[n] * factor for a in arms for n in ("mean", "ci_low", "ci_high") if a[n] is not None]
    low, high = min(0.0, *ends), max(0.0, *ends)
    rough = (high - low) / TICKS or 1.0
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(n * power for n in (1, 2, 5, 10) if n * power >= rough)
    axis.minimum_scale = math.floor(low / step) * step
    axis.maximum_scale = math.ceil(high / step) * step or step
    axis.major_unit = step


def _whiskers(series: Any, arms: Sequence[Json], factor: float) -> None:
    """Add the intervals as error bars; an arm without one has none (ECMA-376, 21.2.2.55)."""
    from pptx.oxml import parse_xml
    from pptx.oxml.ns import nsdecls

    def lengths(name: str) -> str:
        points = "".join(
            f'<c:pt idx="{i}"><c:v>{abs(a[name] - a["mean"]) * factor:.6g}</c:v></c:pt>'
            for i, a in enumerate(arms)
            if a[name] is not None
        )
        return f'<c:numLit><c:ptCount val="{len(arms)}"/>{points}</c:numLit>'

    ink = f'<a:solidFill><a:srgbClr val="{INK:06X}"/></a:solidFill>'
    told = f"""<c:errBars {nsdecls("c", "a")}>
      <c:errBarType val="both"/><c:errValType val="cust"/><c:noEndCap val="0"/>
      <c:plus>{lengths("ci_high")}</c:plus><c:minus>{lengths("ci_low")}</c:minus>
      <c:spPr><a:ln w="15875">{ink}</a:ln></c:spPr>
    </c:errBars>"""
    series._element.xpath("./c:cat")[0].addprevious(parse_xml(told))  # noqa: SLF001 - the library has no word for it


def _fill(fill: Any, colour: int) -> None:
    fill.solid()
    fill.fore_color.rgb = _rgb(colour)


def _rgb(colour: int) -> Any:
    from pptx.dml.color import RGBColor

    made: Any = RGBColor
    return made(colour >> 16, colour >> 8 & 255, colour & 255)


def _alt(shape: Any, words: str) -> None:
    shape._element.xpath(".//p:cNvPr")[0].set("descr", printable(words))  # noqa: SLF001 - the library has no word for it


def _settled(data: bytes, *, inner: bool = True) -> bytes:
    """Write the package anew with fixed times; workbooks of charts are packages, too."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            part = _settled(part) if name.endswith(".xlsx") else part
            part = TIMES.sub(rb"\g<1>1980-01-01T00:00:00Z\g<2>", part) if inner else part
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(info, part)
    return out.getvalue()
