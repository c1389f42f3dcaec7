# shellcheck shell=bash
# lib.sh - which files the checks look at. To be sourced; enters the clone's top.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
unset MAKEFLAGS MAKELEVEL

# ours PATTERN...: files of the repository, and those about to become so.
ours() { git ls-files --cached --others --exclude-standard -- "$@" | while read -r f; do [ -f "$f" ] && echo "$f"; done; }

# preprocessor: the build's flags, as words.
preprocessor() { make -s flags; }

# in_parallel COMMAND...: with a file name added, for each line of the input; fails when one fails.
in_parallel() { xargs -r -P "$(nproc)" -n 4 "$@"; }
