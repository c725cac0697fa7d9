"""The tables of this storey; the partner stands first in every key.

Money is micro-dollars; bodies are JSON of frozen nouns.
"""

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, MetaData, String, Table, Text

from router.store.tables import Id, Utc

metadata = MetaData()

campaigns = Table(
    "campaigns",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("budget_musd", BigInteger, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("seen_alive_at", Utc),  # last sign of life of a runner; NULL = nobody has it yet
    Column("runner", String(200), nullable=False, server_default=""),  # "" = a command's own
    Column("body", Text, nullable=False),  # Campaign as planned
    Column("recipes", Text, nullable=False),  # the rows as they were when it was planned
    Column("refused", Text, nullable=False),  # cells that could not be asked
)

packs = Table(
    "packs",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("seal", Id, primary_key=True),
    Column("code", String(12), nullable=False),
    Column("title", String(120), nullable=False),
    Column("body", Text, nullable=False),  # ShotPack
    Column("media", Text, nullable=False),  # sha256 → MediaRef of the files taken in
)

trials = Table(
    "trials",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("campaign", Id, nullable=False),
    Column("pack", Id, nullable=False),
    Column("shot", String(24), nullable=False),
    Column("recipe", String(48), nullable=False),
    Column("number", Integer, nullable=False),
    Column("request", Id, nullable=False),
    Column("worst_case_musd", BigInteger, nullable=False),
    Column("body", Text, nullable=False),  # the router's Request, so that it can be asked again
    Column("earlier", Text, nullable=False, server_default="[]"),  # requests of earlier steps
    Index("trials_by_campaign", "partner", "campaign"),
)

steps = Table(
    "steps",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("request", Id, primary_key=True),
    Column("campaign", Id, nullable=False),
    Column("code", String(48), nullable=False),  # why it could not be asked for; "" = it can
    Column("reason", Text, nullable=False),
    Column("body", Text, nullable=False),  # Later
    Index("steps_by_campaign", "partner", "campaign"),
)

scores = Table(
    "scores",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("take", Id, primary_key=True),
    Column("campaign", Id, nullable=False),
    Column("body", Text, nullable=False),  # Scored
    Index("scores_by_campaign", "partner", "campaign"),
)

verdicts = Table(
    "verdicts",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("take", Id, primary_key=True),
    Column("line", Integer, primary_key=True),
    Column("author", String(80), primary_key=True),  # "" = measured, else the person who overruled
    Column("campaign", Id, nullable=False),
    Column("at", Utc, nullable=False),
    Column("body", Text, nullable=False),  # Verdict
    Index("verdicts_by_campaign", "partner", "campaign"),
)

observations = Table(
    "observations",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("campaign", Id, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("body", Text, nullable=False),  # Observation
    Index("observations_by_campaign", "partner", "campaign"),
)

repairs = Table(
    "repairs",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("child", Id, primary_key=True),
    Column("campaign", Id, nullable=False),
    Column("body", Text, nullable=False),  # Repair
    Index("repairs_by_campaign", "partner", "campaign"),
)

decisions = Table(
    "decisions",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("campaign", Id, nullable=False),
    Column("take", Id, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("body", Text, nullable=False),  # Decision
    Index("decisions_by_campaign", "partner", "campaign"),
)

# What people marked and said on takes; only ever added.
notes = Table(
    "notes",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("campaign", Id, nullable=False),
    Column("take", Id, nullable=False),
    Column("created_at", Utc, nullable=False),
    Column("body", Text, nullable=False),  # Note
    Index("notes_by_take", "partner", "take"),
    Index("notes_by_campaign", "partner", "campaign"),
)

# Prompts that a language model wrote, or why it did not: asked once for each cell.
writings = Table(
    "writings",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("id", Id, primary_key=True),  # pack, shot, recipe, template, writer, version, wire
    Column("at", Utc, nullable=False),
    Column("body", Text, nullable=False),  # Written
)

# Where the prompts of a campaign come from: template, what was left out, who wrote it.
prompts = Table(
    "prompts",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("campaign", Id, primary_key=True),
    Column("sha256", String(64), primary_key=True),  # of the prompt as it is sent
    Column("body", Text, nullable=False),  # Phrased
)

# Minutes that people worked; append-only, a correction is a further row.
labour = Table(
    "labour",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("campaign", Id, nullable=False),
    Column("at", Utc, nullable=False),
    Column("body", Text, nullable=False),  # Labour
    Index("labour_by_campaign", "partner", "campaign"),
)

# What the makers of imported takes say of them.
elsewhere = Table(
    "elsewhere",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("take", Id, primary_key=True),
    Column("campaign", Id, nullable=False),
    Column("body", Text, nullable=False),  # Elsewhere
    Index("elsewhere_by_campaign", "partner", "campaign"),
)

studies = Table(
    "studies",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("created_at", Utc, nullable=False),
    Column("closed_at", Utc),
    Column("body", Text, nullable=False),  # Study as it was opened
)

# What is asked of whom: written with its study, before the first vote.
slots = Table(
    "slots",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("study", Id, primary_key=True),
    Column("rater", String(80), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("body", Text, nullable=False),  # Slot
)

# Blind votes: only ever added.
votes = Table(
    "votes",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("study", Id, primary_key=True),
    Column("rater", String(80), primary_key=True),
    Column("slot", Integer, primary_key=True, autoincrement=False),
    Column("outcome", String(16), nullable=False),
    Column("at", Utc, nullable=False),
    Column("body", Text, nullable=False),  # Cast
)

# What language models said as judges: comparisons and checklist votes, apart from people's votes.
judgements = Table(
    "judgements",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("id", Id, primary_key=True),  # judging, pair or take, judge, vote
    Column("campaign", Id, nullable=False),
    Column("judging", Id, nullable=False),
    Column("at", Utc, nullable=False),
    Column("body", Text, nullable=False),  # Comparison or Ballot
    Index("judgements_by_campaign", "partner", "campaign"),
    Index("judgements_by_judging", "partner", "judging"),
)

# Repairs that were asked for over HTTP: a worker does them.
commissions = Table(
    "commissions",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("id", Id, primary_key=True),  # made of the key that the wish came with
    Column("campaign", Id, nullable=False),
    Column("simulated", Boolean, nullable=False),
    Column("state", String(16), nullable=False),
    Column("runner", String(200), nullable=False),
    Column("seen_alive_at", Utc),  # NULL = nobody has it yet
    Column("created_at", Utc, nullable=False),
    Column("body", Text, nullable=False),  # Commission
    Column("outcome", Text, nullable=False),  # JSON of what became of it; "" = nothing yet
    Index("commissions_by_state", "partner", "state"),
)

# What a partner's people said of words and pictures that would be printed; only ever added.
signoffs = Table(
    "signoffs",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("campaign", Id, nullable=False),
    Column("at", Utc, nullable=False),
    Column("body", Text, nullable=False),  # Answer
    Index("signoffs_by_campaign", "partner", "campaign"),
)

# What a partner's people say at the end; only ever added.
exit_forms = Table(
    "exit_forms",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("at", Utc, nullable=False),
    Column("body", Text, nullable=False),  # ExitForm
)

# What production trackers were told: our names, and the ids that things have there.
tracked = Table(
    "tracked",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("id", Id, primary_key=True),  # campaign, place and mark
    Column("campaign", Id, nullable=False),
    Column("at", Utc, nullable=False),
    Column("body", Text, nullable=False),  # Tracked
    Index("tracked_by_campaign", "partner", "campaign"),
)

# What raters say beside their votes: parts that failed, levels, practice; only ever added.
asides = Table(
    "asides",
    metadata,
    Column("partner", String(48), primary_key=True),
    Column("id", Id, primary_key=True),
    Column("study", Id, nullable=False),
    Column("rater", String(80), nullable=False),
    Column("at", Utc, nullable=False),
    Column("body", Text, nullable=False),  # Aside
    Index("asides_by_rater", "partner", "study", "rater"),
)
