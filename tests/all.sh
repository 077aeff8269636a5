#!/usr/bin/env bash
# The one test command: installs what the tests need and runs everything. Nothing is skipped; what is missing is
# an error. Wants cargo, python3 (3.11 or newer) with pip, node with npm; on Debian it installs the rest by name.
# Everything is built in one profile, so that nothing is built twice but for the planted mistakes. Writes only to the
# target directory (and a socket to the system's temporary one).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec </dev/null

readonly BUF=@bufbuild/buf@1.75.0
# Judges the pages by WCAG. A tool of the tests alone (MPL-2.0); nothing of it is in the program.
readonly AXE=axe-core@4.14.1
# A demo that is not ready by then hangs. How long it takes is printed; it depends on the disk.
readonly DEMO_PATIENCE_SECONDS=180
# What the tests call that is neither cargo's, pip's nor npm's.
readonly PACKAGES=(
    python3-venv # where pip installs what the Python client imports
    zbar-tools   # reads a passbook's QR code: a decoder that is not ours
    librsvg2-bin # draws the QR code for it
    openssl      # makes certificates as docs/tls.md says
    strace       # fails one system call after the other
    chromium     # opens the pages that sign, as a phone does
    chromium-driver # leads it
    fonts-noto-cjk # pictures of pages show Chinese
    postgresql   # what the benchmark compares with; it runs a cluster of its own
)

target=${CARGO_TARGET_DIR:-target}
mkdir -p "$target/tests"
target=$(cd "$target" && pwd)
tools=$target/tests
readonly target tools

export CI=true CARGO_TERM_COLOR=never CARGO_TERM_PROGRESS_WHEN=never CARGO_INCREMENTAL=0 CARGO_TARGET_DIR=$target
export PYTHONDONTWRITEBYTECODE=1 PYTHONUTF8=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
export DEBIAN_FRONTEND=noninteractive
# A test that cannot run fails.
export CIVBANK_TESTS_MUST_RUN=1
export CIVBANK_PYTHON=$tools/python/bin/python
export CIVBANK_AXE=$tools/axe/node_modules/axe-core/axe.min.js

main() {
    step "packages" install_packages
    step "python" install_python
    step "buf" install_buf
    step "axe-core" install_axe
    step "crates" retry cargo fetch --locked
    export CARGO_NET_OFFLINE=true

    step "format" cargo fmt --check
    step "proto format" buf format --diff --exit-code
    step "proto lint" buf lint
    step "licences, versions, sources" python3 tests/deny.py
    step "clippy" cargo clippy --locked --release --all-targets -- -D warnings
    step "documentation" env RUSTDOCFLAGS="-D warnings" cargo doc --locked --release --no-deps

    step "build" cargo build --locked --release
    step "demo" check_demo
    step "documentation's examples" cargo test --locked --release --doc
    # Without cargo bench's "--bench" a benchmark runs once, with small numbers, so that it does not rot.
    step "benchmarks, small" cargo test --locked --release --bench '*'
    # Mistakes are planted one by one, and the simulation finds each. The feature is in no program that is built above.
    step "planted mistakes" cargo test --locked --release --features planted-bugs --test it simulation -- --nocapture
    # Last, so that the last line is the test runner's own.
    step "tests" env STEPS=50000 cargo test --locked --release --lib --bins --tests
}

# Runs the rest of its arguments under a name.
step() {
    printf '\n== %s (at %d s)\n' "$1" "$SECONDS" >&2
    shift
    "$@"
}

# For what asks the network: four tries.
retry() {
    local pause
    for pause in 5 15 30; do
        "$@" && return
        printf 'again in %d s: %s\n' "$pause" "$*" >&2
        sleep "$pause"
    done
    "$@"
}

install_packages() {
    local missing=() package as_root=()
    for package in "${PACKAGES[@]}"; do
        dpkg-query --show --showformat='${db:Status-Status}' "$package" 2>&1 | grep -qx installed || missing+=("$package")
    done
    ((${#missing[@]})) || return 0
    ((EUID == 0)) || as_root=(sudo -n --preserve-env=DEBIAN_FRONTEND)
    retry "${as_root[@]}" apt-get update -qq
    retry "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}"
}

install_python() {
    local wanted=examples/python/requirements.txt
    cmp -s "$wanted" "$tools/python/requirements.txt" && return
    rm -rf "$tools/python"
    python3 -m venv "$tools/python"
    retry "$CIVBANK_PYTHON" -m pip install --quiet --requirement "$wanted"
    cp "$wanted" "$tools/python/"
}

install_axe() {
    grep -qs "\"version\": \"${AXE##*@}\"" "$tools/axe/node_modules/axe-core/package.json" && return
    mkdir -p "$tools/axe"
    retry npm install --prefix "$tools/axe" --no-save --no-audit --no-fund --loglevel=error "$AXE"
    [[ -s $CIVBANK_AXE ]] || fail "npm brought no $CIVBANK_AXE"
}

install_buf() {
    [[ $(buf --version 2>/dev/null) == "${BUF##*@}" ]] && return
    mkdir -p "$tools/npm"
    retry npm install --prefix "$tools/npm" --no-save --no-audit --no-fund --loglevel=error "$BUF"
    buf --version
}

buf() {
    "$tools/npm/node_modules/.bin/buf" "$@"
}

# A demo gets ready, its cards can be scanned, and started again it goes on with what is there.
check_demo() {
    local dir=$tools/demo card text
    rm -rf "$dir"
    start_demo "$dir"
    card=$dir/passbooks/v1-00001
    text=$(<"$card.txt")
    [[ $(zbarimg --quiet --raw --nodbus "$card.svg") == "$text" ]] || fail "the QR code is not the card's text"
    start_demo "$dir"
    [[ $(<"$card.txt") == "$text" ]] || fail "the second start made other cards"
    rm -rf "$dir"
}

# Starts a demo, waits for it, and ends it as an operator would.
start_demo() {
    local log=$tools/demo.log began now
    : >"$log"
    began=$(date +%s%N)
    "$target/release/civbank" demo --json --dir "$1" --listen 127.0.0.1:0 >"$log" 2>&1 &
    demo=$!
    # Whatever ends this script ends the demo.
    trap 'kill -KILL "$demo" 2>/dev/null || true' EXIT
    until grep -q '"serving"' "$log"; do
        kill -0 "$demo" 2>/dev/null || fail "the demo ended by itself: $(<"$log")"
        now=$(date +%s%N)
        if ((now - began > DEMO_PATIENCE_SECONDS * 1000000000)); then
            fail "the demo is not ready after $DEMO_PATIENCE_SECONDS s: $(<"$log")"
        fi
        sleep 0.02
    done
    printf 'ready after %d ms\n' $((($(date +%s%N) - began) / 1000000))
    kill -TERM "$demo"
    wait "$demo" || fail "the demo did not end in good order: $(<"$log")"
    trap - EXIT
}

fail() {
    printf 'FAILED: %s\n' "$1" >&2
    exit 1
}

main
