"""What a terminal signs with, and what it signs: key files, passbook cards, request ids, DSSE's encoding.

Knows no network and no commands; randomness and time come in as arguments.
"""

import base64
import binascii
import re
from dataclasses import dataclass

from nacl.signing import SigningKey

COMMAND_TYPE = "application/vnd.civbank.command.v1+protobuf"
SEED_BYTES = 32

# PKCS#8 of an Ed25519 key (RFC 8410) in DER has one spelling: this head and the seed; version 2 (RFC 5958) adds
# the public key behind them. Comparing heads is all the parsing that is needed.
_HEAD_V1 = bytes.fromhex("302e020100300506032b657004220420")
_HEAD_V2 = bytes.fromhex("3051020101300506032b657004220420")
_PUBLIC_KEY_V2 = bytes.fromhex("812100")
_PEM = re.compile(r"\s*-----BEGIN PRIVATE KEY-----\s+([A-Za-z0-9+/=\s]+?)\s+-----END PRIVATE KEY-----\s*")


class BadInput(Exception):
    """A key file or card that cannot be used. The text says why, in Chinese, and never repeats the secret."""


@dataclass(frozen=True)
class Card:
    """A passbook's card: what may be looked at with, and what signs."""

    view_token: str
    key: SigningKey

    def __repr__(self) -> str:
        return "Card(…)"  # Both parts are secrets.


def parse_card(text: str) -> Card:
    """Reads `https://HOST/p/<view token>#<seed>`; both parts are 32 bytes of base64url without padding."""
    link = re.fullmatch(r"https?://[^/\s]+/p/([^#\s]*)#(\S*)", text.strip())
    if not link:
        raise BadInput("存折的内容应当是 https://…/p/…#…")
    view_token, seed = link.groups()
    _base64url(view_token, "存折链接里 /p/ 后面的查询码")
    return Card(view_token, SigningKey(_base64url(seed, "存折链接里 # 后面的钥匙")))


def parse_pem(text: str) -> SigningKey:
    """Reads an Ed25519 private key, PKCS#8 PEM, version 1 or 2."""
    armour = _PEM.fullmatch(text)
    if not armour:
        raise BadInput("密钥文件不是 PKCS#8 PEM（BEGIN PRIVATE KEY）")
    try:
        der = base64.b64decode("".join(armour.group(1).split()), validate=True)
    except binascii.Error as error:
        raise BadInput("密钥文件的 base64 不对") from error
    head, seed, tail = der[:len(_HEAD_V1)], der[len(_HEAD_V1):][:SEED_BYTES], der[len(_HEAD_V1) + SEED_BYTES:]
    if len(seed) != SEED_BYTES or head not in (_HEAD_V1, _HEAD_V2):
        raise BadInput("密钥文件里不是 Ed25519 私钥")
    key = SigningKey(seed)
    wanted_tail = b"" if head == _HEAD_V1 else _PUBLIC_KEY_V2 + bytes(key.verify_key)
    if tail != wanted_tail:
        raise BadInput("密钥文件里的公钥与私钥不是一对")
    return key


def pae(payload_type: str, payload: bytes) -> bytes:
    """DSSE's pre-authentication encoding: the bytes under a signature."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign(key: SigningKey, payload: bytes) -> bytes:
    """Signs a command's bytes: 64 bytes."""
    return key.sign(pae(COMMAND_TYPE, payload)).signature


def uuid7(unix_ms: int, noise: bytes) -> bytes:
    """A UUID of version 7 (RFC 9562) as 16 bytes, from a time and ten random bytes."""
    if len(noise) != 10 or not 0 <= unix_ms < 1 << 48:
        raise ValueError("a UUIDv7 wants 48 bits of time and ten bytes of noise")
    made = bytearray(unix_ms.to_bytes(6, "big") + noise)
    made[6] = 0x70 | made[6] & 0x0F
    made[8] = 0x80 | made[8] & 0x3F
    return bytes(made)


def _base64url(text: str, what: str) -> bytes:
    """32 bytes of base64url without padding; one spelling only."""
    try:
        decoded = base64.b64decode(text.encode("ascii") + b"=", altchars=b"-_", validate=True)
    except (UnicodeEncodeError, binascii.Error):
        decoded = b""
    spelled = base64.urlsafe_b64encode(decoded).decode().rstrip("=")
    if len(decoded) != SEED_BYTES or spelled != text:
        raise BadInput(f"{what}不是 32 字节的 base64url")
    return decoded
