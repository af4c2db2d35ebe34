#!/bin/sh
# Make .venv match uv.lock. Needs Python 3 only: uv is found or installed into .uv/, and uv brings Python 3.10.
set -eu

fail() { echo "$1" >&2; exit 1; }

# quietly <what> <command …>: show dots while a command works, and its output only if it fails.
quietly() {
    printf '· %s ' "$1"
    shift
    output=$(mktemp)
    "$@" >"$output" 2>&1 &
    job=$!
    trap 'kill $job 2>/dev/null; rm -f "$output"; exit 130' INT TERM HUP
    while kill -0 $job 2>/dev/null; do printf .; sleep 1; done
    trap - INT TERM HUP
    status=0
    wait $job || status=$?
    echo
    [ $status -eq 0 ] || cat "$output" >&2
    rm -f "$output"
    return $status
}

# A uv that a version manager hides or that is too old for this lock file does not count.
works() {
    version=$("$1" --version 2>/dev/null) || return 1
    case $version in "uv 0."[0-4].*) return 1 ;; "uv "*) return 0 ;; *) return 1 ;; esac
}

find_uv() {
    for candidate in uv "$HOME/.local/bin/uv" .uv/bin/uv; do
        if works "$candidate"; then UV=$candidate; return 0; fi
    done
    return 1
}

find_python() {
    for candidate in python3 /usr/bin/python3 /usr/local/bin/python3; do
        if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 8))' 2>/dev/null; then
            PYTHON=$candidate; return 0
        fi
    done
    return 1
}

install_uv() {
    find_python || fail "Python 3.8 or newer is needed to set up, and none was found that runs."
    rm -rf .uv
    "$PYTHON" -m venv .uv >/dev/null 2>&1 ||
        fail "$PYTHON cannot make virtual environments: install uv, or python3-venv (Debian: apt-get install python3-venv)."
    quietly "Installing uv into .uv/" .uv/bin/python -m pip install --disable-pip-version-check "uv>=0.5" ||
        fail "uv could not be installed into .uv/: check the network or the package index, or install uv yourself."
    UV=.uv/bin/uv
}

find_uv || install_uv
if ! "$UV" python find 3.10 >/dev/null 2>&1; then
    quietly "Fetching Python 3.10" "$UV" python install 3.10 2>/dev/null ||
        fail "Dengta needs Python 3.10, and uv could not fetch one: install Python 3.10 and run make again."
fi
quietly "Installing packages into .venv/, a few minutes the first time" \
    "$UV" sync --frozen --python 3.10 --compile-bytecode ||
    fail "The packages of uv.lock could not be installed; the lines above say why."
