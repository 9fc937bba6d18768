#!/bin/sh
# usage: vulnerabilities.sh GOVULNCHECK FOLDER...
#
# Scans modules, given by their folders, for packages with known vulnerabilities: those that
# ship on each system, and those that only tests import. The database is a module of a pinned
# version, so a scan needs no network once it is downloaded, and its result changes only when
# we change it.
#
# govulncheck is given every package by name. With -test it looks into one of the packages that
# have the same path, the one without the tests, so of a module of tests it would see nothing.
# Whether our code reaches a vulnerable function is not asked: that takes twelve times as long,
# and a newer version of the package is the remedy anyway.
set -eu
cd "$(dirname "$0")/.."

tools=$PWD/internal/tools
go -C "$tools/vulndb" mod download golang.org/x/vulndb
database=$(go -C "$tools/vulndb" list -m -f '{{.Dir}}' golang.org/x/vulndb)
govulncheck=$1
shift

# packages lists ours, their tests' and all that they import, but not the standard library,
# which govulncheck finds through them.
packages() {
	go list -tags dex -test -deps -f '{{if and .Module (not .ForTest)}}{{.ImportPath}}{{end}}' ./... | grep -v '\.test$'
}

for module in "$@"; do
	systems=$(go env GOHOSTOS)
	[ "$module" != . ] || systems='linux darwin windows'
	for system in $systems; do
		# shellcheck disable=SC2046 # each word is a package
		(cd "$module" && export GOOS="$system" && "$govulncheck" -scan package -db "file://$database/data/osv" $(packages)) ||
			{ echo "known vulnerabilities in $module ($system): require newer versions in its go.mod" >&2; exit 1; }
	done
done
