#!/bin/sh
# Scans modules, given by their folders, tests included, for known vulnerabilities that
# their code reaches. The database is a module of a pinned version, so a scan needs no
# network once it is downloaded, and its result changes only when we change it.
set -eu
cd "$(dirname "$0")/.."

tools=$PWD/internal/tools
go -C "$tools/vulndb" mod download golang.org/x/vulndb
database=$(go -C "$tools/vulndb" list -m -f '{{.Dir}}' golang.org/x/vulndb)

for module in "$@"; do
	go -C "$module" tool -modfile="$tools/go.mod" govulncheck -test -db "file://$database/data/osv" ./...
done
