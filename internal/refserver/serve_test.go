package refserver

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// pipes is a listener in memory, whose connections use the fake time of synctest.
type pipes struct {
	connections chan net.Conn
	closed      chan struct{}
	once        sync.Once
}

func newPipes() *pipes { return &pipes{connections: make(chan net.Conn), closed: make(chan struct{})} }

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case connection := <-p.connections:
		return connection, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipes", Net: "unix"} }

func (p *pipes) dial() (net.Conn, error) {
	mine, theirs := net.Pipe()
	select {
	case p.connections <- theirs:
		return mine, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

// running is a server that serves in fake time.
type running struct {
	*pipes
	t      *testing.T
	stop   context.CancelFunc
	served chan error // receives one error and is closed
}

// run starts a server in a synctest bubble. The test stops it.
func run(t *testing.T, test func(*testing.T, running)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		r := serve(t, openOwn(t, Config{}))
		test(t, r)
		r.stop()
		for range r.served { // nothing may be left in the bubble
		}
	})
}

func serve(t *testing.T, server *Server) running {
	ctx, stop := context.WithCancel(t.Context())
	r := running{newPipes(), t, stop, make(chan error, 1)}
	go func() {
		r.served <- server.Serve(ctx, r.pipes)
		close(r.served)
	}()
	return r
}

// connect opens a connection and writes the start of a request.
func (r running) connect(text string) net.Conn {
	r.t.Helper()
	connection, err := r.dial()
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { connection.Close() })
	if _, err := io.WriteString(connection, text); err != nil {
		r.t.Fatal(err)
	}
	return connection
}

// statusOf reads a response and returns its status.
func (r running) statusOf(connection net.Conn) int {
	r.t.Helper()
	response, err := http.ReadResponse(bufio.NewReader(connection), nil)
	if err != nil {
		r.t.Fatal(err)
	}
	defer response.Body.Close()
	if _, err := io.ReadAll(response.Body); err != nil {
		r.t.Fatal(err)
	}
	return response.StatusCode
}

// ends waits for Serve.
func (r running) ends(want string) {
	r.t.Helper()
	got := ""
	if err := <-r.served; err != nil {
		got = err.Error()
	}
	if got != want {
		r.t.Errorf("Serve ended with %q, want %q", got, want)
	}
}

// request returns the header of a request for greet, with a body of that length to
// follow.
func request(length int) string {
	return fmt.Sprintf("POST /system/greet HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n", length)
}

func TestASlowClientIsCutOff(t *testing.T) {
	tests := []struct {
		name   string
		sends  string
		after  time.Duration
		status string // of the answer; empty: none
	}{
		{"says nothing", "", 5 * time.Second, ""},
		{"headers without an end", "POST /system/greet HTTP/1.1\r\nHost: localhost\r\n", 5 * time.Second, ""},
		{"body without an end", request(10) + "{", 10 * time.Second, "HTTP/1.1 400 Bad Request"},
		{"no second request", request(2) + "{}", 60 * time.Second, "HTTP/1.1 200 OK"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			run(t, func(t *testing.T, r running) {
				begin := time.Now()
				connection := r.connect(test.sends)
				answer, err := io.ReadAll(connection)
				if err != nil {
					t.Fatal(err)
				}
				if status, _, _ := strings.Cut(string(answer), "\r\n"); status != test.status {
					t.Errorf("answered %q, want %q", status, test.status)
				}
				// The server waits a moment after a response that the client may not
				// have read.
				if took := time.Since(begin); took < test.after || took > test.after+time.Second {
					t.Errorf("cut off after %s, want %s", took, test.after)
				}
			})
		})
	}
}

// A client that does not read the response is cut off after half a minute.
func TestAClientThatDoesNotReadIsCutOff(t *testing.T) {
	for wait, answered := range map[time.Duration]bool{29 * time.Second: true, 31 * time.Second: false} {
		run(t, func(t *testing.T, r running) {
			connection := r.connect(request(2) + "{}")
			time.Sleep(wait)
			answer, err := io.ReadAll(connection)
			if err != nil {
				t.Fatal(err)
			}
			if got := strings.HasPrefix(string(answer), "HTTP/1.1 200 OK"); got != answered {
				t.Errorf("after %s: answered %t, want %t", wait, got, answered)
			}
		})
	}
}

func TestHeadersAreBounded(t *testing.T) {
	run(t, func(t *testing.T, r running) {
		connection := r.connect("POST /system/greet HTTP/1.1\r\nHost: localhost\r\nX-Long: ")
		go func() { _, _ = io.WriteString(connection, strings.Repeat("x", 32<<10)) }()
		if got := r.statusOf(connection); got != http.StatusRequestHeaderFieldsTooLarge {
			t.Errorf("got %d", got)
		}
	})
}

// A server that stops finishes the requests in progress and accepts no new connection.
func TestARequestInProgressIsFinished(t *testing.T) {
	run(t, func(t *testing.T, r running) {
		connection := r.connect(request(2) + "{")
		synctest.Wait()
		r.stop()
		synctest.Wait()
		if _, err := r.dial(); err == nil {
			t.Error("a new connection was accepted")
		}
		if _, err := io.WriteString(connection, "}"); err != nil {
			t.Fatal(err)
		}
		if got := r.statusOf(connection); got != http.StatusOK {
			t.Errorf("got %d", got)
		}
		r.ends("")
	})
}

func TestAnIdleConnectionDoesNotDelayTheStop(t *testing.T) {
	run(t, func(t *testing.T, r running) {
		connection := r.connect(request(2) + "{}")
		if got := r.statusOf(connection); got != http.StatusOK {
			t.Errorf("got %d", got)
		}
		begin := time.Now()
		r.stop()
		r.ends("")
		if took := time.Since(begin); took > time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

// The server waits at most drainTime for a client that never reads the response.
func TestTheStopIsNotDelayedForever(t *testing.T) {
	run(t, func(t *testing.T, r running) {
		r.connect(request(2) + "{}")
		synctest.Wait()
		begin := time.Now()
		r.stop()
		r.ends("some requests were cut off: context deadline exceeded")
		if took := time.Since(begin); took != drainTime {
			t.Errorf("it took %s, want %s", took, drainTime)
		}
	})
}

// If the listener fails, Serve returns its error.
func TestABrokenListener(t *testing.T) {
	run(t, func(t *testing.T, r running) {
		synctest.Wait()
		r.Close()
		r.ends(net.ErrClosed.Error())
	})
}

// The sweep runs soon after the start and every minute; an error is logged and does not stop the server.
func TestTheSweepRunsEveryMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		server := openOwn(t, Config{Log: slog.New(slog.NewTextHandler(&log, nil))})
		if err := server.Close(); err != nil {
			t.Fatal(err)
		}
		r := serve(t, server)
		time.Sleep(2*time.Minute + 2*time.Second)
		r.stop()
		r.ends("")
		if got := strings.Count(log.String(), "the sweep failed"); got != 3 {
			t.Errorf("%d sweeps in two minutes:\n%s", got, log.String())
		}
	})
}
