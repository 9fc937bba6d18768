#!/bin/sh
# Runs every fuzz target for a short while. Go fuzzes one target of one package
# a call, hence the two loops.
set -eu
: "${FUZZTIME:=10s}"

for package in $(go list ./...); do
	for target in $(go test -list '^Fuzz' "$package" | grep '^Fuzz' || true); do
		printf '\n==> %s %s\n' "$package" "$target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "$FUZZTIME" "$package"
	done
done
