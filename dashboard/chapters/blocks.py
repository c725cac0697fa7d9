"""Blocks: what a chapter is made of. Every text is a finished string; nothing here is markup."""

from collections.abc import Sequence
from typing import Any

Block = dict[str, Any]
Cells = Sequence[Sequence[str]]


def text(words: str, style: str = "") -> Block:
    """Give a paragraph; style: lede | meta | warn."""
    return {"b": "p", "t": words, "style": style}


def head(words: str) -> Block:
    """Give a heading below the chapter's."""
    return {"b": "h", "t": words}


def bullets(items: Sequence[str]) -> Block:
    """Give a list."""
    return {"b": "list", "items": list(items)}


def facts(rows: Sequence[tuple[str, str]]) -> Block:
    """Give names with what is said of them."""
    return {"b": "facts", "rows": [list(row) for row in rows]}


def table(
    caption: str,
    columns: Sequence[str],
    rows: Cells,
    *,
    widths: Sequence[float] = (),
    quiet: Sequence[int] = (),
) -> Block:
    """Give a table.

    Args:
        caption: what it is.
        columns: headings; one that ends in `#` is of numbers, which stand right.
        rows: finished strings.
        widths: shares of the measure; none = by content.
        quiet: rows that stand back, by number.
    """
    return {
        "b": "table",
        "caption": caption,
        "head": [c.removesuffix("#") for c in columns],
        "right": [c.endswith("#") for c in columns],
        "rows": [list(row) for row in rows],
        "widths": list(widths) or [1.0] * len(columns),
        "auto": not widths,
        "quiet": list(quiet),
    }


def figure(name: str, alt: str, caption: str) -> Block:
    """Give a picture of the whole measure."""
    return {"b": "figure", "name": name, "alt": alt, "caption": caption}


def grid(cells: Sequence[Block], columns: int = 4) -> Block:
    """Give pictures side by side; a cell: name, alt, title, lines."""
    return {"b": "grid", "cells": list(cells), "columns": columns}


def cell(name: str | None, alt: str, title: str, lines: Sequence[str] = ()) -> Block:
    """Give one picture of a grid; without a name it says that none is kept."""
    return {"name": name or "", "alt": alt, "title": title, "lines": list(lines)}


def quote(words: str, by: str, state: str) -> Block:
    """Give somebody's own words, and how their partner stands to them."""
    return {"b": "quote", "t": words, "by": by, "state": state}


def shortened(words: str, most: int) -> str:
    """Give at most so many characters, cut between two words where there are any."""
    if len(words) <= most:
        return words
    kept = words[: most - 1]
    whole = kept if words[most - 1].isspace() else kept.rpartition(" ")[0] or kept
    return whole.rstrip(" ,;:.–-") + "…"


def chapter(number: int, title: str, blocks: Sequence[Block]) -> Block:
    """Give one of the fourteen parts."""
    return {"n": str(number), "title": title, "blocks": list(blocks)}
