#!/usr/bin/env bash
# Has Microsoft's validator read SARIF files, by the rules of the standard and
# those of GitHub's code scanning: sarif.sh MULTITOOL FILE... Any remark fails.
set -euo pipefail

multitool=$1
shift
export DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1
out=$("$multitool" validate "$@" --rule-kind 'Sarif;Ghas' 2>&1) || { echo "$out"; exit 1; }
if grep -E '(error|warning|note) (SARIF|GH)[0-9]+' <<<"$out"; then
  exit 1
fi
grep -F "Done. $# files scanned." <<<"$out" || { echo "$out"; exit 1; }
