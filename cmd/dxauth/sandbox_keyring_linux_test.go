package main

import (
	"os/exec"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/testbus"
)

// storing tries each way to store something outside of a sandbox, and prints what
// happened.
const storing = `
for store in keyring kernel helper:secretservice; do
	echo wonderland-2026 | dxauth login --username alice --password-stdin --noprojects --store $store 2>error
	echo "$store: $? $(grep -c 'a sandbox does not use it' error)"
done
echo leaked | secret-tool store --label=leak service leaked username alice 2>/dev/null && echo "secret-tool stored"
env -u DBUS_SESSION_BUS_ADDRESS sh -c 'echo leaked | secret-tool store --label=leak service leaked username alice' 2>/dev/null && echo "secret-tool stored"
keyctl add user dxauth-leaked leaked @s >/dev/null 2>&1 && echo "in a session keyring"
echo wonderland-2026 | dxauth login --username alice --password-stdin --noprojects --store auto --store plaintext 2>/dev/null
dxauth status | grep Credential:
`

// What a program in a sandbox stores is in neither keyring of the user.
func TestSandboxDoesNotReachKeyrings(t *testing.T) {
	t.Parallel()
	bus := testbus.Unlocked(t)
	root, env := sandboxHome(t)
	env = append(append(env, bus.Env...), "MOLGENIS_TOKEN=outer-token")
	cmd := exec.Command("keyctl", "session", "-", "sh", "-c", `
		dxauth sandbox -- sh -c "$1" 2>/dev/null
		keyctl search @s user dxauth-leaked 2>/dev/null && echo "in the session keyring of the user"
		keyctl add user dxauth-test probe @s >/dev/null && echo "keyrings work"`, "sh", storing)
	cmd.Env, cmd.Dir = env, root
	output, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	for _, want := range []string{"keyring: 4 1\n", "kernel: 4 1\n", "helper:secretservice: 4 1\n", "in a session keyring\n", "Credential:     plaintext", "keyrings work\n"} {
		if !strings.Contains(string(output), want) {
			t.Errorf("no %q in\n%s", want, output)
		}
	}
	for _, leak := range []string{"secret-tool stored", "in the session keyring of the user"} {
		if strings.Contains(string(output), leak) {
			t.Errorf("%q in\n%s", leak, output)
		}
	}
	if _, found := bus.Lookup(t, "service", "leaked", "username", "alice"); found {
		t.Error("secret-tool stored something in the user's keyring")
	}
	wantGone(t, root, "")
}
