#!/bin/sh
# Tries how dxauth comes to a machine, and how it goes: make install, go install, the
# archives and the Debian package of a release. Each is installed, used and removed, and
# nothing may be left. Installing the Debian package needs root on Debian; elsewhere this
# says that it was not tried.
set -eu
cd "$(dirname "$0")/.."

folder=$(mktemp -d)
trap 'chmod -R u+w "$folder" && rm -rf "$folder"' EXIT

fail() {
	echo "$*" >&2
	exit 1
}

# use_program signs in to a sandbox with a program.
use_program() {
	"$1" sandbox -- sh -c 'echo wonderland-2026 | dxauth login --username alice --password-stdin --noprojects 2>/dev/null
		test "$(dxauth whoami)" = alice' 2>/dev/null || fail "$1 does not sign in"
}

# check_files looks at what is installed below a folder: the program, pages of both
# sections in theirs, and the completions, the one of zsh in the folder named second.
check_files() {
	for file in bin/dxauth share/man/man1/dxauth.1 share/man/man1/dxauth-login.1 share/man/man7/dxauth-stores.7 \
		share/bash-completion/completions/dxauth "share/zsh/$2/_dxauth" share/fish/vendor_completions.d/dxauth.fish; do
		[ -s "$1/$file" ] || fail "$1/$file is missing or empty"
	done
	for page in docs/man/*; do
		cmp -s "$page" "$1/share/man/man${page##*.}/${page##*/}" || fail "$page is not below $1, or differs"
	done
	bash -n "$1/share/bash-completion/completions/dxauth"
	zsh -n "$1/share/zsh/$2/_dxauth"
	fish -n "$1/share/fish/vendor_completions.d/dxauth.fish"
	man -l "$1/share/man/man1/dxauth-login.1" | grep -q password || fail "man does not show dxauth-login"
}

check_empty() {
	left=$(find "$1" ! -type d)
	[ -z "$left" ] || fail "left behind: $left"
}

by_make() {
	make -s build
	make -s install DESTDIR="$folder/make" PREFIX=/usr
	check_files "$folder/make/usr" site-functions
	use_program "$folder/make/usr/bin/dxauth"
	make -s uninstall DESTDIR="$folder/make" PREFIX=/usr
	check_empty "$folder/make"
}

# by_go installs what the last commit has from a module proxy of files.
by_go() {
	module=$folder/proxy/github.com/dxauth/dxauth/@v
	version=v0.0.1
	mkdir -p "$module"
	echo $version >"$module/list"
	echo "{\"Version\":\"$version\",\"Time\":\"2026-01-01T00:00:00Z\"}" >"$module/$version.info"
	cp go.mod "$module/$version.mod"
	git archive --format=zip --prefix="github.com/dxauth/dxauth@$version/" -o "$module/$version.zip" HEAD ':!internal/tools' ':!internal/interop'
	# The modules that it needs are those that this build has downloaded.
	(
		downloaded=$(go env GOMODCACHE)/cache/download
		proxy=$(go env GOPROXY)
		program=$(go env GOROOT)/bin/go
		cd "$folder"
		GOTOOLCHAIN=local GOBIN=$folder/go GOMODCACHE=$folder/modules GONOSUMDB=github.com/dxauth/dxauth \
			GOPROXY="file://$folder/proxy,file://$downloaded,$proxy" "$program" install github.com/dxauth/dxauth/cmd/dxauth@latest
	)
	use_program "$folder/go/dxauth"
	"$folder/go/dxauth" version | grep -qF "dxauth $version " || fail "the version is $("$folder/go/dxauth" version)"
}

# by_release builds what a release has, into dist.
by_release() {
	goreleaser=$folder/goreleaser
	go build -modfile=internal/tools/release/go.mod -o "$goreleaser" github.com/goreleaser/goreleaser/v2
	"$goreleaser" check
	"$goreleaser" release --snapshot --clean --skip=publish,announce >"$folder/log" 2>&1 || fail "$(cat "$folder/log")"
	(cd dist && sha256sum --quiet -c checksums.txt)
	for archive in dist/*.tar.gz dist/*.zip; do
		case $archive in
		*.zip) list=$(unzip -Z1 "$archive") ;;
		*) list=$(tar -tzf "$archive") ;;
		esac
		for file in dxauth LICENSE README.md share/man/man1/dxauth.1 share/man/man7/dxauth-stores.7 share/bash-completion/completions/dxauth; do
			echo "$list" | grep -q "^$file" || fail "$archive has no $file"
		done
	done
	[ "$(ls dist/*.tar.gz dist/*.zip | wc -l)" = 6 ] || fail "not six archives: $(ls dist)"
	mkdir "$folder/archive"
	tar -xzf dist/dxauth_*_linux_"$(go env GOARCH)".tar.gz -C "$folder/archive"
	use_program "$folder/archive/dxauth"
}

by_debian_package() {
	package=$(ls "$PWD"/dist/dxauth_*_linux_"$(go env GOARCH)".deb)
	if [ "$(id -u)" != 0 ] || [ ! -e /etc/debian_version ]; then
		echo "the Debian package was built, but not installed: that needs root on Debian"
		return
	fi
	[ "$(dpkg-deb -f "$package" Package)" = dxauth ] || fail "$package is not the package dxauth"
	if dpkg -s dxauth >/dev/null 2>&1; then
		fail "the package dxauth is installed here: remove it first, since this test removes it"
	fi
	dpkg -i "$package" >/dev/null
	trap 'dpkg --purge dxauth >/dev/null 2>&1; chmod -R u+w "$folder" && rm -rf "$folder"' EXIT
	installed=$(dpkg -L dxauth)
	check_files /usr vendor-completions
	use_program /usr/bin/dxauth
	man -w dxauth-stores >/dev/null || fail "man does not find dxauth-stores"
	dpkg --purge dxauth >/dev/null
	for file in $installed; do
		[ -d "$file" ] || [ ! -e "$file" ] || fail "left behind: $file"
	done
}

for way in by_make by_go by_release by_debian_package; do
	echo "    $way"
	$way
done
