//go:build unix

package credstore

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/pkg/secret"
)

// shelf is a credential helper that keeps each request under the name that a
// checksum gives its URL, and notes its arguments.
const shelf = `#!/bin/sh
cd "$(dirname "$0")" || exit 9
echo "$@" >> arguments
read -r request
case $1 in
store)
	url=$(printf %s "$request" | sed 's/.*"ServerURL":"\([^"]*\)".*/\1/')
	printf %s "$request" > "item-$(printf %s "$url" | cksum | tr -d ' ')" ;;
*)
	item="item-$(printf %s "$request" | cksum | tr -d ' ')"
	[ -e "$item" ] || { echo "credentials not found in native keychain"; exit 1; }
	if [ "$1" = get ]; then cat "$item"; else rm "$item"; fi ;;
esac
`

// install puts a script in front of PATH as the helper of that name.
func install(t *testing.T, script string) (h helper, dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "docker-credential-test"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	h, err := newHelper("helper:test")
	if err != nil {
		t.Fatal(err)
	}
	return h, dir
}

func TestHelperKeepsItems(t *testing.T) {
	h, dir := install(t, shelf)
	if probe := h.Probe(t.Context()); probe.Outcome != Ready || !strings.Contains(probe.Detail, dir) {
		t.Errorf("probe: %v", probe)
	}
	exerciseStore(t, h)

	// Nothing but the verb is in the arguments, where other users see it.
	verbs := map[string]bool{}
	for line := range strings.Lines(readFile(t, filepath.Join(dir, "arguments"))) {
		verbs[strings.TrimSpace(line)] = true
	}
	if diff := cmp.Diff(map[string]bool{"get": true, "store": true, "erase": true}, verbs); diff != "" {
		t.Errorf("arguments (-want +got):\n%s", diff)
	}
}

func TestHelperURLs(t *testing.T) {
	cases := map[Key]string{
		{Host: "platform.example:8443", User: "alice"}:         "https://platform.example:8443/dxauth/alice",
		{Host: "platform.example/Lab/molgenis", User: "alice"}: "https://platform.example/Lab/molgenis/dxauth/alice",
		{Host: "[::1]:80", User: "bob@example.org"}:            "https://[::1]:80/dxauth/bob@example.org",
		{Host: "h", User: "a/b?c#d e"}:                         "https://h/dxauth/a%2Fb%3Fc%23d%20e",
	}
	for key, want := range cases {
		if got := helperURL(key); got != want {
			t.Errorf("%v: %s, want %s", key, got, want)
		}
	}
}

func TestHelperFailures(t *testing.T) {
	long := strings.Repeat("a-very-long-message", 20)
	cases := map[string]struct {
		script  string
		want    string // in the error
		hidden  string // not in the error
		outcome Outcome
	}{
		"says why":            {"echo 'pass not initialized'; exit 1", "pass not initialized", "\n", Declined},
		"says it on stderr":   {"echo 'no display' >&2; exit 1", "no display", "\n", Declined},
		"says nothing":        {"exit 3", "exit status 3", "\n", Declined},
		"speaks in colours":   {`printf '\033[31mred\007\nand more\342\200\256'; exit 1`, "[31mred and more", "\x1b", Declined},
		"says too much":       {"echo " + long + "; exit 1", long[:maxHelperComplaint] + "…", long, Declined},
		"quotes the secret":   {"cat; exit 1", "exit status 1", "canary", Declined},
		"quotes a part of it": {"sed 's/.*canary/and canary/'; exit 1", "exit status 1", "canary", Declined},
		"never ends":          {"exec sleep 30", "did not answer in time", "\n", Unresponsive},
		"writes endlessly":    {"exec yes", "far more than an answer", "\n", Declined},
		"ignores the write":   {"exit 0", "not that of a docker credential helper", "\n", Declined},
		"gives what it likes": {`[ $1 = store ] || echo '{"ServerURL":"x","Username":"alice","Secret":"canary"} more'`, "not that of a docker credential helper", "canary", Declined},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			h, _ := install(t, "#!/bin/sh\n"+c.script+"\n")
			if c.outcome == Unresponsive {
				h.patience = 100 * time.Millisecond
			}
			err := h.Set(t.Context(), testKey, secret.New("canary-7f3a-canary"))
			if outcomeOf(t, err) != c.outcome || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), c.hidden) {
				t.Errorf("error %v, want %s with %q and without %q", err, c.outcome, c.want, c.hidden)
			}
		})
	}
}

// What a helper writes while it gets a credential may hold the credential, so none of
// it is shown, on either output and in whatever form.
func TestHelperIsNotQuotedWhenItGets(t *testing.T) {
	for _, write := range []string{
		"echo canary-7f3a", "echo canary-7f3a >&2", "echo Y2FuYXJ5LTdmM2E= >&2", "echo 'debug: canary' >&2; echo no", `printf 'can\033[0mary' >&2`,
	} {
		h, _ := install(t, "#!/bin/sh\n"+write+"; exit 1\n")
		_, err := h.Get(t.Context(), testKey)
		if outcomeOf(t, err) != Declined || !strings.Contains(err.Error(), "failed to get the credential (exit status 1); ") {
			t.Errorf("%s: %v", write, err)
		}
	}
}

// The same words are shown of a helper that stores, unless the credential is in them.
func TestHelperThatEncodesWhatItIsGiven(t *testing.T) {
	for _, encode := range []string{"base64 -w0", "od -An -v -tx1 | tr -d ' \\n'", `sed 's/"Secret":"ca/"S":"%63%61/; s/na/n\\\\u0061/'`} {
		h, _ := install(t, "#!/bin/sh\n"+encode+"; exit 1\n")
		err := h.Set(t.Context(), testKey, secret.New("canary-7f3a-canary"))
		if outcomeOf(t, err) != Declined || !strings.Contains(err.Error(), "failed (exit status 1); ") {
			t.Errorf("%s: %v", encode, err)
		}
	}
}

func TestHelperIsNotBelieved(t *testing.T) {
	cases := map[string]struct {
		answer string // to every get
		want   error
	}{
		"another value":   {`{"ServerURL":"x","Username":"alice","Secret":"other"}`, ErrNotKept},
		"another account": {`{"ServerURL":"x","Username":"bob","Secret":"value"}`, ErrNotKept},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			h, _ := install(t, "#!/bin/sh\n[ $1 != get ] || echo '"+c.answer+"'\n")
			if err := h.Set(t.Context(), testKey, secret.New("value")); !errors.Is(err, c.want) {
				t.Errorf("set: error %v, want %v", err, c.want)
			}
		})
	}
	h, _ := install(t, "#!/bin/sh\n"+`[ $1 != get ] || echo '{"ServerURL":"x","Username":"alice","Secret":"value"}'`+"\n")
	if err := h.Delete(t.Context(), testKey); !errors.Is(err, ErrNotDeleted) {
		t.Errorf("delete: error %v, want ErrNotDeleted", err)
	}
}

func TestHelperThatIsNotThere(t *testing.T) {
	h, err := newHelper("helper:nowhere")
	if err != nil {
		t.Fatal(err)
	}
	_, getErr := h.Get(t.Context(), testKey)
	_, _, openErr := Open(t.Context(), Config{Want: "helper:nowhere"})
	for call, err := range map[string]error{"get": getErr, "open": openErr} {
		if outcomeOf(t, err) != Absent || !strings.Contains(err.Error(), "docker-credential-nowhere is not in PATH") {
			t.Errorf("%s: error %v", call, err)
		}
	}
}

// TestHelperThatLeavesAChild, as one that starts an agent may.
func TestHelperThatLeavesAChild(t *testing.T) {
	h, _ := install(t, "#!/bin/sh\nsleep 20 &\n"+`echo '{"ServerURL":"x","Username":"alice","Secret":"value"}'`+"\n")
	began := time.Now()
	if got, err := h.Get(t.Context(), testKey); err != nil || got.Reveal() != "value" {
		t.Errorf("read %q, %v", got.Reveal(), err)
	}
	if took := time.Since(began); took > 10*time.Second {
		t.Errorf("it took %v, as long as the child", took)
	}
}

// TestHelperOfTheWorkingDirectory: it may be anybody's.
func TestHelperOfTheWorkingDirectory(t *testing.T) {
	_, dir := install(t, shelf)
	t.Chdir(dir)
	t.Setenv("PATH", ".")
	h, err := newHelper("helper:test")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Get(t.Context(), testKey); outcomeOf(t, err) != Absent {
		t.Errorf("error %v, want %s", err, Absent)
	}
}

func TestHelperGivesUpWithItsCaller(t *testing.T) {
	h, _ := install(t, "#!/bin/sh\nexec sleep 30\n")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := h.Get(ctx, testKey); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want the context's", err)
	}
}
