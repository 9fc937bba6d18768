package soak

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// clientOnDisk is what a user does on a disk, each step with the exit codes that are right.
// The disk is full or read-only from the step "spoil" to the step "mend".
var clientOnDisk = []struct{ name, command, codes string }{
	{"login", login, "0"},
	{"spoil", "", ""},
	{"a session that was stored before is used", `"$dxauth" whoami`, "0"},
	{"a project can't be selected", `"$dxauth" select Soak`, "1"},
	{"a second login fails before a password is sent, or takes back its session", login, "1 4"},
	{"the first session is still there", `"$dxauth" whoami`, "0"},
	{"mend", "", ""},
	{"a project is selected", `"$dxauth" select Soak`, "0"},
	{"login again", login, "0"},
	{"logout", `"$dxauth" logout`, "0"},
}

const login = `echo painter-2026 | "$dxauth" login --username dora --password-stdin --noprojects`

// C-04: on a disk that is full or read-only the client says so, loses nothing that was
// stored, and leaves no session whose token is lost.
func TestAClientOnABadDisk(t *testing.T) {
	t.Parallel()
	const small = `mount -t tmpfs -o size=256k,mode=700 tmpfs "$0"`
	s := serve(t, newStoreOf(t, dorasWorld+`projects:
  - {name: Soak, createdBy: dora, permissions: {dora: ADMINISTER}}
`))
	for name, disk := range map[string]struct{ spoil, mend, says string }{
		"full": {
			`head -c 1M /dev/zero >"$0/filler" 2>/dev/null || true`, `rm "$0/filler"`, "no space left on device",
		},
		"read-only": {
			`mount -o remount,ro,bind "$0"`, `mount -o remount,rw,bind "$0"`, "read-only file system",
		},
	} {
		for _, store := range []string{"plaintext", "age"} {
			t.Run(name+" "+store, func(t *testing.T) {
				t.Parallel()
				dir, home := t.TempDir(), t.TempDir()
				must(t, os.WriteFile(filepath.Join(home, "passphrase"), []byte("a passphrase for the test\n"), 0o600))
				// The shell reads the steps from a file, because the mount ends with it.
				var steps strings.Builder
				for _, step := range clientOnDisk {
					switch step.name {
					case "spoil":
						steps.WriteString(disk.spoil + "\n")
					case "mend":
						steps.WriteString(disk.mend + "\n")
					default:
						steps.WriteString(step.command + "\necho \"<$?>\"\n")
					}
				}
				command := withDisk(dir, small, exec.Command("sh", "-c", steps.String(), dir))
				command.Env = []string{
					"PATH=" + os.Getenv("PATH"), "HOME=" + home, "dxauth=" + program, "DXAUTH_SERVER=" + s.url, "DXAUTH_TYPE=dnanexus",
					"DXAUTH_STORE=" + store, "DXAUTH_PASSPHRASE_FILE=" + filepath.Join(home, "passphrase"),
					"DXAUTH_STATE_DIR=" + filepath.Join(dir, "state"), "DXAUTH_CONFIG_DIR=" + filepath.Join(home, "config"),
				}
				output, err := command.CombinedOutput()
				must(t, err)
				verifySteps(t, string(output), disk.says)
			})
		}
	}
}

// verifySteps compares the exit codes of the steps with what is right, and looks for the
// reason in what the failing ones say.
func verifySteps(t *testing.T, output, reason string) {
	t.Helper()
	rest := output
	for _, step := range clientOnDisk {
		if step.command == "" {
			continue
		}
		said, after, found := strings.Cut(rest, "<")
		code, next, closed := strings.Cut(after, ">\n")
		if !found || !closed {
			t.Fatalf("%s: no exit code in %q", step.name, output)
		}
		rest = next
		if !strings.Contains(step.codes, code) {
			t.Errorf("%s: exit code %s and %q", step.name, code, said)
		}
		if code != "0" && !strings.Contains(said, reason) {
			t.Errorf("%s: %q does not say why", step.name, said)
		}
	}
}
