//go:build unix

// Package faults tests dxauth on a network that fails: a proxy between the program and its
// server, and between the server and PostgreSQL, delays, cuts, resets and swallows what
// goes through it.
//
// The tests promise that a fault ends in the right exit code and message, that nothing
// stored is lost, that what may not be sent twice is sent once, and that all works again
// when the fault is over. They run the real program, built from the root of the repository.
//
// FAULT_ROUNDS sets how often each test is done: once by default, more in "make test-long".
//
// The proxy is a dependency of the module internal/interop alone.
package faults

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/dxauth/dxauth/internal/testprogram"
	"github.com/rs/zerolog"
)

// patience is how long to wait for what should be quick.
const patience = time.Minute

// watchToken is a token in the fixture.
const watchToken = "0123456789abcdefghijABCDEFGHIJ01"

// program is the path of the dxauth under test, set by TestMain.
var program string

func TestMain(m *testing.M) { os.Exit(testprogram.Run(m, &program)) }

// rounds calls f as often as FAULT_ROUNDS says.
func rounds(t *testing.T, f func(*testing.T)) {
	n := 1
	if text := os.Getenv("FAULT_ROUNDS"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	for i := range n {
		t.Run(fmt.Sprintf("round %d", i+1), f)
	}
}

// A network is a proxy in front of an address.
type network struct {
	t     *testing.T
	proxy *toxiproxy.Proxy
}

// newNetwork starts a proxy that ends with the test.
func newNetwork(t *testing.T, upstream string) network {
	t.Helper()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	proxy := toxiproxy.NewProxy(server, t.Name(), "127.0.0.1:0", upstream)
	if err := proxy.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(proxy.Stop)
	return network{t, proxy}
}

// suffer lets each of the faults happen, until heal. They are toxics of toxiproxy.
func (n network) suffer(faults ...string) {
	n.t.Helper()
	for _, fault := range faults {
		if _, err := n.proxy.Toxics.AddToxicJson(strings.NewReader(fault)); err != nil {
			n.t.Fatal(err)
		}
	}
}

// heal ends all faults, for the connections that are open, too.
func (n network) heal() { n.proxy.Toxics.ResetToxics(n.t.Context()) }

// A server is a running "dxauth serve".
type server struct {
	url string
	log *output
}

// serve starts a server that ends with the test.
func serve(t *testing.T, flags ...string) server {
	t.Helper()
	urlFile := filepath.Join(t.TempDir(), "url")
	log := &output{}
	command := exec.Command(program, append([]string{"serve", "--listen", "127.0.0.1:0", "--url-file", urlFile, "--log", "json"}, flags...)...)
	command.Env = testprogram.Env(t.TempDir())
	command.Stderr = log
	wait, err := testprogram.Start(command)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = command.Process.Kill()
		_ = wait() // the error is that it was killed
	})
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the server said:\n%s", log)
		}
	})
	var url []byte
	await(t, "the server listens", func() (listens bool) {
		var err error
		url, err = os.ReadFile(urlFile)
		return err == nil && bytes.HasSuffix(url, []byte("\n"))
	})
	return server{strings.TrimSpace(string(url)), log}
}

// await waits until something is true.
func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(patience); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %s", patience, what)
		}
	}
}

// output is what a process writes.
type output struct {
	mutex sync.Mutex
	text  strings.Builder
}

// Write implements io.Writer.
func (o *output) Write(content []byte) (int, error) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.text.Write(content)
}

// String returns all of it.
func (o *output) String() string {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	return o.text.String()
}

// count returns how often a text is in it.
func (o *output) count(text string) int {
	return strings.Count(o.String(), text)
}
