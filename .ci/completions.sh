#!/bin/sh
# Writes the completions of the shells into a folder, under the names by which
# each shell finds them. GoReleaser runs it: the program of this system makes
# those for every system.
#
# usage: completions.sh FOLDER
set -eu
cd "$(dirname "$0")/.."
folder=$1

mkdir -p "$folder"
go build -o "$folder/program" ./cmd/dxauth
"$folder/program" completion bash >"$folder/dxauth"
"$folder/program" completion zsh >"$folder/_dxauth"
"$folder/program" completion fish >"$folder/dxauth.fish"
rm "$folder/program"
