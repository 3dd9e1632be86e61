#!/usr/bin/env bash
# Unpacks Debian's headless Chromium, and the libraries that it needs and this
# machine lacks, into a folder: chromium.sh DIR. Nothing is installed and root is
# not needed. Debian keeps one version of a release, so the version is that of
# the package lists; apt checks every file against their signature, and
# DIR/packages names what was unpacked.
set -euo pipefail

dir=${1:?usage: chromium.sh DIR}
package=chromium-headless-shell
rm -rf "$dir"
mkdir -p "$dir/debs" "$dir/root" "$dir/apt/lists/partial"
dir=$(cd "$dir" && pwd)

# A container often comes without package lists, and only root may fetch them
# for everybody: then they are fetched for this folder alone.
apt=(apt-get --quiet --quiet)
if ! apt-cache show "$package" >"$dir/apt/show" 2>&1; then
  apt+=(-o "Dir::State::lists=$dir/apt/lists" -o "Dir::Cache=$dir/apt" -o APT::Sandbox::User=)
  "${apt[@]}" update
fi

mapfile -t wanted < <("${apt[@]}" install --simulate --no-install-recommends "$package" | sed -n 's/^Inst \([^ ]*\) .*(\([^ ]*\) .*/\1=\2/p')
if [ ${#wanted[@]} -eq 0 ]; then
  wanted=("$package")
fi
(cd "$dir/debs" && "${apt[@]}" -o APT::Sandbox::User= download "${wanted[@]}")
for deb in "$dir"/debs/*.deb; do
  dpkg-deb --extract "$deb" "$dir/root"
  dpkg-deb --show "$deb"
done >"$dir/packages"
rm -rf "$dir/debs" "$dir/apt"

# The browser, with its own libraries before those of the system.
cat >"$dir/chromium" <<'SH'
#!/bin/sh
root=$(dirname "$(readlink -f "$0")")/root
for lib in "$root"/usr/lib/*-linux-gnu; do
  LD_LIBRARY_PATH=$lib:$lib/pulseaudio${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}
done
export LD_LIBRARY_PATH
exec "$root/usr/lib/chromium/chromium-headless-shell" "$@"
SH
chmod +x "$dir/chromium"
