"""Checks a receipt with nothing but the entry's bytes, the proof's text and the log's public key.

Speaks C2SP's signed note, tlog-checkpoint and tlog-proof, and the Merkle tree of RFC 6962 / RFC 9162. Promises
that what `check` returns was signed by that key over a tree that holds that leaf. Knows no network, no points,
and nothing of what an entry means.
"""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass

from nacl.exceptions import CryptoError
from nacl.signing import VerifyKey

MAGIC = "c2sp.org/tlog-proof@v1"
HASH_BYTES = 32
KEY_ID_BYTES = 4
# Type byte of a log's Ed25519 key (signed-note, section "signature types").
KEY_TYPE_ED25519 = b"\x01"
# A tree of fewer than 2^63 leaves is no deeper than this.
PATH_MAX = 63
# Go's sumdb/note accepts no more lines either; a note with more is somebody's joke.
SIGNATURE_LINES_MAX = 100
NAME_BYTES_MAX = 255


class BadReceipt(Exception):
    """The receipt proves nothing; the text says why, in Chinese."""


@dataclass(frozen=True)
class LogKey:
    """A log's verifier key: `name+id+base64(type || key)`."""

    name: str
    key_id: bytes
    public_key: bytes


@dataclass(frozen=True)
class Checkpoint:
    """What the log signed: so many leaves, under this root."""

    origin: str
    size: int
    root: bytes


@dataclass(frozen=True)
class Proof:
    """A tlog-proof, taken apart and not yet believed."""

    index: int
    path: tuple[bytes, ...]
    note: str


def check(leaf: bytes, proof_text: str, key: LogKey) -> tuple[int, Checkpoint]:
    """The leaf's position and the checkpoint that holds it; raises `BadReceipt` where either is in doubt."""
    proof = parse_proof(proof_text)
    checkpoint = open_checkpoint(proof.note, key)
    root = inclusion_root(leaf_hash(leaf), proof.index, checkpoint.size, proof.path)
    if root != checkpoint.root:
        raise BadReceipt("包含证明得不出检查点里签了名的根")
    return proof.index, checkpoint


def parse_log_key(text: str) -> LogKey:
    """Reads a vkey. Its id must be the hash of name and key: a typing error is seen here."""
    parts = text.strip().split("+", 2)  # The base64 may hold a "+" of its own.
    if len(parts) != 3:
        raise BadReceipt("日志公钥不是“名称+编号+公钥”的样子")
    name, hex_id, encoded = parts
    _check_name(name)
    typed_key = _base64(encoded, "日志公钥")
    if typed_key[:1] != KEY_TYPE_ED25519 or len(typed_key) != 1 + HASH_BYTES:
        raise BadReceipt("日志公钥不是 1 型 Ed25519 公钥")
    key_id = hashlib.sha256(name.encode() + b"\n" + typed_key).digest()[:KEY_ID_BYTES]
    if hex_id != key_id.hex():
        raise BadReceipt(f"日志公钥的编号应当是 {key_id.hex()}，写的却是 {hex_id!r}")
    return LogKey(name, key_id, typed_key[1:])


def parse_proof(text: str) -> Proof:
    """Reads a tlog-proof: magic, index, siblings from the leaf upwards, an empty line, the checkpoint."""
    head, empty_line, note = text.partition("\n\n")
    if not empty_line:
        raise BadReceipt("证明里没有检查点")
    lines = head.split("\n")
    if lines.pop(0) != MAGIC:
        raise BadReceipt(f"证明不以 {MAGIC} 开头")
    if lines and lines[0].startswith("extra "):
        lines.pop(0)  # Signed by nobody, so it says nothing.
    if not lines or not lines[0].startswith("index "):
        raise BadReceipt("证明没写是第几条")
    index = _decimal(lines.pop(0).removeprefix("index "), "证明里的序号")
    if len(lines) > PATH_MAX:
        raise BadReceipt(f"证明里的哈希多于 {PATH_MAX} 个")
    return Proof(index, tuple(_hash(line, "证明里的哈希") for line in lines), note)


def open_checkpoint(note: str, key: LogKey) -> Checkpoint:
    """The checkpoint, once its signature by `key` holds and its origin is the key's name."""
    text = _open_note(note, key)
    lines = text.split("\n")[:-1]
    if len(lines) < 3 or "" in lines:
        raise BadReceipt("检查点不是来源、条数、根三行")
    origin, size, root = lines[:3]
    if origin != key.name:
        raise BadReceipt(f"检查点属于 {origin!r}，不属于 {key.name!r}")
    return Checkpoint(origin, _decimal(size, "检查点里的条数"), _hash(root, "检查点里的根"))


def leaf_hash(leaf: bytes) -> bytes:
    """RFC 6962, section 2.1."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 6962, section 2.1."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def inclusion_root(leaf: bytes, index: int, size: int, path: tuple[bytes, ...]) -> bytes:
    """The root that the leaf's hash and its siblings lead to (RFC 9162, section 2.1.3.2)."""
    if index >= size:
        raise BadReceipt(f"{size} 条的树里没有第 {index} 条")
    position, last, root = index, size - 1, leaf
    for sibling in path:
        if last == 0:
            raise BadReceipt("证明里的哈希太多")
        if position & 1 or position == last:
            root = node_hash(sibling, root)
            while position and not position & 1:
                position, last = position >> 1, last >> 1
        else:
            root = node_hash(root, sibling)
        position, last = position >> 1, last >> 1
    if last != 0:
        raise BadReceipt("证明里的哈希太少")
    return root


def _open_note(note: str, key: LogKey) -> str:
    """The signed text. Lines by keys that nobody gave us are passed over, whatever they hold."""
    if any(character < " " and character != "\n" for character in note):
        raise BadReceipt("检查点里有控制字符，可能被改过换行")
    text, empty_line, signatures = note.rpartition("\n\n")
    if not empty_line or not signatures.endswith("\n"):
        raise BadReceipt("检查点不是签名便笺")
    text += "\n"
    lines = signatures[:-1].split("\n")
    if len(lines) > SIGNATURE_LINES_MAX:
        raise BadReceipt(f"检查点的签名多于 {SIGNATURE_LINES_MAX} 行")
    by_key = [signature for name, key_id, signature in map(_signature_line, lines)
              if (name, key_id) == (key.name, key.key_id)]
    if not by_key:
        raise BadReceipt(f"检查点上没有 {key.name} 的签名")
    for signature in by_key:
        try:
            VerifyKey(key.public_key).verify(text.encode(), signature)
        except (CryptoError, ValueError) as error:
            raise BadReceipt(f"{key.name} 的签名不成立") from error
    return text


def _signature_line(line: str) -> tuple[str, bytes, bytes]:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    if dash != "\N{EM DASH}":
        raise BadReceipt("签名行不以破折号开头")
    _check_name(name)
    signed = _base64(encoded, "签名")
    if len(signed) <= KEY_ID_BYTES:
        raise BadReceipt("签名太短")
    return name, signed[:KEY_ID_BYTES], signed[KEY_ID_BYTES:]


def _check_name(name: str) -> None:
    if not 1 <= len(name.encode()) <= NAME_BYTES_MAX or "+" in name or any(map(str.isspace, name)):
        raise BadReceipt(f"{name!r} 不能作公钥名称")


def _decimal(text: str, what: str) -> int:
    if not re.fullmatch("0|[1-9][0-9]{0,18}", text) or int(text) >= 1 << 63:
        raise BadReceipt(f"{what}不是数：{text!r}")
    return int(text)


def _hash(text: str, what: str) -> bytes:
    decoded = _base64(text, what)
    if len(decoded) != HASH_BYTES:
        raise BadReceipt(f"{what}有 {len(decoded)} 字节，应当是 {HASH_BYTES}")
    return decoded


def _base64(text: str, what: str) -> bytes:
    """Base64 with padding; one spelling only, so that a proof has one text."""
    try:
        decoded = base64.b64decode(text.encode("ascii"), validate=True)
    except (UnicodeEncodeError, binascii.Error) as error:
        raise BadReceipt(f"{what}不是 base64") from error
    if base64.b64encode(decoded).decode() != text:
        raise BadReceipt(f"{what}的 base64 写法不规范")
    return decoded
