#!/usr/bin/env bash
# Packages the hook from two copies of the sources and compares the archives. The
# copies differ in folder and in the times of the files; the second is built with
# an empty build cache, so that nothing is taken over from the first.
set -euo pipefail
cd "$(dirname "$0")/.."
copies=$(mktemp -d)
trap 'rm -rf "$copies"' EXIT
for copy in first second/deeper; do
	mkdir -p "$copies/$copy"
	git ls-files -coz --exclude-standard | tar --create --null --files-from - --ignore-failed-read | tar --extract --touch --directory "$copies/$copy"
done
make --silent --directory "$copies/first" package >/dev/null
GOCACHE="$copies/cache" make --silent --directory "$copies/second/deeper" package >/dev/null
cd "$copies/first/dist"
for file in *.zip; do
	cmp "$file" "$copies/second/deeper/dist/$file"
	sha256sum "$file"
done
