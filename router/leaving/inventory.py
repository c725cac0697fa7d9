"""Every store that can hold a partner's bytes, by name; what is not named here stops a purge.

A new table with a partner in it, or a new name in the home, needs a line here: tests compare this
page with the real schema and with homes that have lived.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from router.domain.errors import Broken


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """A store that this installation names and does not reach."""

    name: str
    what: str
    remedy: str


# Tables whose rows go, children first; and the column that says whose they are.
GOES: Mapping[str, str] = {
    "access_keys": "partner",
    "people": "partner",
    "grants": "partner",
    "holders": "holder",
    "answers": "partner",
    "upload_parts": "partner",
    "uploads": "partner",
    "upload_quotas": "partner",
    "asides": "partner",
    "exit_forms": "partner",
    "signoffs": "partner",
    "tracked": "partner",
    "commissions": "partner",
    "judgements": "partner",
    "notes": "partner",
    "votes": "partner",
    "slots": "partner",
    "studies": "partner",
    "elsewhere": "partner",
    "labour": "partner",
    "prompts": "partner",
    "writings": "partner",
    "decisions": "partner",
    "repairs": "partner",
    "observations": "partner",
    "verdicts": "partner",
    "scores": "partner",
    "steps": "partner",
    "trials": "partner",
    "packs": "partner",
    "campaigns": "partner",
    "takes": "partner",
    "attempts": "partner",
    "questions": "partner",
    "requests": "partner",
}
# What a row of a table is, where its name does not say it.
MEANS: Mapping[str, str] = {
    "access_keys": "keys of pipelines; void",
    "answers": "answers that were kept for repeated requests",
    "attempts": "paid calls",
    "asides": "what raters said beside their votes",
    "bucket": "media objects under this partner's prefix",
    "commissions": "campaigns and repairs that were handed in for workers",
    "elsewhere": "takes that were made elsewhere",
    "exit_forms": "what people said at the end",
    "holders": "whose a key or a person is; void",
    "labour": "minutes of people",
    "notes": "what people marked and said on takes",
    "requests": "what takes were asked with",
    "signoffs": "answers about words and pictures that would be printed",
    "slots": "places of pictures in a blind study",
    "takes": "takes, those too that only a repair was made of, which no list shows",
    "tracked": "what a production tracker was told, by its ids there",
    "trials": "cells of a campaign: shot, recipe, number",
    "upload_quotas": "how much was handed in",
    "verdicts": "answers to acceptance lines",
    "writings": "texts that a language model wrote",
}
REVOKED = ("access_keys", "people", "grants", "holders")  # first of all
# Tables whose rows stay: ids, codes and amounts.
STAYS: Mapping[str, str] = {
    "ledger_entries": "money lines: attempt ids, kinds and amounts",
    "budgets": "money: caps and sums by campaign id",
    "prices": "what models cost at the time, for the money lines",
    "audit": "who did what: ids and codes",
    "departures": "that the partner left, and how that went",
}
NOBODYS = frozenset(  # tables without a partner: nothing of a partner's is in them
    {"alembic_version", "rate_buckets", "spent_tokens", "leases", "lanes"}
)
# Folders of the home with one folder for each partner in them.
BY_PARTNER: Mapping[str, str] = {
    "media": "media as received, and local copies of a bucket's",
    "derived": "thumbnails, evidence pictures, signed copies",
    "scores": "score caches and face embeddings",
    "staging": "raw answers that are not settled, and those that could not be used",
    "packs": "packs that the demonstration drew",
    "quarantine": "uploads that nobody has looked at yet",
    "previews": "pictures as they are shown",
    "signing": "the key and chain that copies are signed with",
}
# Folders in which a partner's things lie among others', found by the ids that they bear.
BY_MARK: Mapping[str, str] = {
    "emulator": "what the embedded emulator was asked and answered: objects, jobs, invocation log",
    "reports": "reports that were built",
}
# Names in the home under which nothing of a partner's may lie; they are searched all the same.
HOUSES: Mapping[str, str] = {
    "circletake.db": "the records: see the tables",
    "engine.db": "the job engine: ids only",
    "engine-aws.db": "the job engine: ids only",
    "engine-simulated.db": "the job engine: ids only",
    "engine-none.db": "the job engine: ids only",
    "circletake.log": "ids, sizes and codes",
    "up.log": "ids, sizes and codes",
    "signing.key": "signs links",
    "pepper": "of keys' digests",
    "keys": "wrapped data keys, the master key, the key of the audit log",
    "certificates": "what was deleted, and how that was checked",
    "leaving": "what a purge looks for; removed when it ends",
    "workers": "names that are taken",
    "lookers": "names that are taken",
    "shifts": "names that are taken",
    "tracking.lock": "nothing: held while a tracker is spoken to",
    "weights": "weights of learned metrics",
    "partners": "the partners' agreements, as files of the house",
}
OUTSIDE = (
    Outside(
        name="the partner's agreement (partners/NAME.yaml)",
        what="its name, budget, Regions and terms, a file of the house",
        remedy="remove it where the contract does not ask for it any longer",
    ),
    Outside(
        name="homes of other machines that share the database",
        what="local copies of media, answers that were not settled, wrapped keys in files",
        remedy="delete media/, derived/, scores/ and staging/ of this partner there",
    ),
    Outside(
        name="AWS and the models' providers",
        what="what their terms let them keep (`data_retention` of the agreement)",
        remedy="let their terms expire; with `none` there is nothing to wait for",
    ),
    Outside(
        name="Bedrock model-invocation log",
        what="prompts and answers of every call, where logging is on",
        remedy="delete the objects under AWSLogs/ whose requestMetadata names this partner's "
        "attempts, or let the bucket's lifecycle rule expire them",
    ),
    Outside(
        name="bucket of async output",
        what="clips as the provider delivered them",
        remedy="let a lifecycle rule expire them within days (deploy/ shows one)",
    ),
    Outside(
        name="the partner's own production tracker (Kitsu, Flow)",
        what="shots, takes and words that were pushed there by its own wish",
        remedy="theirs to keep; what we wrote ends with a line that begins [circletake:",
    ),
    Outside(
        name="bundles written with --out, packs in folders of one's own",
        what="whatever people copied out of this home",
        remedy="ask the people who did",
    ),
    Outside(
        name="backups of the database, of buckets and of this machine",
        what="everything of their day; sealed words in them stay closed, their key is destroyed",
        remedy="let them expire, or make them anew",
    ),
)


def holds(store: str) -> str:
    """Say what a store of a certificate holds; nothing where its name says it."""
    name = store.rstrip("/")
    folder = {**BY_PARTNER, **BY_MARK}.get(name, "")
    return folder if store.endswith("/") else MEANS.get(name, "")


class NotRegistered(Broken):
    """A store that could hold a partner's bytes, and that nobody has entered here."""

    code = "store_not_registered"


def require_tables(found: Mapping[str, Iterable[str]]) -> None:
    """Hold the tables of a database (name → columns) against this page; raises NotRegistered."""
    known = {*GOES, *STAYS, *NOBODYS}
    strange = sorted(
        name
        for name, columns in found.items()
        if name not in known and not name.startswith("sqlite_")
        if {"partner", "tenant", "holder"} & set(columns)
    )
    if strange:
        raise NotRegistered(
            field="inventory", found=f"tables {', '.join(strange)}", expected="each one registered"
        )


def strangers(names: Iterable[str]) -> list[str]:
    """Give the names in a home that are not on this page."""
    known = {*BY_PARTNER, *BY_MARK, *HOUSES}
    return sorted(n for n in names if n.removesuffix("-wal").removesuffix("-shm") not in known)
