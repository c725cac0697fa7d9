"""prompt_align: share of what a shot asks for that judges see in the take, 0..1, higher is better.

A checklist of yes/no questions made of the shot's own words: sum of w P(yes) over sum of w, P(yes)
from three votes of each of two judges of different families (evaluators/judges/checklist.py; after
VQAScore, Lin and others 2024). Measuring never asks a judge, because asking costs money and shows
pictures to a third party: here it is not measured, and `circletake judge --campaign ID --checklist`
asks, within a budget.

Blind to: everything that the shot's words do not say; beauty; small differences between takes. Its
agreement with people is not shown, so it may doubt a line and never fail one.
"""

from evaluators.domain.brief import Brief
from evaluators.domain.score import Direction, Status, Tier
from evaluators.metric import Metric, Output, Reading, missing
from evaluators.views import Views

NOT_ASKED = "no judge was asked; `circletake judge --campaign ID --checklist` asks, for money"


def measure(_views: Views, _brief: Brief) -> Reading:
    """Say that nobody was asked; judges are asked apart from measuring."""
    return missing(Status.NOT_MEASURED, NOT_ASKED)


METRIC = Metric(
    name="prompt_align",
    version="1",
    needs=frozenset(),
    outputs=(Output(name="prompt_align", unit="share", direction=Direction.HIGHER),),
    deterministic=False,
    measure=measure,
    tier=Tier.JUDGE,
)
