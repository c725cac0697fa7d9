"""The rights of all roles as one CloudFormation template: `deploy/aws/policies.yaml`."""

from collections.abc import Mapping
from typing import Any

import yaml

from router.cloud import iam
from router.domain.model import Model

HEAD = """\
# Written by `circletake aws policy --template`: change router/cloud/iam.py or the catalogue.
# Deploy it first: stack.yaml imports each policy by name. Resources `*`, and why AWS demands it:
{stars}
"""
ENVIRONMENT = {
    "Type": "String",
    "Default": "beta",
    "AllowedPattern": "^[a-z][a-z0-9]{1,15}$",
    "Description": "CIRCLETAKE_ENVIRONMENT; part of every name",
}


def template(catalogue: Mapping[str, Model]) -> dict[str, Any]:
    """Give the template: a managed policy, or several where one is too long, for each role."""
    where = iam.account("${AWS::AccountId}", "${AWS::Region}", "${Environment}")
    resources: dict[str, Any] = {}
    outputs: dict[str, Any] = {}
    for role in iam.ROLES:
        for number, part in enumerate(iam.parts(iam.policy(role, catalogue, where)), start=1):
            name = f"{role.title()}{number}"
            resources[name] = _managed(f"{role}-{number}", part)
            outputs[name] = {
                "Value": {"Ref": name},
                "Export": {"Name": {"Fn::Sub": f"circletake-${{Environment}}-{role}-{number}"}},
            }
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Circle Take: what each role may do, from the catalogue",
        "Parameters": {"Environment": ENVIRONMENT},
        "Resources": resources,
        "Outputs": outputs,
    }


def text(catalogue: Mapping[str, Model]) -> str:
    """Give the template as the file holds it."""
    where = iam.account("", "", "")
    stars = {s.sid: s.why_all for role in iam.ROLES for s in iam.policy(role, catalogue, where)}
    said = "\n".join(f"#   {sid}: {why}" for sid, why in stars.items() if why)
    body = yaml.dump(template(catalogue), Dumper=_Plain, sort_keys=False, width=120)
    return HEAD.format(stars=said) + body


def _managed(name: str, statements: tuple[iam.Statement, ...]) -> dict[str, Any]:
    return {
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {
            "ManagedPolicyName": {"Fn::Sub": f"circletake-${{Environment}}-{name}"},
            "PolicyDocument": _substituted(iam.document(statements)),
        },
    }


def _substituted(value: Any) -> Any:
    """Let CloudFormation fill in what it knows."""
    if isinstance(value, dict):
        return {name: _substituted(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_substituted(inner) for inner in value]
    return {"Fn::Sub": value} if isinstance(value, str) and "${" in value else value


class _Plain(yaml.SafeDumper):
    """Writes everything out: a person who reads a right shall not look for an anchor."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
        return True
