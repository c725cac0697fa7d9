"""What data keys are wrapped with: a file in the home, or a key that never leaves AWS KMS."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from router.domain.errors import Broken, Unreachable
from router.files import secret_file

MASTER = "master.key"


class Wrap(Protocol):
    """Makes data keys, and opens those that it made."""

    @property
    def name(self) -> str:
        """Say who wraps, as it stands beside each wrapped key."""
        ...

    def make(self, partner: str) -> tuple[bytes, bytes]:
        """Make a key of 32 bytes; gives it with its wrapped form."""
        ...

    def open(self, partner: str, wrapped: bytes) -> bytes:
        """Give a key from its wrapped form; raises Broken for what was not wrapped here."""
        ...


@dataclass(frozen=True, slots=True)
class MasterFile:
    """A master key in a file of mode 0600 beside the wrapped ones.

    Weaker than KMS, plainly: whoever reads the file reads everything, and nobody is told. It keeps
    a stolen database or bucket closed, and it makes destroying a partner's key mean something.
    """

    folder: Path
    name: str = "file"

    def make(self, partner: str) -> tuple[bytes, bytes]:
        """Make a key here."""
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        secret, nonce = os.urandom(32), os.urandom(12)
        return secret, nonce + AESGCM(self._master()).encrypt(nonce, secret, _aad(partner))

    def open(self, partner: str, wrapped: bytes) -> bytes:
        """Unwrap with the master key."""
        from cryptography.exceptions import InvalidTag
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM

        try:
            return AESGCM(self._master()).decrypt(wrapped[:12], wrapped[12:], _aad(partner))
        except InvalidTag as error:
            raise _not_ours(partner, f"the master key in {self.folder}") from error

    def _master(self) -> bytes:
        self.folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)  # mode= is its alone
        lost = "what was sealed under another master key cannot be opened; restore the file"
        return secret_file.kept(self.folder / MASTER, lost=lost)


@dataclass(frozen=True, slots=True)
class Kms:
    """A key of AWS KMS: data keys are made and opened there, under the partner's name."""

    client: Callable[[], Any]  # gives a boto3 KMS client
    key: str  # id, ARN or alias; {partner} in it stands for the partner, who then has a key alone

    @property
    def name(self) -> str:
        """Name the KMS key."""
        return f"kms:{self.key}"

    def make(self, partner: str) -> tuple[bytes, bytes]:
        """GenerateDataKey."""
        answer = self._ask("generate_data_key", partner, KeySpec="AES_256")
        return answer["Plaintext"], answer["CiphertextBlob"]

    def open(self, partner: str, wrapped: bytes) -> bytes:
        """Decrypt."""
        answer = self._ask("decrypt", partner, CiphertextBlob=wrapped)
        secret: bytes = answer["Plaintext"]
        return secret

    def _ask(self, operation: str, partner: str, **words: Any) -> Any:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            return getattr(self.client(), operation)(
                KeyId=self.key.replace("{partner}", partner),
                EncryptionContext={"circletake:partner": partner},
                **words,
            )
        except ClientError as error:
            raise _not_ours(partner, f"{self.name} ({error.response['Error']['Code']})") from error
        except BotoCoreError as error:
            raise Unreachable(
                field="KMS", found=type(error).__name__, expected=f"{self.name} to answer"
            ) from error


def _aad(partner: str) -> bytes:
    return f"circletake data key|{partner}".encode()


def _not_ours(partner: str, by: str) -> Broken:
    found = f"the key of {partner} does not open"
    return Broken(field="vault", found=found, expected=f"one that was wrapped by {by}")
