#!/bin/sh
# Builds the tests for Windows and runs them under wine, as an unprivileged user,
# in a Debian of its own: wine 10 of Debian 13 starts programs of today's Go, wine
# 8 of Debian 12 does not. The Debian is made once (some minutes, 2.2 GiB) from
# the mirror that this machine installs from, and kept in DXAUTH_WINE_ROOT.
#
# usage: windows.sh [PACKAGE...]     by default all packages
set -eu
cd "$(dirname "$0")/.."

: "${DXAUTH_WINE_ROOT:=/var/tmp/dxauth-wine}"
: "${DXAUTH_WINE_SECONDS:=600}" # for the tests of one package
root=$DXAUTH_WINE_ROOT
suite=trixie
user=tester

# These packages are not run: they are the same work on every system, or measure.
# Any other package has to pass.
not_run='
internal/house reads the sources
internal/bench compares durations
'

fail() {
	echo "$*" >&2
	exit 1
}

in_root() {
	chroot "$root" /usr/bin/env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin DEBIAN_FRONTEND=noninteractive "$@"
}

mirror() {
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Label: Debian' | head -n 1
}

make_root() {
	command -v debootstrap >/dev/null || apt-get -qq -y install --no-install-recommends debootstrap >/dev/null
	from=$(mirror)
	[ -n "$from" ] || fail "apt knows no Debian mirror: run apt-get update on a Debian first"
	echo "making a Debian with wine in $root"
	rm -rf "$root"
	debootstrap --variant=minbase "$suite" "$root" "$from" >/dev/null
	cp /etc/resolv.conf "$root/etc/resolv.conf"
	in_root apt-get -qq -y -o Dpkg::Options::=--force-unsafe-io install --no-install-recommends wine wine64 >/dev/null 2>&1
	in_root useradd --create-home "$user"
	touch "$root/complete"
}

# as_user runs a command in the root, in a folder of the copied sources.
as_user() {
	folder=$1
	shift
	chroot --userspec="$user" "$root" /usr/bin/env -i "--chdir=/home/$user/src/$folder" PATH=/usr/bin:/bin LC_ALL=C.UTF-8 HOME="/home/$user" \
		XDG_RUNTIME_DIR=/tmp WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml=' "$@"
}

copy_sources() {
	rm -rf "$root/home/$user/src"
	mkdir -p "$root/home/$user/src"
	git ls-files -z --cached --others --exclude-standard | tar -c --null --ignore-failed-read -T - | tar -x -C "$root/home/$user/src"
	in_root chown -R "$user:$user" "/home/$user/src"
}

is_run() {
	! printf '%s' "$not_run" | grep -q "^$1 "
}

# tested lists the folders of the packages with tests for Windows.
tested() {
	folders=$(GOOS=windows go list -f '{{if or .TestGoFiles .XTestGoFiles}}{{.Dir}}{{end}}' "$@") || fail "go list failed"
	printf '%s\n' "$folders" | sed "s|^$PWD/||"
}

run_package() {
	binary=$root/home/$user/src/$1/windows.test.exe
	log=$root/tmp/windows.log
	if ! GOOS=windows CGO_ENABLED=0 go test -c -o "$binary" "./$1" >"$log" 2>&1; then
		report_failure "$1"
	elif as_user "$1" timeout --kill-after=10 "$DXAUTH_WINE_SECONDS" \
		wine windows.test.exe -test.timeout "${DXAUTH_WINE_SECONDS}s" >"$log" 2>&1 </dev/null; then
		echo "ok      $1"
	else
		report_failure "$1"
	fi
	rm -f "$binary"
}

report_failure() {
	echo "FAILED  $1"
	grep -v '^=== ' "$log" | sed 's/^/        /'
	failed="$failed $1"
}

[ "$(id -u)" = 0 ] || fail "run this as root: it makes a Debian of its own with debootstrap and chroot"
[ -n "${DXAUTH_WINE_MOUNTS-}" ] || exec env DXAUTH_WINE_MOUNTS=own unshare --mount sh .ci/windows.sh "$@" # what is mounted ends with it
packages=$(tested "${@:-./...}")
[ -n "$packages" ] || fail "none of these packages has tests for Windows"
[ -e "$root/complete" ] || make_root
mount -t proc proc "$root/proc"
copy_sources
trap 'as_user . wineserver --kill' EXIT
as_user . wineboot --init >/dev/null 2>&1

failed=
for package in $packages; do
	if is_run "$package"; then
		run_package "$package"
	fi
done
[ -z "$failed" ] || fail "failed under wine:$failed"
