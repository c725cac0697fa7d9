"""Sign-off: items are laid before their partner, and answers of named people are kept."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from benchmarks.api.signing import Leaving, Word
from benchmarks.domain.signoff import (
    AGAIN,
    CORRECTED,
    PICTURE,
    WITHDRAWN,
    Answer,
    ExitForm,
    Item,
)
from benchmarks.domain.version import Version
from benchmarks.editorial.versions import of_case
from benchmarks.planning.plan import stamp
from benchmarks.planning.sources import shown_file
from benchmarks.studio import Studio
from benchmarks.views.case import Case
from benchmarks.views.signoff import (
    STATE_OF,
    asked,
    items,
    latest,
    latest_forms,
    plate_id,
    state_of,
)
from router.domain.caller import Reach
from router.domain.errors import BadInput, Conflict, UnknownName
from router.domain.ids import content_id
from router.domain.media import MediaRef

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """Satisfies the port of the sign-off routes; threads may share it."""

    house: Studio
    named: Callable[[str], str]  # shown → true name of a partner

    def items(self, reach: Reach, campaign: str) -> list[Json]:
        """Give everything of a campaign that would be printed, with how it stands."""
        case = self._case(reach, campaign)
        said = latest(case.answers)
        versions = of_case(case)
        return [_row(case, item, said.get(item.id), versions) for item in items(case)]

    def sign(self, reach: Reach, word: Word) -> Json:
        """Keep an answer; the latest counts, and every one is kept.

        Raises:
            UnknownName: no such campaign or item, or no such answer.
            BadInput: nobody is named; a correction without words; words of a picture.
            Conflict: the picture was withdrawn by another, who alone takes that back.
        """
        case = self._case(reach, word.campaign)
        known = {item.id: item for item in items(case)}
        if word.item not in known:
            raise UnknownName("item", word.item, (), hint="`circletake signoff list` shows them")
        if word.answer not in STATE_OF:
            raise UnknownName("answer", word.answer, STATE_OF)
        item, state = known[word.item], STATE_OF[word.answer]
        before = latest(case.answers).get(item.id)
        _require_possible(item, word, before)
        at = self.house.clock.now()
        answer = Answer(
            partner=item.partner,
            id=content_id("answer", [asdict(word), stamp(at), len(case.answers)]),
            campaign=item.campaign,
            item=item.id,
            state=state,
            text=word.text.strip() if state == CORRECTED else "",
            old=item.text if state == CORRECTED else "",
            by=word.by.strip(),
            role=word.role,
            at=at,
        )
        self.house.store.signatures.sign(answer)
        return _row(case, item, answer, of_case(case))

    def forms(self, reach: Reach, partner: str) -> list[Json]:
        """Give the exit forms of a partner that count, oldest first."""
        name = reach.require(self.named(partner))
        return [_form(f) for f in latest_forms(self.house.store.signatures.forms(name))]

    def leave(self, reach: Reach, form: Leaving) -> Json:
        """Keep an exit form; the latest of each person counts.

        Raises:
            UnknownName: no such partner.
            BadInput: nobody is named, or `again` is no answer.
        """
        name = reach.require(self.named(form.partner))
        _require_name(form.by)
        if form.again not in AGAIN:
            raise BadInput(field="again", found=form.again, expected=f"one of: {', '.join(AGAIN)}")
        at = self.house.clock.now()
        said = {**asdict(form), "partner": name, "by": form.by.strip()}
        kept = ExitForm(**said, id=content_id("exit_form", [said, stamp(at)]), at=at)
        self.house.store.signatures.leave(kept)
        return _form(kept)

    def _case(self, reach: Reach, campaign: str) -> Case:
        for partner in reach:
            with suppress(UnknownName):
                self.house.store.campaign(partner, campaign)
                return self.house.case(campaign)
        raise UnknownName("campaign", campaign, ())


def _require_possible(item: Item, word: Word, before: Answer | None) -> None:
    _require_name(word.by)
    corrects = STATE_OF[word.answer] == CORRECTED
    if corrects and item.kind == PICTURE:
        expected = "approve or withdraw: a picture has no words to correct"
        raise BadInput(field="answer", found=word.answer, expected=expected)
    if corrects and not word.text.strip():
        expected = "the words that are to be printed instead"
        raise BadInput(field="text", found=word.text, expected=expected)
    if word.text.strip() and not corrects:
        expected = "nothing: only a correction brings words"
        raise BadInput(field="text", found=word.text, expected=expected)
    if before is not None and before.state == WITHDRAWN and before.by != word.by.strip():
        expected = f"{before.by}, who withdrew it, to say so"
        raise Conflict(field="item", found="withdrawn by another person", expected=expected)


def _require_name(by: str) -> None:
    if not by.strip():
        raise BadInput(field="by", found=by, expected="the name of the person who says it")


def _row(case: Case, item: Item, answer: Answer | None, versions: Mapping[str, Version]) -> Json:
    said = {item.id: answer} if answer else {}
    shown = _picture(case, item)
    return {
        "item": item.id,
        **{k: v for k, v in asdict(item).items() if k != "id"},
        "sha256": shown.sha256 if shown else "",
        "mime": shown.mime if shown else "",
        "version": versions[item.take].number if item.take in versions else None,
        "recipe": case.trial_of[item.take].recipe if item.take in case.trial_of else "",
        "state": state_of(item.id, said),
        "answer": _answer(answer) if answer else None,
    }


def _picture(case: Case, item: Item) -> MediaRef | None:
    """Find what an item shows: a take, or the plate of a shot."""
    if item.kind != PICTURE:
        return None
    if item.take:
        return case.takes[item.take].media
    for seal, shot in asked(case):
        if shot == item.shot and plate_id(case, seal, shot) == item.id:
            file = shown_file(case.packs[seal].pack, case.shots[seal, shot])
            return case.packs[seal].media.get(file.sha256 or "") if file else None
    return None


def _answer(answer: Answer) -> Json:
    told = {k: getattr(answer, k) for k in ("state", "text", "old", "by", "role")}
    return {**told, "at": stamp(answer.at)}


def _form(form: ExitForm) -> Json:
    told = {k: v for k, v in asdict(form).items() if k != "id"}
    return {"form": form.id, **told, "at": stamp(form.at)}
