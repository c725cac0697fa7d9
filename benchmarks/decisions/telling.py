"""A decision and what follows from it, said to the person who decided; pure, for every door."""

from collections.abc import Mapping
from typing import Any


def told(row: Mapping[str, Any], take: str, campaign: str) -> str:
    """Say it to a person; `row` is a decision with its outcome."""
    name = row.get("version") or take
    head = f"{name} {row['status']} by {row['by']}"
    replaces, stands = row.get("replaces"), row.get("stands")
    if replaces:
        head += f"; replaces {_who(replaces)}"
    if stands:
        head += f"; {_who(stands)}, counts again"
    lines = [head]
    left = row.get("open") or []
    if row["status"] == "withdrawn":
        start = "" if stands else "Nothing starts from this shot until a take of it is circled: "
        lines.append(f"What now?  {start}`circletake takes list --campaign {campaign}`.")
        return "\n".join(lines)
    if left:
        count = f"{len(left)} must-line{'s are' if len(left) > 1 else ' is'} open on it"
        lines.append(f"{count}, and it is circled all the same, as you decided:")
        lines += [_words(line) for line in left]
    lines.append(_next(take, campaign, [line["line"] for line in left]))
    return "\n".join(lines)


def _next(take: str, campaign: str, left: list[int]) -> str:
    edit = f"`circletake timeline export --campaign {campaign} --out edit` brings it into the edit"
    if not left:
        return f"What now?  Shots beside it can start from it; {edit}."
    numbers = " ".join(map(str, left))
    return (
        f"What now?  `circletake repair {take} --lines {numbers}` asks again for these alone; "
        f"{edit}, with a marker for each."
    )


def _words(line: Mapping[str, Any]) -> str:
    why = f"  ({line['reason']})" if line["reason"] else ""
    return f"  {line['line']:2} must  {line['verdict'].replace('_', ' ')}  {line['criterion']}{why}"


def _who(one: Mapping[str, Any]) -> str:
    return f"{one['version']}, circled by {one['by']}"
