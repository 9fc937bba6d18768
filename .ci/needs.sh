#!/bin/sh
# Makes sure that the programs which the tests drive are there: a real message
# bus, a real keyring, a real terminal, a reader of QR codes, an authenticator, a
# proxy, a database, a browser, shells, and the C compiler for the race detector. As root on a Debian-like system
# the missing ones are installed; elsewhere they are named, and this fails, because
# a skipped test proves nothing.
set -eu

# One program a line, by names of which one is enough, parted by a bar, or by a pattern of its
# path; then the Debian packages that bring it.
programs='
gcc                   gcc libc6-dev
dbus-run-session      dbus dbus-daemon
gnome-keyring-daemon  gnome-keyring
secret-tool           libsecret-tools
keyctl                keyutils
zbarimg               zbar-tools
oathtool              oathtool
nginx                 nginx-light
groff                 groff
strace                strace
jq                    jq
man                   man-db
unzip                 unzip
curl                  curl
chromium-headless-shell|chromium  chromium-headless-shell
npm                   npm
zsh                   zsh
fish                  fish
/usr/lib/postgresql/*/bin/initdb  postgresql
'

missing_packages() {
	echo "$programs" | while read -r names packages; do
		[ -z "$names" ] || is_there "$names" || printf '%s ' "$packages"
	done
}

# is_there reports whether one of the names is that of a program.
is_there() {
	for name in $(echo "$1" | tr '|' ' '); do # patterns are expanded
		command -v "$name" >/dev/null && return
	done
	return 1
}

can_install() {
	[ "$(id -u)" = 0 ] && [ -e /etc/debian_version ]
}

install() {
	export DEBIAN_FRONTEND=noninteractive
	without_cluster
	apt-get -qq update
	apt-get -qq -y install --no-install-recommends "$@" >/dev/null
}

# The tests make databases of their own. The package would make and start another one.
without_cluster() {
	folder=/etc/postgresql-common/createcluster.d
	mkdir -p $folder
	[ -e $folder/dxauth-tests.conf ] || echo 'create_main_cluster = false' >$folder/dxauth-tests.conf
}

missing=$(missing_packages)
if [ -n "$missing" ] && can_install; then
	echo "installing: $missing"
	# shellcheck disable=SC2086 # each word is a package
	install $missing
	missing=$(missing_packages)
fi
if [ -n "$missing" ]; then
	echo "programs that the tests use are missing; on Debian: sudo apt-get install $missing" >&2
	exit 1
fi
echo "all there"
