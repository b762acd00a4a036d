#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Make the keys that policies are signed with in the tests: build/keys/NAME.key,
# with the certificate NAME.pem. The kernels trust that of "policy", and not that
# of "stranger". Made once: with others the kernels would be linked again.
set -euo pipefail
# shellcheck source=tools/build/lib.sh
. "$(dirname "$0")/lib.sh"

keys=$BUILD/keys

make_key() # NAME
{
	[ ! -s "$keys/$1.pem" ] || return 0
	say "making a key for signed policies: ${keys#"$TOP"/}/$1.key"
	openssl req -new -x509 -newkey rsa:2048 -nodes -sha256 -days 36500 -batch \
		-subj "/O=tagsched/CN=$1 key of the tests" \
		-addext basicConstraints=critical,CA:FALSE -addext keyUsage=digitalSignature \
		-keyout "$keys/$1.key" -out "$keys/$1.pem.new" 2>"$keys/log" ||
		{ cat "$keys/log" >&2; die "openssl could not make a key"; }
	mv "$keys/$1.pem.new" "$keys/$1.pem"
}

mkdir -p "$keys"
make_key policy
make_key stranger
