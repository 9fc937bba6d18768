//go:build unix

package main

import (
	"io"
	"net"
	"strings"
	"testing"
)

// Package net/http logs what follows an answer that has no body, in full.
func TestWhatFollowsAnAnswerIsNotPrinted(t *testing.T) {
	t.Parallel()
	const live = "5ecr3tOfTheAnswer"
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			_, _ = connection.Read(make([]byte, 4096))
			_, _ = io.WriteString(connection, "HTTP/1.1 204 No Content\r\n\r\n"+`{"access_token":"`+live+`"}`)
			_ = connection.Close()
		}
	}()
	_, env := home(t, &platform{URL: "http://" + listener.Addr().String()})
	for range 5 { // whether it is logged before the end is a matter of time
		got := invoke(t, env, "wonderland-2026\n", "--debug", "login", "--username", "alice", "--password-stdin", "--noprojects")
		if got.code != 3 || strings.Contains(got.stdout+got.stderr, live) {
			t.Fatalf("exit code %d, want 3 and nothing of the answer: %s", got.code, got.stderr)
		}
	}
}
