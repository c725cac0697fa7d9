"""`partners purge`: a partner leaves without a trace, step by step, each safe to take again.

freeze → count → revoke → rows → files → bucket → key → wipe → search → certify. What was counted
and what is to be looked for is written down before anything is deleted, so a purge that was killed
at any step goes on where the next one starts. The list of what to look for holds the partner's own
words: it lies in a file of mode 0600 and goes with the last step.
"""

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from router.audit.log import AuditLog
from router.domain.errors import Busy, Conflict
from router.files.durable_file import write_durably
from router.leaving import certificate, files, freeze, inventory, rows, search
from router.leaving.bucket import Bucket
from router.settings import Settings
from router.vault.keyring import KeyState
from router.vault.vault import Vault

STEPS = (
    "freeze", "count", "revoke", "rows", "files", "bucket", "key", "wipe", "search", "certify"
)  # fmt: skip
UNSEARCHED = frozenset({"partners", "certificates", "leaving", "weights", "keys"})
Told = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """One installation, as a purge reaches it."""

    settings: Settings
    vault: Vault
    audit: AuditLog
    partners: frozenset[str]
    bucket: Bucket | None = None


def purge(
    site: Site, partner: str, by: str, told: Told | None = None, canaries: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Delete everything of a partner, look for it again, and certify that; may be run again.

    Args:
        site: the installation.
        partner: whose things go; what is taken in for it is refused from now on.
        by: id of whoever asked for it.
        told: told of each step when it is done.
        canaries: further texts to look for, as they were planted.

    Raises:
        Busy: calls are under way, or the database is read all the time; purge again later.
        NotRegistered: there is a store that the inventory does not know. Nothing was deleted.
        AuditDown: the records cannot be kept.
    """
    return _Purge(site, partner, by, told or (lambda _: None), canaries).run()


def inventory_of(site: Site, partner: str) -> dict[str, int]:
    """Count what a purge would delete, by store; changes nothing."""
    engine, home = site.audit.engine, site.settings.home
    marks = files.chained(home / "emulator", rows.marks(engine, partner))
    return _counts(site, partner, marks)


def _counts(site: Site, partner: str, marks: frozenset[str]) -> dict[str, int]:
    found = rows.counts(site.audit.engine, partner, inventory.GOES)
    found |= files.counts(site.settings.home, partner, marks)
    if site.bucket is not None:
        found["bucket"] = site.bucket.count(partner)
    return found


@dataclass(slots=True)
class _Purge:
    site: Site
    partner: str
    by: str
    told: Told
    canaries: tuple[str, ...]

    def run(self) -> dict[str, Any]:
        """Take every step; who has left before has the certificate of it already."""
        engine, kept = self.site.audit.engine, self.site.settings.certificates
        if freeze.ended(engine, self.partner) and (earlier := certificate.last(kept, self.partner)):
            self._refuse_canaries(earlier)
            return earlier
        rows.tables(engine)  # refuses what the inventory does not know, before anything is done
        body = freeze.begin(engine, self.partner, self.site.audit.clock.now())
        if "before" not in body:
            body = self._begin()
        work = json.loads(self._work.read_text()) if self._work.exists() else {}
        marks = frozenset(work.get("marks", ()))
        self.told("count")
        rows.remove(engine, self.partner, inventory.REVOKED)
        self.told("revoke")
        rows.remove(engine, self.partner, inventory.GOES)
        self.told("rows")
        files.remove(self.site.settings.home, self.partner, marks)
        self.told("files")
        if self.site.bucket is not None:
            self.site.bucket.remove(self.partner)
        self.told("bucket")
        key = self.site.vault.destroy(self.partner, self.site.audit.clock.now())
        self.told("key")
        wiped = rows.wipe(engine)
        self.told("wipe")
        planted = {v for text in self.canaries for v in search.variants(text)}
        patterns = planted | {b64decode(p) for p in work.get("patterns", ())}
        found = self._search(sorted(patterns))
        self.told("search")
        return self._certify(body, (key, wiped), found, marks)

    def _refuse_canaries(self, earlier: dict[str, Any]) -> None:
        """Never hand over an earlier certificate as if it spoke of texts that came later."""
        if self.canaries:
            found = f"said after {self.partner} had left ({earlier['ended_at']})"
            expected = "it with the purge itself: that certificate cannot speak of it any more"
            raise Conflict(field="--canary", found=found, expected=expected)

    def _begin(self) -> dict[str, Any]:
        """Freeze, let what is under way end, and write down what there is."""
        engine, home = self.site.audit.engine, self.site.settings.home
        note = self.site.audit.note(self.by, self.partner, "purge_begun")
        self.told("freeze")
        if going := rows.in_flight(engine, self.partner):
            expected = "none; a worker, or `ledger reconcile`, ends them: then purge again"
            raise Busy(field="calls under way", found=going, expected=expected)
        marks = files.chained(home / "emulator", rows.marks(engine, self.partner))
        patterns = sorted(set(self._patterns()))
        work = {
            "marks": sorted(marks),
            "patterns": [b64encode(p).decode() for p in patterns],
        }
        write_durably(self._work, json.dumps(work).encode())
        body = {
            "begun_at": note.at.isoformat(),
            "by": self.by,
            "before": _counts(self.site, self.partner, marks),
        }
        freeze.note(engine, self.partner, body)
        return body

    @property
    def _work(self) -> Path:
        return self.site.settings.home / "leaving" / f"{self.partner}.json"

    def _patterns(self) -> Iterator[bytes]:
        """Give what only this partner has: its words and its pictures, less what others have.

        Words that stand within another's text are no sign of this partner: both may have begun
        with the same starter pack.
        """
        engine, home = self.site.audit.engine, self.site.settings.home
        others = self.site.partners - {self.partner}
        theirs = "\n".join(sorted({w for other in others for w in self._words(other)}))
        words = set(search.prose(rows.words(engine, self.partner)))
        mine = [word for word in words if word not in theirs]
        for text in (*mine, *self.canaries):
            yield from search.variants(text)
        shas = {p.name for other in others for p in (home / "media" / other).rglob("*")}
        own = (p for p in (home / "media" / self.partner).rglob("*") if p.is_file())
        local = (p.read_bytes() for p in own if p.name not in shas)
        remote = self.site.bucket.samples(self.partner) if self.site.bucket else iter(())
        yield from filter(None, map(search.sample, chain(local, remote)))

    def _words(self, partner: str) -> Iterator[str]:
        if self.site.vault.state(partner)[0] is KeyState.DESTROYED:
            return iter(())
        return search.prose(rows.words(self.site.audit.engine, partner))

    def _search(self, patterns: list[bytes]) -> search.Searched:
        home = self.site.settings.home
        left = [p for p in sorted(home.rglob("*")) if p.is_file() and not p.is_symlink()]
        places = [p for p in left if p.relative_to(home).parts[0] not in UNSEARCHED]
        found = search.search(places, patterns)
        hits, count, size = [*found.hits], found.files, found.bytes
        for key, data in self.site.bucket.others() if self.site.bucket else ():
            count, size = count + 1, size + len(data)
            hits += [key] if search.found_in(data, patterns) else []
        return search.Searched(patterns=found.patterns, files=count, bytes=size, hits=tuple(hits))

    def _certify(
        self,
        body: dict[str, Any],
        done: tuple[str, str],
        found: search.Searched,
        marks: frozenset[str],
    ) -> dict[str, Any]:
        audit, home = self.site.audit, self.site.settings.home
        (key, wiped), engine = done, self.site.audit.engine
        state = self.site.vault.state(self.partner)[0]
        kept = rows.counts(engine, self.partner, inventory.STAYS)
        record = audit.note(self.by, self.partner, "purge_ended", key=key, hits=len(found.hits))
        ended = audit.clock.now()
        told = {
            **body,
            "schema": "purge/1",
            "partner": self.partner,
            "ended_at": ended.isoformat(),
            "after": _counts(self.site, self.partner, marks),
            "key": {"id": key, "state": state.value},
            "search": {
                "command": f"circletake partners purge {self.partner}",
                "patterns": found.patterns,
                "files": found.files,
                "bytes": found.bytes,
                "hits": [h.removeprefix(f"{home}/") for h in found.hits],
                "not_searched": sorted(UNSEARCHED),
            },
            "wiped": wiped,
            "unknown_to_inventory": inventory.strangers(p.name for p in home.iterdir()),
            "kept": [[name, kept[name], why] for name, why in inventory.STAYS.items()],
            "outside": certificate.outside(),
            "audit": {"chain": record.chain, "number": record.number, "hash": record.hash},
        }
        final = certificate.sealed(told, audit.key)
        certificate.write(final, self.site.settings.certificates, ended)
        if certificate.is_clean(final):
            freeze.note(engine, self.partner, body, ended)
            self._forget()
        self.told("certify")
        return final

    def _forget(self) -> None:
        """Remove the list of what was looked for, its bytes first."""
        if self._work.exists():
            with self._work.open("r+b", buffering=0) as file:
                file.write(os.urandom(self._work.stat().st_size))
                os.fsync(file.fileno())
            self._work.unlink()
