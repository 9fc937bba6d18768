// Package testsmtp is a mail server for tests.
//
// It promises to take every message over a loopback connection without TLS, unless a test
// has it refuse an address or fall silent, to give each to a test once, in the order of arrival, and to
// leave no goroutine behind when it is closed. It speaks no more of SMTP than a client needs
// that sends one message over a connection.
package testsmtp

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"strings"
	"sync"
	"sync/atomic"
)

// Server is a mail server.
type Server struct {
	listener net.Listener
	serving  sync.WaitGroup

	mu      sync.Mutex
	refused map[string]string // replies to addresses
	taken   map[string][]string
	came    chan struct{} // closed when the next message arrives
	open    map[net.Conn]bool

	silent atomic.Bool   // takes messages and does not say so
	closed chan struct{} // by the first Close
	close  sync.Once
}

// Start starts a server on a free port of this machine.
func Start() (*Server, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Server{
		listener: listener, refused: map[string]string{}, taken: map[string][]string{}, came: make(chan struct{}), open: map[net.Conn]bool{},
		closed: make(chan struct{}),
	}
	s.serving.Go(s.accept)
	return s, nil
}

// URL returns the address of the server as --smtp takes it.
func (s *Server) URL() string { return "smtp://" + s.listener.Addr().String() }

// Close ends the server and its connections. It may be called again.
func (s *Server) Close() {
	_ = s.listener.Close()
	s.close.Do(func() { close(s.closed) })
	s.mu.Lock()
	for conn := range s.open {
		_ = conn.Close()
	}
	s.mu.Unlock()
	s.serving.Wait()
}

// Refuse makes the server reply to a recipient, such as with 550.
func (s *Server) Refuse(address, reply string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.refused[address] = reply
}

// FallSilent makes the server take further messages and reply nothing until it is closed.
func (s *Server) FallSilent() { s.silent.Store(true) }

// Next waits for a message to an address that was not returned before.
func (s *Server) Next(ctx context.Context, address string) (string, error) {
	for {
		text, found, came := s.next(address)
		if found {
			return text, nil
		}
		select {
		case <-came:
		case <-ctx.Done():
			return "", fmt.Errorf("no message to %s: %w", address, ctx.Err())
		}
	}
}

func (s *Server) next(address string) (text string, found bool, came <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	waiting := s.taken[address]
	if len(waiting) == 0 {
		return "", false, s.came
	}
	s.taken[address] = waiting[1:]
	return waiting[0], true, s.came
}

// Waiting returns how many messages no call of Next has returned.
func (s *Server) Waiting() (count int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, list := range s.taken {
		count += len(list)
	}
	return count
}

func (s *Server) accept() {
	for {
		conn, err := s.listener.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.open[conn] = true
		s.mu.Unlock()
		s.serving.Go(func() {
			s.serve(conn)
			_ = conn.Close()
			s.mu.Lock()
			delete(s.open, conn)
			s.mu.Unlock()
		})
	}
}

// serve takes one message.
func (s *Server) serve(conn net.Conn) {
	fmt.Fprint(conn, "220 ready\r\n")
	var text strings.Builder
	var to string
	isText := false
	for lines := bufio.NewScanner(conn); lines.Scan(); {
		switch line := lines.Text(); {
		case isText && line == ".":
			isText = false
			s.take(to, text.String())
			if s.silent.Load() {
				<-s.closed
				return
			}
			fmt.Fprint(conn, "250 taken\r\n")
		case isText:
			text.WriteString(line + "\n")
		case line == "DATA":
			isText = true
			fmt.Fprint(conn, "354 go on\r\n")
		case strings.HasPrefix(line, "RCPT TO:<"):
			to, _, _ = strings.Cut(strings.TrimPrefix(line, "RCPT TO:<"), ">")
			fmt.Fprint(conn, s.replyTo(to)+"\r\n")
		default:
			fmt.Fprint(conn, "250 OK\r\n")
		}
	}
}

func (s *Server) replyTo(address string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if reply := s.refused[address]; reply != "" {
		return reply
	}
	return "250 OK"
}

func (s *Server) take(to, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.taken[to] = append(s.taken[to], text)
	close(s.came)
	s.came = make(chan struct{})
}
