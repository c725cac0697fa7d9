"""The words of the platform, explained where the pointer rests (`help=words.of("take")`)."""

MEANINGS = {
    "acceptance line": "One thing that the shot's director demands, in one sentence. Each take is "
    "checked against it; a must-line that fails keeps the take from being accepted.",
    "budget": "The most that this campaign may cost. What is not covered waits and is not lost.",
    "campaign": "Your packs, tried with several recipes under one budget.",
    "control": "A free way without any model, made on this machine. A paid recipe must beat it.",
    "findings": "What was learned, with how sure it is. Due by the date in your agreement.",
    "grant": "Leave for one person of the beta's team to look at a partner's pictures, with a "
    "reason and an end.",
    "held": "Money set aside for calls on their way; what is not spent comes back.",
    "key": "A password for a program, such as a render farm. Shown once, ends within 90 days.",
    "parked": "Not sent, because the budget did not cover it. Nothing was paid. Raise the budget "
    "and go on.",
    "partner": "A studio of the beta.",
    "rank range": "The places that a recipe may truly have: 1–3 means that the numbers cannot "
    "say whether it is first or third.",
    "recipe": "One way of asking for a take: a model, how pictures steer it, and its settings. "
    "Recipes are what is compared.",
    "shot pack": "A folder or zip with your shots, reference pictures and acceptance lines.",
    "take": "One picture or clip that came back, with where it is from and what it cost.",
    "trial": "One shot with one recipe, once. Each ends as a take, or with the reason why not.",
    "unknown": "Sent, but the answer was lost. It may have been billed; it is never sent again by "
    "itself, so that nothing is paid twice.",
    "worst case": "What everything would cost if each call cost the most that it can. Usually "
    "less is spent.",
}


def of(word: str) -> str:
    """Explain a word; an unknown one is a mistake of ours."""
    return MEANINGS[word]
