"""Endpoints of Bedrock Marketplace: deployed in the account, called through InvokeModel by ARN.

Source of the form: the service model of the SDK (`InvokeModelIdentifier`). What a container takes
and gives is its own affair; the one that stands here speaks the flat JSON of the Stability models.
"""

import re
from collections.abc import Mapping

from router.emulator.errors import AwsError, pattern, validation
from router.emulator.invocation_log import ACCOUNT
from router.emulator.models import FORMAT, NEGATIVE, PROMPT, RATIO, SEED, Model

START = "arn:aws:sagemaker:"
ARN = re.compile(
    r"arn:aws:sagemaker:(?P<region>[a-z0-9-]{1,20}):(?P<account>[0-9]{12}):endpoint/"
    r"(?P<name>[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62})"
)
DEPLOYED: Mapping[str, Model] = {
    model.id: model
    for model in (
        Model(
            id="marketplace-still-endpoint",
            api="InvokeModel",
            operation="text_to_image",
            usd=0.03,
            fields=PROMPT | NEGATIVE | SEED | FORMAT | RATIO,
            required=("prompt",),
        ),
    )
}


def admit(arn: str, region: str) -> Model:
    """Find the endpoint that this ARN means in this region.

    Raises:
        AwsError: no ARN of an endpoint, of another region or account, or nothing deployed there.
    """
    match = ARN.fullmatch(arn)
    if match is None:
        raise pattern(arn, "modelId", ARN.pattern)
    if match["region"] != region:
        raise validation("The provided model identifier is invalid.")
    if match["account"] != ACCOUNT:
        said = "You don't have access to the model with the specified model ID."
        raise AwsError(403, "AccessDeniedException", said)
    model = DEPLOYED.get(match["name"])
    if model is None or region not in model.regions:
        raise validation(f"Endpoint {match['name']} of account {ACCOUNT} not found.")
    return model
