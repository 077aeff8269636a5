"""Checks what is linked into the bank against `deny.toml`, and that `NOTICE` names it all; needs no network.

Does what `cargo deny check bans licenses sources` does, for the words that `deny.toml` uses, from what
`cargo metadata` says of the locked packages. A word it does not know is an error, so that nothing is believed
to be checked that is not. Advisories want a database and are left to cargo-deny.

    python3 tests/deny.py            checks
    python3 tests/deny.py --notice   writes NOTICE anew
"""

import json
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
NOTICE = ROOT / "NOTICE"
# What pages carry that is not ours; a test of the pages compares the files with it.
SCRIPTS = ROOT / "src/web/assets/js/vendor/manifest.json"
REGISTRY = re.compile(r"registry\+https://github\.com/rust-lang/crates\.io-index")
NOTICE_HEAD = """\
civbank
Copyright the civbank authors

Licensed under the Apache License, Version 2.0; the text is in LICENSE.

The binary contains these libraries, each under the licence it names. Their texts and copyright lines come with
their sources, which `cargo vendor` fetches. `python3 tests/deny.py --notice` writes this list.

"""
SCRIPTS_HEAD = """
The pages carry these scripts; their licences lie beside them in src/web/assets/js/vendor.

"""
# Every word of deny.toml that is understood here, with the one value it may have where it has only one.
WORDS = {
    "graph": {"targets": None},
    "licenses": {"allow": None},
    "bans": {"multiple-versions": "deny", "wildcards": "deny", "deny": None, "skip": None},
    "sources": {"unknown-registry": "deny", "unknown-git": "deny"},
    "advisories": {"ignore": None},
}


def main() -> int:
    rules = tomllib.loads((ROOT / "deny.toml").read_text())
    metadata = _metadata(rules["graph"]["targets"])
    packages = [package for package in metadata["packages"] if package["source"] is not None]
    notice = _notice(metadata)
    if sys.argv[1:] == ["--notice"]:
        NOTICE.write_text(notice)
        return 0
    wrong = [
        *_unknown_words(rules),
        *_licences(packages, rules["licenses"]["allow"]),
        *_script_licences(rules["licenses"]["allow"]),
        *_banned(packages, rules["bans"]["deny"]),
        *_doubles(packages, rules["bans"]["skip"]),
        *_wildcards(metadata),
        *_sources(packages),
        *_locked(),
    ]
    if not NOTICE.exists() or NOTICE.read_text() != notice:
        wrong.append("NOTICE is not what is linked: run python3 tests/deny.py --notice")
    for line in wrong:
        print(f"deny: {line}", file=sys.stderr)
    if not wrong:
        print(f"deny: {len(packages)} packages, all allowed")
    return 1 if wrong else 0


def _metadata(targets: list[str]) -> dict:
    platforms = [f"--filter-platform={target}" for target in targets]
    command = ["cargo", "metadata", "--locked", "--offline", "--format-version=1", *platforms]
    return json.loads(subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.PIPE).stdout)


def _unknown_words(rules: dict) -> list[str]:
    wrong = []
    for section, words in rules.items():
        for word, value in words.items():
            known = WORDS.get(section, {})
            if word not in known or known[word] not in (None, value):
                wrong.append(f"deny.toml: [{section}] {word} = {value!r} is not understood by tests/deny.py")
    return wrong


def _licences(packages: list[dict], allow: list[str]) -> list[str]:
    wrong = []
    used = set()
    for package in packages:
        licence = package["license"] or ""
        allowed = _allowed(licence, set(allow))
        if allowed is None:
            wrong.append(f"{_name(package)}: licence {licence!r} is not allowed")
        else:
            used |= allowed
    return wrong + [f"deny.toml: licence {licence} is allowed and used by nobody" for licence in sorted(set(allow) - used)]


def _script_licences(allow: list[str]) -> list[str]:
    return [f"{script['package']}: licence {script['license']!r} is not allowed"
            for script in _scripts() if _allowed(script["license"], set(allow)) is None]


def _scripts() -> list[dict]:
    return json.loads(SCRIPTS.read_text())


def _allowed(expression: str, allow: set[str]) -> set[str] | None:
    """The licences by which an SPDX expression is met: every allowed branch of an OR; none: it is not met."""
    # "A/B" is how OR was written before SPDX.
    tokens = re.findall(r"[()]|[^\s()/]+(?:\s+WITH\s+[^\s()/]+)?", expression.replace("/", " OR "))

    def either() -> set[str] | None:
        met = both()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            other = both()
            met = other if met is None else met | (other or set())
        return met

    def both() -> set[str] | None:
        met = one()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            other = one()
            met = None if met is None or other is None else met | other
        return met

    def one() -> set[str] | None:
        token = tokens.pop(0) if tokens else ""
        if token != "(":
            return {token} if token in allow else None
        met = either()
        if not tokens or tokens.pop(0) != ")":
            return None
        return met

    met = either()
    return None if tokens else met


def _banned(packages: list[dict], deny: list[dict]) -> list[str]:
    reasons = {ban["crate"]: ban["reason"] for ban in deny}
    return [f"{_name(package)} is banned: {reasons[package['name']]}" for package in packages if package["name"] in reasons]


def _doubles(packages: list[dict], skip: list[dict]) -> list[str]:
    skipped = {double["crate"] for double in skip}
    versions = defaultdict(set)
    for package in packages:
        versions[package["name"]].add(_name(package))
    doubles = {name for names in versions.values() if len(names) > 1 for name in names}
    wrong = [f"{', '.join(sorted(names))}: more than one version"
             for names in versions.values() if len(names - skipped) > 1]
    return wrong + [f"deny.toml: {name} is skipped and is no double" for name in sorted(skipped - doubles)]


def _wildcards(metadata: dict) -> list[str]:
    ours = [package for package in metadata["packages"] if package["source"] is None]
    return [f"{_name(package)}: {dependency['name']} is wanted in any version"
            for package in ours for dependency in package["dependencies"] if dependency["req"] == "*"]


def _sources(packages: list[dict]) -> list[str]:
    return [f"{_name(package)} comes from {package['source']}"
            for package in packages if not REGISTRY.fullmatch(package["source"])]


def _locked() -> list[str]:
    """A second cryptography in the lock is one feature away from being linked, and then rustls panics."""
    lock = tomllib.loads((ROOT / "Cargo.lock").read_text())
    return [f"Cargo.lock: {package['name']} is there; only ring may be"
            for package in lock["package"] if package["name"].startswith("aws-lc")]


def _notice(metadata: dict) -> str:
    """What is linked into the binary: neither what only builds or tests it, nor what runs in the compiler."""
    packages = {package["id"]: package for package in metadata["packages"]}
    needs = {
        node["id"]: [dependency["pkg"] for dependency in node["deps"]
                     if any(kind["kind"] is None for kind in dependency["dep_kinds"])]
        for node in metadata["resolve"]["nodes"]
    }
    linked, rest = set(), [metadata["resolve"]["root"]]
    while rest:
        package = rest.pop()
        is_macro = any("proc-macro" in target["kind"] for target in packages[package]["targets"])
        if package not in linked and not is_macro:
            linked.add(package)
            rest.extend(needs[package])
    linked.remove(metadata["resolve"]["root"])
    lines = {f"{packages[package]['name']}: {packages[package]['license']}\n" for package in linked}
    scripts = {f"{script['package']} {script['version']} (a script): {script['license']}\n" for script in _scripts()}
    return NOTICE_HEAD + "".join(sorted(lines)) + SCRIPTS_HEAD + "".join(sorted(scripts))


def _name(package: dict) -> str:
    return f"{package['name']}@{package['version']}"


if __name__ == "__main__":
    sys.exit(main())
