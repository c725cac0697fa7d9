"""The vault of an installation, opened from its settings."""

from typing import Any
from urllib.parse import urlsplit

from router.ports import Clock
from router.settings import Settings
from router.vault.keyring import KeyBucket, KeyFolder, Keyring
from router.vault.vault import Vault
from router.vault.wrapping import Kms, MasterFile, Wrap


def vault_of(here: Settings, clock: Clock) -> Vault:
    """Open the vault that the settings name; nothing is read or asked before the first use."""
    return Vault(keyring=_keyring(here), wrap=_wrap(here), clock=clock)


def _wrap(here: Settings) -> Wrap:
    if here.kms_key is None:
        return MasterFile(here.keys)

    def client() -> Any:
        import boto3

        return boto3.client("kms", endpoint_url=here.endpoint_kms, region_name=here.region)

    return Kms(client, here.kms_key)


def _keyring(here: Settings) -> Keyring:
    """Keep keys in the bucket where machines share one and KMS wraps them, else in a folder."""
    if here.kms_key is None or here.media_url is None:
        return KeyFolder(here.keys / "partners")

    def client() -> Any:
        import boto3

        return boto3.client("s3", endpoint_url=here.endpoint_s3, region_name=here.region)

    place = urlsplit(here.media_url)
    prefix = place.path.strip("/")
    return KeyBucket(client, place.netloc, f"{prefix}/keys/" if prefix else "keys/")
