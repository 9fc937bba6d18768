//go:build unix

package soak

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/testprogram"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// Variables of the process that holds connections.
const (
	holdAddress = "SOAK_HOLD_ADDRESS"
	holdNumber  = "SOAK_HOLD"
)

// held is what it says when it has all of them.
const held = "held"

// Many connections that another process opens and holds keep nobody out. SOAK_CONNECTIONS
// says how many: 500 by default, and 10,000 with "make soak".
func TestHeldConnectionsOfAProcess(t *testing.T) {
	number := "500"
	if asked := os.Getenv("SOAK_CONNECTIONS"); asked != "" {
		number = asked
	}
	s := serve(t, filepath.Join(t.TempDir(), "store.db"), "--fixture", "demo", "--log", "none")
	holder := exec.Command(os.Args[0], "-test.run", "^TestHoldConnections$")
	holder.Env = append(os.Environ(), holdAddress+"="+strings.TrimPrefix(s.url, "http://"), holdNumber+"="+number)
	if _, err := holder.StdinPipe(); err != nil { // that it waits for
		t.Fatal(err)
	}
	output, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	wait, err := testprogram.Start(holder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = holder.Process.Kill()
		_ = wait()
	})
	said := make(chan string)
	go func() {
		var line string
		_, _ = fmt.Fscanln(output, &line) // an error means that it ended
		said <- line
	}()
	served := 0
	for line := ""; line == ""; served++ {
		s.greets()
		select {
		case line = <-said:
			if line != held {
				t.Fatalf("the other process says %q", line)
			}
		default:
		}
	}
	for range 20 {
		s.greets()
	}
	t.Logf("%s connections were opened, %d requests served meanwhile", number, served)
	if files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", s.process.Pid)); err == nil && len(files) > 4096+100 {
		t.Errorf("the server has %d files open", len(files))
	}
}

// greets fails the test unless a new connection is served.
func (s *server) greets() {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	if _, err := s.client("").Greet(ctx, dnanexus.GreetRequest{}); err != nil {
		s.t.Fatalf("not served: %v", err)
	}
}

// TestHoldConnections is the other process: it opens connections, each with a part of
// a request, prints a line and waits until it is killed.
func TestHoldConnections(t *testing.T) {
	number, err := strconv.Atoi(os.Getenv(holdNumber))
	if err != nil {
		t.Skip("this is the process of TestHeldConnectionsOfAProcess")
	}
	for range number {
		connection, err := net.DialTimeout("tcp", os.Getenv(holdAddress), patience)
		if err != nil {
			t.Fatal(err)
		}
		defer connection.Close()
		_, _ = connection.Write([]byte("POST /system/greet HTTP/1.1\r\n")) // an error means that it was closed for another
	}
	fmt.Println(held)
	_, _ = io.Copy(io.Discard, os.Stdin)
}
