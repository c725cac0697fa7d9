"""What deploys the house is sound by itself: image, one host, AWS."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from dockerfile_parse import DockerfileParser

from router.decoding import child, review
from tests.compose import read, words

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
DOCKERFILE = DockerfileParser(path=str(DEPLOY / "Dockerfile"))
STEPS = DOCKERFILE.structure
OURS = ("roles", "migrate", "api", "worker-1", "worker-2", "dashboard")
STAYING = ("api", "worker-1", "worker-2", "dashboard", "database")
SETTINGS = (ROOT / "router/settings.py").read_text(encoding="utf-8")
ENTRY = (DEPLOY / "enter.py").read_text(encoding="utf-8")


def stages():
    """Give each stage of the image: name → (what it is made from, its steps)."""
    found, name = {}, ""
    for step in STEPS:
        if step["instruction"] == "FROM":
            base, name = re.fullmatch(r"(\S+) AS (\S+)", step["value"]).groups()
            found[name] = (base, [])
        elif name:
            found[name][1].append(step)
    return found


STAGES = stages()


def said(stage, instruction):
    """Give the values of an instruction in a stage and all that it is made from, oldest first."""
    base, steps = STAGES[stage]
    own = [s["value"] for s in steps if s["instruction"] == instruction]
    return (said(base, instruction) if base in STAGES else []) + own


# --- the image --------------------------------------------------------------------------------


@pytest.mark.parametrize("target", ["cpu", "gpu"])
def test_the_image_runs_as_nobody_special_and_watches_itself_with_its_own_command(target):
    assert said(target, "USER") == ["10001:10001"]
    assert said(target, "ENTRYPOINT") == ['["tini", "--", "python", "/srv/enter.py"]']
    (check,) = said(target, "HEALTHCHECK")
    assert '"circletake", "alive"' in check
    assert not re.search(r"\b(curl|wget)\b", DOCKERFILE.content)


@pytest.mark.parametrize("target", ["cpu", "gpu"])
def test_no_tool_that_builds_is_in_the_image(target):
    assert STAGES[target][0] == "runtime"
    assert STAGES["runtime"][0] == "${BASE}"
    installed = " ".join(said(target, "RUN"))
    assert not re.search(r"build-essential|gcc|nasm|-dev\b|git\b|pip install", installed)
    assert "rm -rf /usr/local/lib/python3.11/site-packages/pip" in installed


def test_everything_is_installed_from_the_constraints_and_nothing_else():
    pips = [r for stage in STAGES for r in said(stage, "RUN") if "pip" in r and " install" in r]
    assert len(pips) >= 3
    env = " ".join(said("packages-gpu", "ENV"))
    assert 'PIP_CONSTRAINT="/build/constraints.txt /build/build-constraints.txt"' in env
    assert not any(re.search(r"[=<>]=\d|--extra-index|--index-url", run) for run in pips)


def test_pyav_is_built_against_an_ffmpeg_without_gpl_that_knows_what_the_house_accepts():
    (build,) = [r for r in said("ffmpeg", "RUN") if "./configure" in r]
    flags = dict(re.findall(r"--enable-(\w+)=(\S+)", build))
    assert "--disable-everything" in build
    assert not re.search(r"--enable-(gpl|nonfree|version3|libx26)", build)
    assert "CONFIG_GPL 0" in build
    decoders = {name.removeprefix("lib") for name in flags["decoder"].split(",")}
    named = {"av1": "dav1d"}
    assert {named.get(codec, codec) for codec in child.CODECS} <= decoders
    dangerous = {"flic", "magicyuv", "vobsub", "apng", "apv"}
    assert not dangerous & decoders
    encoders = flags["encoder"].replace("libvpx_vp9", "libvpx-vp9").split(",")
    assert review.ENCODERS[0][0] in encoders
    for name in re.findall(r'"(lib\w+[\w-]*)", rate', _source("decoding/proxy")):
        assert name in encoders
    filters = set(re.findall(r'"(\w+)=remove_types', _source("decoding/proxy")))
    assert filters <= set(flags["bsf"].split(","))
    assert "--no-binary av" in " ".join(said("packages", "RUN"))


def _source(name):
    return (ROOT / f"router/{name}.py").read_text(encoding="utf-8")


def test_what_is_fetched_has_a_checksum_and_the_research_only_file_stays_out():
    fetched = [s["content"] for s in STEPS if s["instruction"] == "ADD"]
    assert all("--checksum=sha256:" in one for one in fetched)
    (install,) = [r for r in said("packages", "RUN") if '"/src[' in r]
    assert "shape_predictor_68_face_landmarks.dat" in install, "in the layer that brings it"
    assert "! find /opt/circletake /opt/ffmpeg" in install


def test_no_secret_and_no_weights_are_in_the_image():
    for step in STEPS:
        if step["instruction"] in {"ARG", "ENV"}:
            assert not re.search(r"(?i)password|token|secret|access_key", step["value"])
    copied = " ".join(s["value"] for s in STEPS if s["instruction"] == "COPY")
    assert not re.search(r"weights|secrets|tests", copied)


def test_the_builder_gets_what_is_copied_and_nothing_else():
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert "*" in ignored
    kept = {line[1:].split("/")[0] for line in ignored if line.startswith("!")}
    copied = set()
    for step in STEPS:
        if step["instruction"] == "COPY" and "--from" not in step["value"]:
            copied |= set(step["value"].split()[:-1])
    assert {one.split("/")[0] for one in copied} == kept
    assert all((ROOT / one).exists() for one in copied)
    assert {"**/testing", "**/__pycache__"} <= set(ignored)


# --- one host ---------------------------------------------------------------------------------


@pytest.mark.parametrize("name", sorted(read()))
def test_a_container_has_no_more_rights_than_it_needs(name):
    it = read()[name]
    assert it["read_only"] is True
    assert it["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in it["security_opt"]
    assert not {"privileged", "pid", "ipc", "devices"} & set(it)
    assert any(str(t).split(":")[0] == "/tmp" for t in it["tmpfs"])
    image = it["image"]
    assert re.search(r":[\w.-]+$", image)
    assert not image.endswith(":latest")
    for port in it.get("ports", ()):
        assert port.startswith("127.0.0.1:"), "TLS ends in front of it"
    if name in OURS:
        assert it["user"] == "10001:10001"
        assert any(t.startswith("/run/circletake:") and "mode=0700" in t for t in it["tmpfs"])
    if name in STAYING:
        assert it["healthcheck"]["test"][0] == "CMD"
        assert it["restart"] == "unless-stopped"


@pytest.mark.parametrize("name", OURS)
def test_secrets_come_as_files_and_variables_are_ones_that_somebody_reads(name):
    it = read()[name]
    for key, value in it["environment"].items():
        assert key in SETTINGS or key in ENTRY or key == "CIRCLETAKE_DATABASE_ROOT"
        assert not re.search(r"://[^/@]*:[^/@]+@", str(value)), "a password in an address"
        assert not re.search(r"(?i)password|secret_access", key)
    declared = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["secrets"]
    assert set(it["secrets"]) <= set(declared)
    assert all(set(one) == {"file"} for one in declared.values())


def test_screens_hold_no_key_of_the_database_of_aws_or_of_partners():
    it = read()["dashboard"]
    assert it["secrets"] == ["oidc"]
    assert not [k for k in it["environment"] if "DATABASE" in k or k.startswith("AWS")]
    assert "volumes" not in it


def test_a_worker_is_given_longer_to_leave_than_it_takes():
    it = read()["worker-1"]
    drain = int(words(it["command"])[words(it["command"]).index("--drain") + 1])
    assert drain < int(it["stop_grace_period"].removesuffix("s"))


# --- AWS --------------------------------------------------------------------------------------


class _Tagged(yaml.SafeLoader):
    """Reads CloudFormation's short forms as their long ones."""


def _short(loader, suffix, node):
    read_as = {
        yaml.ScalarNode: loader.construct_scalar,
        yaml.SequenceNode: loader.construct_sequence,
        yaml.MappingNode: loader.construct_mapping,
    }[type(node)]
    value = read_as(node, deep=True) if type(node) is not yaml.ScalarNode else read_as(node)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


_Tagged.add_multi_constructor("!", _short)
STACK = yaml.load((DEPLOY / "aws/stack.yaml").read_text(encoding="utf-8"), Loader=_Tagged)
RESOURCES = STACK["Resources"]


def of(kind):
    return {n: r.get("Properties", {}) for n, r in RESOURCES.items() if r["Type"] == kind}


@pytest.mark.slow
def test_the_templates_are_clean_by_cfn_lint():
    files = sorted(str(p) for p in (DEPLOY / "aws").glob("*.yaml"))
    assert len(files) == 3
    done = subprocess.run(
        [str(Path(sys.executable).parent / "cfn-lint"), *files],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_stack_attaches_exactly_the_policies_that_are_generated():
    made = yaml.safe_load((DEPLOY / "aws/policies.yaml").read_text(encoding="utf-8"))["Outputs"]
    exported = {o["Export"]["Name"]["Fn::Sub"] for o in made.values()}
    people = {name for name in exported if "-engineer-" in name}
    imported = [
        one["Fn::ImportValue"]["Fn::Sub"]
        for role in of("AWS::IAM::Role").values()
        for one in role.get("ManagedPolicyArns", ())
        if "Fn::ImportValue" in one
    ]
    assert sorted(imported) == sorted(exported - people)
    for role in ("Worker", "Api", "Dashboard"):
        attached = json.dumps(RESOURCES[f"{role}Role"]["Properties"]["ManagedPolicyArns"])
        assert set(re.findall(r"\}-(\w+)-\d", attached)) == {role.lower()}


def test_tasks_speak_the_words_of_the_one_host_and_read_the_same_variables():
    services = read()
    alike = {"Api": "api", "Worker": "worker-1", "Dashboard": "dashboard"}
    alike |= {"Roles": "roles", "Migrate": "migrate"}
    for name, service in alike.items():
        (container,) = RESOURCES[f"{name}Task"]["Properties"]["ContainerDefinitions"]
        here = [w for w in container["Command"] if isinstance(w, str)]
        there = words(services[service]["command"])
        assert [w for w in here if w.startswith("--")] == [w for w in there if w.startswith("--")]
        assert here[:2] == there[:2]
        assert container["ReadonlyRootFilesystem"] is True
        assert container["User"] == "10001:10001"
        assert container["LinuxParameters"]["Capabilities"] == {"Drop": ["ALL"]}
        for variable in container["Environment"]:
            key = variable["Name"]
            assert key in SETTINGS or key in ENTRY or key == "CIRCLETAKE_DATABASE_ROOT"
        for secret in container.get("Secrets", ()):
            assert f'"{secret["Name"].removeprefix("SECRET_").lower()}"' in ENTRY


def test_names_in_the_stack_are_those_that_the_rights_were_written_for():
    from router.cloud import iam

    here = iam.account("${AWS::AccountId}", "${AWS::Region}", "${Environment}")
    names = [b["BucketName"]["Fn::Sub"] for b in of("AWS::S3::Bucket").values()]
    assert sorted(names) == sorted([here.bucket, here.anchor_bucket])
    (alias,) = of("AWS::KMS::Alias").values()
    assert alias["AliasName"]["Fn::Sub"] == f"{here.keys}{iam.HOUSE_KEY}"
    (container,) = RESOURCES["WorkerTask"]["Properties"]["ContainerDefinitions"]
    env = {v["Name"]: json.dumps(v["Value"]) for v in container["Environment"]}
    assert f"{here.keys}{{partner}}" in env["CIRCLETAKE_KMS_KEY"]
    assert f"/{here.media.strip('/')}" in env["CIRCLETAKE_MEDIA"]
    assert f"/{iam.ANCHOR.strip('/')}" in env["CIRCLETAKE_AUDIT_ANCHOR"]


def test_what_is_kept_is_sealed_and_nothing_of_it_is_public():
    for bucket in of("AWS::S3::Bucket").values():
        assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
        assert bucket["VersioningConfiguration"] == {"Status": "Enabled"}
    for policy in of("AWS::S3::BucketPolicy").values():
        (tls,) = [s for s in policy["PolicyDocument"]["Statement"] if s["Sid"] == "TlsOnly"]
        assert (tls["Effect"], tls["Principal"]) == ("Deny", "*")
    (database,) = of("AWS::RDS::DBInstance").values()
    assert database["StorageEncrypted"] is True
    assert database["DeletionProtection"] is True
    assert database["PubliclyAccessible"] is False
    (logs,) = of("AWS::Logs::LogGroup").values()
    assert logs["RetentionInDays"] == {"Ref": "LogDays"}


def test_workers_have_no_way_to_the_internet():
    routes = of("AWS::EC2::Route").values()
    assert not [r for r in routes if r["RouteTableId"] == {"Ref": "InsideRoutes"}]
    net = RESOURCES["WorkerService"]["Properties"]["NetworkConfiguration"]["AwsvpcConfiguration"]
    assert net["Subnets"] == [{"Ref": "InsideA"}, {"Ref": "InsideB"}]
    for rule in of("AWS::EC2::SecurityGroup")["InsideGroup"]["SecurityGroupEgress"]:
        assert rule.get("CidrIp", "10.") != "0.0.0.0/0"
    reached = {json.dumps(e["ServiceName"]) for e in of("AWS::EC2::VPCEndpoint").values()}
    for service in ("bedrock-runtime", "s3", "secretsmanager", "kms", "logs", "ecr.api",
                    "ecr.dkr", "sagemaker.runtime"):  # fmt: skip
        assert any(one.endswith(f'.{service}"}}') for one in reached), service


def test_every_alarm_writes_to_somebody_and_money_has_an_outer_fuse():
    alarms = of("AWS::CloudWatch::Alarm")
    assert len(alarms) >= 6
    assert all(a["AlarmActions"] == [{"Ref": "Duty"}] for a in alarms.values())
    (fuse,) = of("AWS::Budgets::BudgetsAction").values()
    assert fuse["ApprovalModel"] == "AUTOMATIC"
    assert fuse["Definition"]["IamActionDefinition"]["Roles"] == [{"Ref": "WorkerRole"}]


# Where a statement of the stack's own names `*`, AWS knows no other resource.
STARS = {
    "ecr:GetAuthorizationToken": "takes no resource",
    "MoneyIsSpent": "a Deny that no later Allow goes past",
}


def test_no_right_written_by_hand_is_for_everything_but_where_aws_knows_nothing_else():
    for name, resource in RESOURCES.items():
        given = resource.get("Properties", {})
        documents = [p["PolicyDocument"] for p in given.get("Policies", ())]
        if resource["Type"] == "AWS::IAM::ManagedPolicy":
            documents.append(given["PolicyDocument"])
        for statement in (s for d in documents for s in d["Statement"]):
            if statement["Resource"] == "*":
                why = statement.get("Sid") or statement["Action"]
                assert why in STARS, name


# --- the entry ----------------------------------------------------------------------------------


def test_the_entry_turns_variables_of_ecs_into_files_and_hands_none_on(tmp_path):
    told = "import os, json; print(json.dumps(dict(os.environ)))"
    done = subprocess.run(
        [sys.executable, str(DEPLOY / "enter.py"), sys.executable, "-c", told],
        env={
            "CIRCLETAKE_RUN": str(tmp_path / "run"),
            "CIRCLETAKE_GIVEN": str(tmp_path / "none"),
            "CIRCLETAKE_KEYS": str(tmp_path / "keys"),
            "CIRCLETAKE_OIDC_ISSUER": "",
            "SECRET_PEPPER": "p" * 64,
            "SECRET_AUDIT_KEY": "a" * 64,
            "SECRET_DATABASE_PASSWORD": "one:two\\three",
        },
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    seen = json.loads(done.stdout)
    assert not [name for name in seen if name.startswith("SECRET_")]
    assert not [v for v in seen.values() if "pppp" in v or "aaaa" in v or "one:two" in v]
    assert "CIRCLETAKE_OIDC_ISSUER" not in seen, "empty is not given"
    assert Path(seen["CIRCLETAKE_PEPPER_FILE"]).read_text(encoding="utf-8") == "p" * 64
    assert (tmp_path / "keys/audit.key").read_text(encoding="utf-8") == "a" * 64
    line = Path(seen["PGPASSFILE"]).read_text(encoding="utf-8")
    assert line == "*:*:*:circletake_app:one\\:two\\\\three\n"
    written = [p for p in tmp_path.rglob("*") if p.is_file()]
    assert len(written) == 3
    assert {p.stat().st_mode & 0o777 for p in written} == {0o600}


def test_containers_that_share_their_keys_may_start_in_the_same_moment(tmp_path):
    children = [
        subprocess.Popen(
            [sys.executable, str(DEPLOY / "enter.py"), "true"],
            env={
                "PATH": os.environ["PATH"],
                "CIRCLETAKE_RUN": str(tmp_path / str(number)),
                "CIRCLETAKE_GIVEN": str(tmp_path / "none"),
                "CIRCLETAKE_KEYS": str(tmp_path / "keys"),
                "SECRET_AUDIT_KEY": str(number % 2) * 64,  # rotated, as far as each has heard
            },
            stderr=subprocess.PIPE,
        )
        for number in range(24)
    ]
    said = [child.communicate()[1] for child in children]
    assert said == [b""] * len(children)
    (left,) = (tmp_path / "keys").iterdir()
    assert left.read_text(encoding="utf-8") in {"0" * 64, "1" * 64}
    assert left.stat().st_mode & 0o777 == 0o600
