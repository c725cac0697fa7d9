"""The only file that reads the environment."""

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from router.domain.errors import BadInput


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Where state lives and whom to talk to."""

    home: Path  # all state of one installation
    partners: Path  # folder of partner_configs/*.yaml
    endpoint_bedrock: str | None  # AWS_ENDPOINT_URL_BEDROCK_RUNTIME
    endpoint_s3: str | None  # AWS_ENDPOINT_URL_S3
    bucket: str | None  # where async results land
    endpoint_sagemaker: str | None = None  # AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME
    profiles: Path | None = None  # planted faults of the embedded emulator, for trials of our own
    own_weights: Path | None = None  # CIRCLETAKE_WEIGHTS
    measure: str = "cpu"  # CIRCLETAKE_MEASURE: cpu or gpu; which workers measure
    media_url: str | None = None  # CIRCLETAKE_MEDIA: s3://bucket/prefix instead of a folder
    region: str = "us-east-1"  # AWS_REGION, of that bucket
    audit_anchor: str | None = None  # CIRCLETAKE_AUDIT_ANCHOR: where heads of the log are kept
    kms_key: str | None = None  # CIRCLETAKE_KMS_KEY: wraps partners' keys instead of a file
    endpoint_kms: str | None = None  # AWS_ENDPOINT_URL_KMS
    own_keys: Path | None = None  # CIRCLETAKE_KEYS: keys on another disk than the home
    database_url: str | None = None  # CIRCLETAKE_DATABASE: a shared PostgreSQL, not a file here
    database_admin_url: str | None = None  # CIRCLETAKE_DATABASE_ADMIN: the role that migrates it
    environment: str = "beta"  # CIRCLETAKE_ENVIRONMENT: a key of another one opens nothing here
    pepper_file: Path | None = None  # CIRCLETAKE_PEPPER_FILE: the same on every machine
    oidc_issuer: str | None = None  # CIRCLETAKE_OIDC_ISSUER: who vouches for people
    oidc_client: str | None = None  # CIRCLETAKE_OIDC_CLIENT: what it knows this service as
    otlp_endpoint: str | None = None  # OTEL_EXPORTER_OTLP_ENDPOINT: who takes traces
    material: Path | None = None  # CIRCLETAKE_DATA: third-party pictures that metrics are tried on

    @property
    def is_aws(self) -> bool:
        """Say whether Bedrock is reached beyond this machine."""
        host = urlsplit(self.endpoint_bedrock or "").hostname or ""
        return not (host in {"localhost", "::1"} or host.startswith("127."))

    @property
    def own_partners(self) -> Path:
        """Partners of this installation only, beside those of the code."""
        return self.home / "partners"

    @property
    def partner_folders(self) -> tuple[Path, ...]:
        """Every folder with partner files."""
        every = dict.fromkeys((self.partners, self.own_partners))
        return tuple(folder for folder in every if folder.is_dir())

    @property
    def database(self) -> Path:
        """The ledger and all records, where they are in this home."""
        return self.home / "circletake.db"

    @property
    def records(self) -> Path | str:
        """The ledger and all records: the shared database, or else the file of this home."""
        return self.database_url or self.database

    @property
    def engine_database(self) -> Path:
        """The job engine's own file."""
        return self.home / "engine.db"

    @property
    def media(self) -> Path:
        """Content-addressed media; with a bucket, local copies of them."""
        return self.home / "media"

    @property
    def weights(self) -> Path:
        """Weights of learned metrics, read only while measuring."""
        return self.own_weights or self.home / "weights"

    @property
    def staging(self) -> Path:
        """Raw answers between arrival and settlement."""
        return self.home / "staging"

    @property
    def keys(self) -> Path:
        """Keys of this installation: never in a database, never in a backup of one."""
        return self.own_keys or self.home / "keys"

    @property
    def certificates(self) -> Path:
        """What was deleted, and how that was checked."""
        return self.home / "certificates"

    @property
    def log(self) -> Path:
        """The log of this installation."""
        return self.home / "circletake.log"

    @property
    def log_sink(self) -> Path | None:
        """Where work is told of; None = standard error, which the machine that runs us collects."""
        return None if self.database_url else self.log


def read(home: Path | None = None) -> Settings:
    """Read the environment once; `home` from the command line wins."""
    env = os.environ
    chosen = home or Path(env.get("CIRCLETAKE_HOME") or ".circletake")
    partners = Path(env.get("CIRCLETAKE_PARTNERS") or _beside_the_code())
    return Settings(
        home=chosen.expanduser().resolve(),
        partners=partners.expanduser().resolve(),
        endpoint_bedrock=env.get("AWS_ENDPOINT_URL_BEDROCK_RUNTIME"),
        endpoint_s3=env.get("AWS_ENDPOINT_URL_S3"),
        bucket=env.get("CIRCLETAKE_BUCKET"),
        endpoint_sagemaker=env.get("AWS_ENDPOINT_URL_SAGEMAKER_RUNTIME"),
        profiles=Path(planted) if (planted := env.get("CIRCLETAKE_EMULATOR_PROFILES")) else None,
        own_weights=Path(given).expanduser() if (given := env.get("CIRCLETAKE_WEIGHTS")) else None,
        measure=env.get("CIRCLETAKE_MEASURE") or "cpu",
        media_url=env.get("CIRCLETAKE_MEDIA") or None,
        region=env.get("AWS_REGION") or env.get("AWS_DEFAULT_REGION") or "us-east-1",
        audit_anchor=env.get("CIRCLETAKE_AUDIT_ANCHOR") or None,
        kms_key=env.get("CIRCLETAKE_KMS_KEY") or None,
        endpoint_kms=env.get("AWS_ENDPOINT_URL_KMS"),
        own_keys=Path(kept).expanduser() if (kept := env.get("CIRCLETAKE_KEYS")) else None,
        database_url=_shared("CIRCLETAKE_DATABASE"),
        database_admin_url=_shared("CIRCLETAKE_DATABASE_ADMIN"),
        environment=env.get("CIRCLETAKE_ENVIRONMENT") or "beta",
        pepper_file=Path(file).expanduser()
        if (file := env.get("CIRCLETAKE_PEPPER_FILE"))
        else None,
        oidc_issuer=env.get("CIRCLETAKE_OIDC_ISSUER") or None,
        oidc_client=env.get("CIRCLETAKE_OIDC_CLIENT") or None,
        otlp_endpoint=env.get("OTEL_EXPORTER_OTLP_ENDPOINT") or None,
        material=Path(data).expanduser() if (data := env.get("CIRCLETAKE_DATA")) else None,
    )


def weights() -> Path:
    """Give where weights lie, whole; it is asked for with every key of a measurement."""
    said = (os.environ.get(name) for name in ("CIRCLETAKE_WEIGHTS", "CIRCLETAKE_HOME"))
    return _weights(os.getcwd(), *said)  # noqa: PTH109 - a path would cost as much as all the rest


@lru_cache(maxsize=8)
def _weights(*_said: Path | str | None) -> Path:
    return read().weights.resolve()


def server() -> str | None:
    """Give the address of the service that commands speak to; None = a home on this machine."""
    return os.environ.get("CIRCLETAKE_SERVER") or None


def service_key() -> str | None:
    """Give the key for a service: CIRCLETAKE_KEY, or else the file of this user; None = neither.

    It is never an option: command lines are seen by everybody on a machine.

    Raises:
        BadInput: others may read the file.
    """
    return _own_secret("CIRCLETAKE_KEY", "key")


def tracker_site(name: str) -> str | None:
    """Give the address of a studio's production tracker: CIRCLETAKE_KITSU, CIRCLETAKE_FLOW."""
    return os.environ.get(f"CIRCLETAKE_{name.upper()}") or None


def tracker_secret(name: str) -> str | None:
    """Give what opens a production tracker: CIRCLETAKE_KITSU_TOKEN, or else the user's own file.

    It is never an option, as a service's key is not.

    Raises:
        BadInput: others may read the file.
    """
    return _own_secret(f"CIRCLETAKE_{name.upper()}_TOKEN", name)


def tracker_script(name: str) -> str:
    """Give the name that a tracker knows us by, where it wants one: CIRCLETAKE_FLOW_SCRIPT."""
    return os.environ.get(f"CIRCLETAKE_{name.upper()}_SCRIPT") or "circletake"


def state_folder() -> Path:
    """Give the folder of what this user's commands remember where there is no home."""
    state = os.environ.get("XDG_STATE_HOME") or "~/.local/state"
    return Path(state).expanduser() / "circletake"


def _own_secret(variable: str, file: str) -> str | None:
    """Give a secret of this user: from the environment, or ~/.config/circletake/FILE."""
    if given := os.environ.get(variable, "").strip():
        return given
    path = Path(os.environ.get("XDG_CONFIG_HOME") or "~/.config").expanduser() / "circletake" / file
    if not path.is_file():
        return None
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        raise BadInput(field=str(path), found=f"mode {mode:04o}", expected=f"chmod 600 {path}")
    return path.read_text(encoding="utf-8").strip() or None


def _shared(name: str) -> str | None:
    """Read the URL of a shared database; raises BadInput for any but a PostgreSQL."""
    given = os.environ.get(name)
    if not given:
        return None
    scheme, _, rest = given.partition("://")
    if scheme not in {"postgresql", "postgresql+psycopg"} or not rest:
        # What else it says may be a password.
        expected = "postgresql+psycopg://ROLE@HOST/DATABASE"
        raise BadInput(field=name, found=f"{scheme[:20]}://…", expected=expected)
    return f"postgresql+psycopg://{rest}"


def tame_litellm() -> None:
    """Say to litellm what it reads from the environment only.

    It fetches its price list while it is imported, and over its other transport (httpx) it sends a
    request twice where the connection broke after the first, which pays twice.
    """
    os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] = "True"
    os.environ["DISABLE_AIOHTTP_TRANSPORT"] = "False"


def _beside_the_code() -> Path:
    here = Path("partner_configs")
    return here if here.is_dir() else Path(__file__).parents[1] / "partner_configs"
