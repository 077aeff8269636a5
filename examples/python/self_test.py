"""The terminal's own checks, without a network: published vectors, and each of them broken on purpose.

The receipt is the golden tlog-proof of `docs/format.md`: entry "six" of a log of fifteen, signed with public test
keys, witnessed by another. `python3 terminal.py --self-test` runs everything here.
"""

import hashlib

from nacl.signing import SigningKey

import receipt
import signing
from receipt import BadReceipt
from signing import BadInput

LOG_KEY = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx"
WITNESS_KEY = "example.com/witness+10a1c019+BGSEitir7W6FmBs7OHWyUrh2frtLAvcDrKOx5xu9ao5Q"
LEAF = b"six"
PROOF_SHA256 = "7d0111eebdbdced6fd789ad960e8f07ddabb68fcdbd097088f69c58bd4167122"
PROOF = """\
c2sp.org/tlog-proof@v1
index 5
zMKa4OAqd7D0V4wawXST15z0JiEEkprIBPkfxOesWvA=
nk9gCR+floFqznAPtqjjcnnV64dge2jQB95D5t164Hg=
zY1lN35vrXYAPixXSd59LsU29xUJtuW4o2dNNg5Y2Co=
5jLpqTgjsBDSEX6SgZiRnbTMdTuRd8bQ5tSsAOxe0Ks=

example.com/log/testdata
15
rKbDipCvhuX1GZ7g5BBe8sA6BbJ7ja/1nk427v383cs=

— example.com/log/testdata M9e0luh4jTG+UMBqOUo9/q+yAEvx1ilBEniMvjf1zfcBOhg+CKubMt53MvIt/uEWP6zdkdIQzd/fmwlM/dlPWF74ewI=
— example.com/witness EKHAGQAAAABkGFDLPX52bqsNVRwJszRsJ4CaZ2z8sjGx+b3pGEdRojnr3kzGm9mykMVsYyGOkN5dOPZIj5bNxC6O/JjTfKFZwyP5Dg==
"""
PATH_LINES = PROOF.split("\n")[2:6]
LOG_LINE = PROOF.split("\n")[11]
# Base64 whose last digit carries bits that decode to nothing: the same bytes, another spelling.
LOOSE_SPELLING = (PATH_LINES[0], PATH_LINES[0][:-2] + "B=")

# What is broken, how, and a word of the complaint.
BROKEN_PROOFS = [
    ("another leaf", b"seven", lambda text: text, "得不出"),
    ("another position", LEAF, lambda text: text.replace("index 5", "index 4"), "得不出"),
    ("a position outside the tree", LEAF, lambda text: text.replace("index 5", "index 15"), "没有第 15 条"),
    ("a position with a sign", LEAF, lambda text: text.replace("index 5", "index +5"), "不是数"),
    ("a position with a leading zero", LEAF, lambda text: text.replace("index 5", "index 05"), "不是数"),
    ("no position", LEAF, lambda text: text.replace("index 5\n", ""), "没写是第几条"),
    ("siblings exchanged", LEAF,
     lambda text: text.replace(f"{PATH_LINES[0]}\n{PATH_LINES[1]}", f"{PATH_LINES[1]}\n{PATH_LINES[0]}"), "得不出"),
    ("a sibling missing", LEAF, lambda text: text.replace(PATH_LINES[3] + "\n", ""), "太少"),
    ("a sibling too many", LEAF, lambda text: text.replace(PATH_LINES[3], f"{PATH_LINES[3]}\n{PATH_LINES[3]}"), "太多"),
    ("sixty-four siblings", LEAF, lambda text: text.replace(PATH_LINES[3], "\n".join([PATH_LINES[3]] * 61)), "多于 63"),
    ("a short sibling", LEAF, lambda text: text.replace(PATH_LINES[0], "AAAA"), "3 字节"),
    ("a loose spelling", LEAF, lambda text: text.replace(*LOOSE_SPELLING), "不规范"),
    ("another magic", LEAF, lambda text: text.replace("proof@v1", "proof@v2"), "开头"),
    ("another size", LEAF, lambda text: text.replace("\n15\n", "\n16\n"), "签名不成立"),
    ("another root", LEAF, lambda text: text.replace("\nrKbD", "\nsKbD"), "签名不成立"),
    ("another origin", LEAF, lambda text: text.replace("\nexample.com/log/testdata\n", "\nexample.com/other\n"), "签名不成立"),
    ("a flipped signature", LEAF, lambda text: text.replace("M9e0luh4", "M9e0luh5"), "签名不成立"),
    ("another key's signature", LEAF, lambda text: text.replace("M9e0luh4", "M9e1luh4"), "没有"),
    ("only the witness", LEAF, lambda text: text.replace(LOG_LINE + "\n", ""), "没有"),
    ("a second, false signature", LEAF, lambda text: text + LOG_LINE.replace("luh4", "luh5") + "\n", "签名不成立"),
    ("a hundred and one signatures", LEAF, lambda text: text + (LOG_LINE + "\n") * 99, "多于 100"),
    ("a hyphen for the dash", LEAF, lambda text: text.replace("—", "-"), "破折号"),
    ("line ends of another system", LEAF, lambda text: text.replace("\n", "\r\n"), "没有检查点"),
    ("a carriage return in the note", LEAF, lambda text: text.replace("15\n", "15\r\n"), "控制字符"),
    ("no last line end", LEAF, lambda text: text[:-1], "签名便笺"),
    ("nothing", LEAF, lambda text: "", "没有检查点"),
]

# RFC 6962 roots of the first n of these leaves.
LEAVES = [bytes.fromhex(leaf) for leaf in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")]
ROOT_OF_EIGHT = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"

# RFC 8410, section 10.3: a version 1 key. Version 2 as PKCS#8 writers that add the public key make it.
SEED = bytes.fromhex("d4ee72dbf913584ad5b6d8f1f769f8ad3afe7c28cbf1d4fbe097a88f44755842")
PEM_V1 = """-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
-----END PRIVATE KEY-----
"""
PEM_V2 = """-----BEGIN PRIVATE KEY-----
MFECAQEwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC
gSEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=
-----END PRIVATE KEY-----
"""

TOKEN = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
CARD = f"https://bank.example/p/{TOKEN}#1O5y2_kTWErVttjx92n4rTr-fCjL8dT74Jeoj0R1WEI"


def run() -> int:
    """Runs every check; answers how many there were. An `AssertionError` names the one that failed."""
    if not __debug__:
        raise RuntimeError("python -O leaves the checks out")
    return sum(check() for check in (_golden_receipt, _broken_receipts, _trees, _log_keys, _key_files, _cards, _dsse))


def _golden_receipt() -> int:
    encoded = PROOF.encode()
    assert len(encoded) == 537 and hashlib.sha256(encoded).hexdigest() == PROOF_SHA256, "the vector itself"
    key = receipt.parse_log_key(LOG_KEY)
    index, checkpoint = receipt.check(LEAF, PROOF, key)
    assert (index, checkpoint.origin, checkpoint.size) == (5, "example.com/log/testdata", 15)
    unsigned = PROOF.replace("index 5", "extra AAAA\nindex 5")
    assert receipt.check(LEAF, unsigned, key) == (index, checkpoint), "an extra line says nothing"
    grease = PROOF + "— grease.invalid AAAAAAAA\n"
    assert receipt.check(LEAF, grease, key) == (index, checkpoint), "a stranger's line says nothing"
    return 4


def _broken_receipts() -> int:
    key = receipt.parse_log_key(LOG_KEY)
    for what, leaf, broken, complaint in BROKEN_PROOFS:
        _refused(BadReceipt, complaint, what, lambda: receipt.check(leaf, broken(PROOF), key))
    return len(BROKEN_PROOFS)


def _trees() -> int:
    """Every leaf of every tree of 1 to 8 leaves, against a root computed straight from the definition."""
    hashes = [receipt.leaf_hash(leaf) for leaf in LEAVES]
    assert _root(hashes).hex() == ROOT_OF_EIGHT
    for size in range(1, 9):
        root = _root(hashes[:size])
        for index in range(size):
            path = tuple(_path(hashes[:size], index))
            assert receipt.inclusion_root(hashes[index], index, size, path) == root, f"leaf {index} of {size}"
    return 1 + 36


def _log_keys() -> int:
    parsed = receipt.parse_log_key(LOG_KEY)
    assert (parsed.name, parsed.key_id.hex()) == ("example.com/log/testdata", "33d7b496")
    for what, text, complaint in [
        ("another id", LOG_KEY.replace("33d7b496", "33d7b497"), "编号"),
        ("another name", LOG_KEY.replace("testdata", "testdatb"), "编号"),
        ("a witness's key", WITNESS_KEY, "1 型"),
        ("no id", "example.com+AAAA", "样子"),
        ("a blank in the name", LOG_KEY.replace("log/", "log "), "名称"),
        ("an ideographic blank", LOG_KEY.replace("log/", "log\u3000"), "名称"),
        ("no name", LOG_KEY[len("example.com/log/testdata"):], "名称"),
    ]:
        _refused(BadReceipt, complaint, what, lambda: receipt.parse_log_key(text))
    return 8


def _key_files() -> int:
    assert bytes(signing.parse_pem(PEM_V1)) == SEED
    assert bytes(signing.parse_pem(PEM_V2)) == SEED
    assert bytes(signing.parse_pem(PEM_V2.replace("\n", "\r\n"))) == SEED
    for what, text, complaint in [
        ("a public key", PEM_V1.replace("PRIVATE", "PUBLIC"), "PEM"),
        ("two keys", PEM_V1 + PEM_V1, "PEM"),
        ("another's public key", PEM_V2.replace("gSEAGb9", "gSEAGb8"), "一对"),
        ("an X25519 key", PEM_V1.replace("BQYDK2Vw", "BQYDK2Vu"), "Ed25519"),
        ("a cut key", PEM_V1.replace("qI9EdVhC", "qI9E"), "Ed25519"),
        ("a digit too many", PEM_V1.replace("qI9EdVhC", "qI9EdVhCA"), "base64"),
        ("nothing", "", "PEM"),
    ]:
        _refused(BadInput, complaint, what, lambda: signing.parse_pem(text))
    return 10


def _cards() -> int:
    card = signing.parse_card(f" {CARD}\n")
    assert card.view_token == TOKEN and card.key == SigningKey(SEED)
    assert TOKEN not in repr(card)
    for what, text, complaint in [
        ("no seed", CARD.split("#")[0], "应当是"),
        ("an empty seed", CARD.split("#")[0] + "#", "32 字节"),
        ("a short view token", CARD.replace(TOKEN, TOKEN[:-1]), "查询码"),
        ("a loose spelling", CARD.replace(TOKEN, TOKEN[:-1] + "9"), "查询码"),
        ("padding", CARD + "=", "32 字节"),
        ("plain base64", CARD.replace("_", "/").replace("-", "+"), "32 字节"),
        ("another page", CARD.replace("/p/", "/q/"), "应当是"),
        ("another scheme", CARD.replace("https", "ftp"), "应当是"),
        ("nothing", "", "应当是"),
    ]:
        _refused(BadInput, complaint, what, lambda: signing.parse_card(text))
    return 11


def _dsse() -> int:
    vector = signing.pae("http://example.com/HelloWorld", b"hello world")
    assert vector == b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    key = SigningKey(SEED)
    key.verify_key.verify(signing.pae(signing.COMMAND_TYPE, b"\x00\xff"), signing.sign(key, b"\x00\xff"))
    # RFC 9562, appendix A.6.
    noise = bytes.fromhex("0cc318c4dc0c0c07398f")
    assert signing.uuid7(0x017F22E279B0, noise).hex() == "017f22e279b07cc398c4dc0c0c07398f"
    return 3


def _root(hashes: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if len(hashes) == 1:
        return hashes[0]
    split = _split(len(hashes))
    return receipt.node_hash(_root(hashes[:split]), _root(hashes[split:]))


def _path(hashes: list[bytes], index: int) -> list[bytes]:
    """RFC 6962, section 2.1.1, word for word."""
    if len(hashes) == 1:
        return []
    split = _split(len(hashes))
    if index < split:
        return _path(hashes[:split], index) + [_root(hashes[split:])]
    return _path(hashes[split:], index - split) + [_root(hashes[:split])]


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1


def _refused(kind: type[Exception], complaint: str, what: str, attempt) -> None:
    try:
        attempt()
    except kind as error:
        assert complaint in str(error), f"{what}: the complaint is {error}"
    else:
        raise AssertionError(f"{what}: accepted")
