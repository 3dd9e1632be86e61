#!/usr/bin/env bash
# Runs every fuzz target of the module for the time, or the number of inputs,
# that is given (5m, 20000x). Fails when there is no target, or when one fails.
set -euo pipefail
cd "$(dirname "$0")/.."
count=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT
while IFS=: read -r file target; do
	package=./$(dirname "$file")
	echo "fuzz $package $target"
	go test "$package" -run '^$' -fuzz "^$target\$" -fuzztime "$1" -fuzzminimizetime 20x -parallel 2 >"$log" 2>&1 || {
		cat "$log"
		exit 1
	}
	count=$((count + 1))
done < <(git ls-files -co --exclude-standard '*_test.go' | xargs grep -HoE '^func (Fuzz[A-Za-z0-9_]+)' | sed 's/func //')
echo "fuzz: $count targets"
test "$count" -gt 0
