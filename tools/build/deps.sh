#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Install the packages of tools/build/packages that are missing, and say which.
# When none is, nothing is called but dpkg-query.
set -euo pipefail

list=$(dirname "$0")/packages
read -ra want < <(sed 's/#.*//' "$list" | xargs)

missing=()
for p in "${want[@]}"; do
	state=$(dpkg-query -W -f '${db:Status-Abbrev}' "$p" 2>/dev/null || true)
	[[ $state == ?i* ]] || missing+=("$p")
done

if [ ${#missing[@]} -eq 0 ]; then
	echo "deps: all ${#want[@]} packages are installed"
	exit 0
fi
if [ "$(id -u)" -ne 0 ]; then
	echo "deps: not installed: ${missing[*]}" >&2
	echo "deps: only root can install them: run 'make deps' as root" >&2
	exit 1
fi

echo "deps: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
apt-get -qq -y --no-install-recommends install "${missing[@]}"
echo "deps: installed ${#missing[@]} packages"
