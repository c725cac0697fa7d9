"""`circletake aws`: what an installation needs in an AWS account, said before anything is spent."""

import json
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated

import typer

from router.console import console

if TYPE_CHECKING:
    from router.cloud.instances import Instance, Share

# Other files add their sub-commands to it, in this storey or above.
group = typer.Typer(no_args_is_help=True, help="An AWS account for the house: rights and checks.")


def register(app: typer.Typer) -> None:
    """Mount the sub-commands of this file."""
    group.command("policy")(policy)
    group.command("endpoint-cost")(endpoint_cost)
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
    from router import catalog
    from router.cloud import iam, iam_template

    said = console(context)
    known = catalog.load()
    if template:
        said.answer(iam_template.template(known), iam_template.text(known))
        return
    where = iam.account(account, region, environment)
    body = iam.document(iam.policy(role, known, where, partner))
    said.answer(body, json.dumps(body, indent=2))


def endpoint_cost(  # noqa: PLR0913 - one parameter is one option
    context: typer.Context,
    *,
    instance: Annotated[str, typer.Option(help="ml.g6e.2xlarge, …")],
    seconds: Annotated[str, typer.Option(help="Of work for one take, as you measured it.")],
    utilisation: Annotated[
        str, typer.Option(help="Share of the paid hours in which it works, above 0 to 1.")
    ] = "0.3",
    usd_hour: Annotated[
        str | None, typer.Option(help="What an hour costs you.  [default: our table]")
    ] = None,
    film_seconds: Annotated[
        int | None, typer.Option(help="Length of the film, where it makes one.")
    ] = None,
    takes: Annotated[int, typer.Option(help="Of one burst that starts from zero.")] = 20,
    start_minutes: Annotated[
        str, typer.Option(help="From zero to the first take; nobody has measured it for you.")
    ] = "10",
    idle_minutes: Annotated[
        str, typer.Option(help="Until it scales back to zero; deploy/sagemaker waits so long.")
    ] = "15",
) -> None:
    """Say what a take costs on an endpoint of your own, at a given utilisation. Spends nothing."""
    from router.cloud import instances

    said = console(context)
    around = _number("--start-minutes", start_minutes) + _number("--idle-minutes", idle_minutes)
    hour = None if usd_hour is None else _number("--usd-hour", usd_hour)
    chosen = instances.choose(instance, hour, instances.load())
    found = instances.share(
        chosen,
        seconds=_number("--seconds", seconds),
        utilisation=_number("--utilisation", utilisation),
        film_seconds=film_seconds,
        takes=takes,
        around_s=around * 60,
    )
    body = {
        "instance": instance,
        "usd_hour": float(chosen.usd_hour),
        "source": chosen.said,
        "take_usd": found.take_musd / 1e6,
        "film_second_usd": None if found.second_musd is None else found.second_musd / 1e6,
        "burst": {
            "takes": takes,
            "usd": found.burst_musd / 1e6,
            "hours": round(float(found.burst_hours), 4),
            "utilisation": round(float(found.burst_utilisation), 4),
        },
    }
    said.answer(body, _told(chosen, found, utilisation, takes))


def _told(chosen: "Instance", found: "Share", utilisation: str, takes: int) -> str:
    from router.domain.money import usd_text

    is_film = found.second_musd is not None
    each = usd_text(found.second_musd if found.second_musd is not None else found.take_musd)
    unit = "second" if is_film else "image"
    return (
        f"{chosen.name} ({chosen.gpu or 'GPU not known here'}): {chosen.usd_hour} USD an hour"
        f" ({chosen.said})\n"
        f"a take: {usd_text(found.take_musd)} USD at {utilisation} utilisation\n"
        f"{takes} takes at once from zero instances: {usd_text(found.burst_musd)} USD in"
        f" {found.burst_hours:.2f} hours, of which {found.burst_utilisation:.0%} is work\n"
        "not in it: S3, ECR, traffic, failed takes, and whether AWS bills the minutes before an"
        " instance is in service\n"
        f'What now?  Put it into the catalogue\'s row: price: {{unit: {unit}, usd: "{each}", …}}'
        f"{', per second of film' if is_film else ''}."
    )


def _number(field: str, text: str) -> Decimal:
    from router.domain.errors import BadInput

    try:
        found = Decimal(text)
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite():
        raise BadInput(field=field, found=text, expected="a number")
    return found
