"""Keys that copies are signed with: a partner's own, or a test chain made here.

Each partner has a folder of its own in the home, `signing/<partner>`, of mode 0700, with files of
mode 0600: `key.pem`, `chain.pem` (leaf first) and `anchor.pem` (what this home trusts). It goes
with the partner.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from router.domain.errors import BadInput, Conflict, UnknownName
from router.files.durable_file import write_durably

if TYPE_CHECKING:
    from cryptography.x509 import Certificate, Name

FOLDER = "signing"
TEST, OWN = "test", "own"
TEST_DAYS = 730
UNTRUSTED = (
    "signed with a test chain made in this home: public viewers show it as untrusted, "
    "and anybody with this home's files can sign the like"
)
NOT_LISTED = (
    "signed with the partner's own key: public viewers trust it only where its root stands on "
    "their trust list, which is not looked up here"
)
_LONGEST = 64 << 10  # bytes of a file with certificates


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """A private key and the chain that names it."""

    partner: str
    origin: str  # test | own
    key_pem: bytes = field(repr=False)
    chain_pem: bytes  # leaf first, then up
    anchor_pem: bytes
    algorithm: str  # ed25519 | es256 | es384 | es512 | ps256
    name: str  # common name of the leaf
    ends_at: datetime

    @property
    def note(self) -> str:
        """Say plainly what others will think of the signature."""
        return UNTRUSTED if self.origin == TEST else NOT_LISTED


def new_test_chain(home: Path, partner: str, now: datetime) -> SigningKey:
    """Make a root and a leaf (Ed25519) for trials; raises Conflict where a key is there already.

    The root's private key is thrown away at once: nothing more can be issued under it.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    top, own = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    root_name = _name(partner, f"Circle Take test root of {partner}")
    leaf_name = _name(partner, f"Circle Take test signer of {partner}")
    root = _certificate(root_name, root_name, top, top, now, is_root=True)
    leaf = _certificate(leaf_name, root_name, own, top, now, is_root=False)
    return _keep(home, partner, TEST, _private_pem(own), _pem(leaf) + _pem(root), _pem(root))


def adopt(home: Path, partner: str, key: Path, chain: Path, now: datetime) -> SigningKey:
    """Take over a partner's own key and chain; raises BadInput for those that do not fit."""
    key_pem, chain_pem = _read("--key", key), _read("--chain", chain)
    listed = _certificates(chain_pem)
    leaf, last = listed[0], listed[-1]
    if _public(_private(key_pem)) != _public_of(leaf):
        expected = "the private key of the first certificate of the chain"
        raise BadInput(field="--key", found="another key", expected=expected)
    if len(listed) < 2 or not _issues(listed):
        expected = "leaf first, then each one's issuer, up to the root"
        raise BadInput(field="--chain", found=f"{len(listed)} certificates", expected=expected)
    if leaf.not_valid_after_utc <= now:
        found = f"a certificate that ended on {leaf.not_valid_after_utc:%Y-%m-%d}"
        raise BadInput(field="--chain", found=found, expected="one that is in force")
    algorithm_of(leaf)
    return _keep(home, partner, OWN, key_pem, chain_pem, _pem(last))


def load(home: Path, partner: str) -> SigningKey:
    """Give a partner's key; raises UnknownName where it has none."""
    folder = home / FOLDER / partner
    try:
        about = json.loads((folder / "about.json").read_bytes())
        files = [(folder / f"{name}.pem").read_bytes() for name in ("key", "chain", "anchor")]
    except FileNotFoundError:
        hint = f"`circletake provenance keys new --partner {partner}` makes a test chain"
        raise UnknownName("signing key", partner, partners(home), hint=hint) from None
    return _signing(partner, about["origin"], *files)


def ready(home: Path, partner: str, now: datetime) -> SigningKey:
    """Give a partner's key to sign with; raises UnknownName, and BadInput for one that ended."""
    key = load(home, partner)
    if key.ends_at <= now:
        found = f"a certificate that ended on {key.ends_at:%Y-%m-%d}"
        expected = f"one in force; move {FOLDER}/{partner} away, then `circletake provenance keys`"
        raise BadInput(field="signing key", found=found, expected=expected)
    return key


def partners(home: Path) -> tuple[str, ...]:
    """Name the partners that have a key."""
    return tuple(sorted(p.parent.name for p in (home / FOLDER).glob("*/about.json")))


def anchors(home: Path) -> bytes:
    """Give the roots that this home trusts, as PEM."""
    return b"".join(p.read_bytes() for p in sorted((home / FOLDER).glob("*/anchor.pem")))


def algorithm_of(leaf: "Certificate") -> str:
    """Name how a leaf signs, in the words of C2PA; raises BadInput for a key that may not."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    key = leaf.public_key()
    if isinstance(key, ed25519.Ed25519PublicKey):
        return "ed25519"
    if isinstance(key, ec.EllipticCurvePublicKey):
        known = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}
        if key.curve.name in known:
            return known[key.curve.name]
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= 2048:
        return "ps256"
    expected = "Ed25519, ECDSA on P-256, P-384 or P-521, or RSA of 2048 bits and more"
    raise BadInput(field="--chain", found=type(key).__name__, expected=expected)


def sign(signing: SigningKey, data: bytes) -> bytes:
    """Sign bytes with the leaf's key."""
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    key = _private(signing.key_pem)
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(data)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(data, ec.ECDSA(_hash(signing.algorithm)))
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, _pss(), _hash(signing.algorithm))
    raise BadInput(field="key", found=type(key).__name__, expected="a key that signs")


def vouches(leaf: "Certificate", signature: bytes, data: bytes) -> bool:
    """Say whether bytes were signed by the key of a certificate."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    key, algorithm = leaf.public_key(), algorithm_of(leaf)
    try:
        if isinstance(key, ed25519.Ed25519PublicKey):
            key.verify(signature, data)
        elif isinstance(key, ec.EllipticCurvePublicKey):
            key.verify(signature, data, ec.ECDSA(_hash(algorithm)))
        elif isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, _pss(), _hash(algorithm))
    except InvalidSignature:
        return False
    return True


def chain_of(pem: bytes) -> "list[Certificate]":
    """Read a chain, leaf first; raises BadInput for what is none."""
    return _certificates(pem)


def is_anchored(chain: "list[Certificate]", trusted: bytes) -> bool:
    """Say whether a chain leads, link by link, to a root that is trusted here."""
    known = {c.public_bytes(_der()) for c in _certificates(trusted)} if trusted else set()
    return _issues(chain) and chain[-1].public_bytes(_der()) in known


def _keep(
    home: Path, partner: str, origin: str, key_pem: bytes, chain_pem: bytes, anchor_pem: bytes
) -> SigningKey:
    folder = home / FOLDER / partner
    if (folder / "about.json").exists():
        expected = f"a partner without one; move {folder.name} away to begin anew"
        raise Conflict(field="signing key", found=f"a key of {partner}", expected=expected)
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name, data in (("key", key_pem), ("chain", chain_pem), ("anchor", anchor_pem)):
        write_durably(folder / f"{name}.pem", data)
    write_durably(folder / "about.json", json.dumps({"origin": origin}).encode())
    return _signing(partner, origin, key_pem, chain_pem, anchor_pem)


def _signing(partner: str, origin: str, key: bytes, chain: bytes, anchor: bytes) -> SigningKey:
    from cryptography.x509.oid import NameOID

    leaf = _certificates(chain)[0]
    names = leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return SigningKey(
        partner=partner,
        origin=origin,
        key_pem=key,
        chain_pem=chain,
        anchor_pem=anchor,
        algorithm=algorithm_of(leaf),
        name=str(names[0].value) if names else "without a name",
        ends_at=leaf.not_valid_after_utc.astimezone(UTC),
    )


def _read(field_: str, path: Path) -> bytes:
    if path.stat().st_size > _LONGEST:
        found = f"{path.stat().st_size} bytes"
        raise BadInput(field=field_, found=found, expected="a PEM file")
    return path.read_bytes()


def _certificates(pem: bytes) -> "list[Certificate]":
    from cryptography import x509

    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError as error:
        expected = "certificates in PEM, leaf first"
        raise BadInput(field="--chain", found="no certificate", expected=expected) from error


def _issues(chain: "list[Certificate]") -> bool:
    from cryptography.exceptions import InvalidSignature

    try:
        for leaf, issuer in pairwise(chain):
            leaf.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return all(map(_may_issue, chain[1:]))


def _may_issue(issuer: "Certificate") -> bool:
    """Say whether a certificate is a CA's: a signer's own one issues nothing."""
    from cryptography import x509

    try:
        return issuer.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def _private(pem: bytes) -> Any:
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        return load_pem_private_key(pem, password=None)
    except (ValueError, TypeError) as error:
        expected = "a private key in PEM, PKCS #8, without a password"
        raise BadInput(field="--key", found="no such key", expected=expected) from error


def _public(key: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    data: bytes = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return data


def _public_of(leaf: "Certificate") -> bytes:
    return _public(leaf)


def _private_pem(key: Any) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    data: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return data


def _pem(certificate: "Certificate") -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)


def _der() -> Any:
    from cryptography.hazmat.primitives.serialization import Encoding

    return Encoding.DER


def _hash(algorithm: str) -> Any:
    from cryptography.hazmat.primitives import hashes

    return {"es384": hashes.SHA384(), "es512": hashes.SHA512()}.get(algorithm, hashes.SHA256())


def _pss() -> Any:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import padding

    return padding.PSS(padding.MGF1(hashes.SHA256()), padding.PSS.DIGEST_LENGTH)


def _name(partner: str, common: str) -> "Name":
    from cryptography import x509
    from cryptography.x509.oid import NameOID

    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, f"{partner} (test chain)"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _certificate(
    subject: "Name", issuer: "Name", own: Any, top: Any, now: datetime, *, is_root: bool
) -> "Certificate":
    """Issue a certificate as the C2PA profile wants it: root without use, leaf without issuing."""
    from cryptography import x509
    from cryptography.x509.oid import ExtendedKeyUsageOID

    usage = x509.KeyUsage(
        digital_signature=not is_root,
        key_cert_sign=is_root,
        crl_sign=is_root,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    draft = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(own.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=TEST_DAYS))
        .add_extension(x509.BasicConstraints(ca=is_root, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(own.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(top.public_key()), critical=False
        )
    )
    if not is_root:
        use = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        draft = draft.add_extension(use, critical=False)
    return draft.sign(top, None)
