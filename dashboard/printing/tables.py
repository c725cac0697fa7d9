"""Takes, scores and votes as tables, for people who compute further."""

import io
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from router.files.csv_text import csv_text

TAKES = pa.schema(
    [
        ("take", pa.string()),
        ("campaign", pa.string()),
        ("shot", pa.string()),
        ("recipe", pa.string()),
        ("model_name", pa.string()),
        ("operation", pa.string()),
        ("seed", pa.int64()),
        ("simulated", pa.bool_()),
        ("source", pa.string()),
        ("parent", pa.string()),
        ("sha256", pa.string()),
        ("mime", pa.string()),
        ("width", pa.int32()),
        ("height", pa.int32()),
        ("frames", pa.int32()),
        ("fps", pa.float64()),
        ("cost_usd", pa.float64()),
        ("latency_s", pa.float64()),
        ("flags", pa.list_(pa.string())),
    ]
)
SCORES = pa.schema(
    [
        ("take", pa.string()),
        ("campaign", pa.string()),
        ("shot", pa.string()),
        ("recipe", pa.string()),
        ("metric", pa.string()),
        ("character", pa.string()),
        ("value", pa.float64()),
        ("unit", pa.string()),
        ("direction", pa.string()),
        ("status", pa.string()),
        ("reason", pa.string()),
        ("coverage", pa.float64()),
        ("n_used", pa.int32()),
        ("n_expected", pa.int32()),
        ("tier", pa.string()),
        ("version", pa.string()),
    ]
)
VOTES = pa.schema(
    [
        ("study", pa.string()),
        ("rater", pa.string()),
        ("stratum", pa.string()),
        ("slot", pa.int32()),
        ("kind", pa.string()),
        ("shot", pa.string()),
        ("left", pa.string()),
        ("right", pa.string()),
        ("left_take", pa.string()),
        ("right_take", pa.string()),
        ("outcome", pa.string()),
        ("at", pa.string()),
        ("seconds", pa.float64()),
        ("plays", pa.int32()),
        ("simulated", pa.bool_()),
        ("left_out", pa.string()),
    ]
)


def takes(document: Mapping[str, Any]) -> bytes:
    """Give one row for each take, as Parquet."""
    rows = [{name: take.get(name) for name in TAKES.names} for take in document["takes"]]
    return _parquet(rows, TAKES)


def scores(document: Mapping[str, Any]) -> bytes:
    """Give one row for each take and metric, as Parquet; a missing number is null."""
    own = ("take", "campaign", "shot", "recipe")
    pairs = [(take, score) for take in document["takes"] for score in take["scores"]]
    sides = {name: 0 if name in own else 1 for name in SCORES.names}
    columns = {name: [pair[side].get(name) for pair in pairs] for name, side in sides.items()}
    return _written(pa.Table.from_pydict(columns, schema=SCORES))


def votes(document: Mapping[str, Any]) -> bytes:
    """Give one row for each vote of closed studies, as Parquet; raters by number."""
    return _parquet([{n: v.get(n) for n in VOTES.names} for v in document["votes"]], VOTES)


def votes_csv(document: Mapping[str, Any]) -> bytes:
    """Give the same as CSV (UTF-8); no cell of it is a formula to a spreadsheet program."""
    rows = [
        ["" if vote.get(name) is None else vote[name] for name in VOTES.names]
        for vote in document["votes"]
    ]
    return csv_text(VOTES.names, rows).encode("utf-8")


def _parquet(rows: list[dict[str, Any]], schema: pa.Schema) -> bytes:
    return _written(pa.Table.from_pylist(rows, schema=schema))


def _written(table: pa.Table) -> bytes:
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()
