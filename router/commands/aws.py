"""`circletake aws`: what an installation needs in an AWS account, said before anything is spent."""

import json
from typing import Annotated

import typer

from router.console import console

# Other files add their sub-commands to it, in this storey or above.
group = typer.Typer(no_args_is_help=True, help="An AWS account for the house: rights and checks.")


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group.command("policy")(policy)
    app.add_typer(group, name="aws")


def policy(
    context: typer.Context,
    role: Annotated[str, typer.Option(help="worker, api, engineer or dashboard.")] = "worker",
    partner: Annotated[
        str | None, typer.Option(help="Narrow media and keys to this partner.")
    ] = None,
    account: Annotated[str, typer.Option(help="Number of the account.")] = "111122223333",
    region: Annotated[str, typer.Option(help="Where bucket, keys and services are.")] = "us-west-2",
    environment: Annotated[str, typer.Option(help="CIRCLETAKE_ENVIRONMENT there.")] = "beta",
    *,
    template: Annotated[
        bool,
        typer.Option("--template", help="All roles, as the CloudFormation template of deploy/aws."),
    ] = False,
) -> None:
    """Print what a role may do at AWS, as IAM reads it: made from the catalogue, spends nothing."""
    from router import catalog, iam, iam_template

    said = console(context)
    known = catalog.load()
    if template:
        said.answer(iam_template.template(known), iam_template.text(known))
        return
    where = iam.account(account, region, environment)
    body = iam.document(iam.policy(role, known, where, partner))
    said.answer(body, json.dumps(body, indent=2))
