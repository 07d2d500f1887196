#!/bin/sh
# The official Python client against the embedded exchange. Usage: tests/interop/run.sh PATH/TO/yieldsforge
# Builds nothing. A virtual environment that is to be kept can be named in YIELDSFORGE_INTEROP_VENV.
set -eu

binary=$(realpath "${1:?usage: $0 PATH/TO/yieldsforge}")
here=$(dirname "$(realpath "$0")")
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT INT TERM
venv=${YIELDSFORGE_INTEROP_VENV:-$scratch/venv}

if [ ! -x "$venv/bin/python" ]; then
    python3 -m venv "$venv"
fi
"$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$here/requirements.txt"

# The script starts the exchange on a free port and ends it; the deadline is for both.
cd "$scratch"
timeout --kill-after=10 120 "$venv/bin/python" "$here/interop.py" "$binary" "$here/accounts.toml"
