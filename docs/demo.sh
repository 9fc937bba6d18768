#!/bin/sh
# A first look: a platform and a user in one terminal. Everything happens in a
# sandbox that is removed afterwards; nothing outside of it changes.
set -eu

dxauth=${DXAUTH:-bin/dxauth}

# The tour runs inside a sandbox. At a terminal, a shell in a second one follows.
# shellcheck disable=SC2016 # the sandbox's shell expands this, not ours
tour='
cd "$DXAUTH_SANDBOX_DIR"
show() { printf "\n\$ %s\n" "$1"; eval "$1"; }

show "echo wonderland-2026 | dxauth login --username alice --password-stdin --noprojects"
show "dxauth select \"Exome 2026:/results\""
show "dxauth whoami"
show "dxauth pwd"
show "dxauth status"
show "dxauth exec --scope \"Exome 2026=VIEW\" -- dxauth whoami"
show "dxauth token new nightly --project \"Exome 2026=VIEW\" --expires 90d --out nightly.token"
show "dxauth token list"
show "dxauth 2fa status"
show "dxauth logout"
show "dxauth whoami" || echo "(exit code $?)"
'

"$dxauth" sandbox -- sh -c "$tour"

if [ -t 0 ] && [ -t 1 ]; then
	printf '\nNow it is your turn, in a fresh sandbox: try "dxauth login"; "exit" ends it.\n\n'
	exec "$dxauth" sandbox
fi
