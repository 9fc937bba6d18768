package mail_test

import (
	"bufio"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/mail"
)

// mailServer is a mail server that misbehaves as a test says.
type mailServer struct {
	replies  map[string]string // by the first word of a command, or "." for the end of a text
	drops    string            // the command after which it closes the connection, or one of the drops below
	hangs    string            // the command that it never replies to
	hung     chan struct{}     // closed when it got that command; nil: nobody wants to know
	greets   func(conn net.Conn, closing <-chan struct{})
	startTLS bool
	garbles  bool // what it sends after STARTTLS is not TLS
	implicit bool
	name     string // in its certificate; empty: 127.0.0.1

	mu       sync.Mutex
	commands []string
	texts    []string // with the lines of a message as they came
	secured  bool
	roots    *x509.CertPool
	config   *tls.Config
}

// When a server closes the connection during a text.
const (
	withinText = "within the text"
	afterText  = "."
)

// Greetings without an end, or without a beginning.
func greetEndlessly(conn net.Conn, _ <-chan struct{}) {
	for {
		if _, err := conn.Write([]byte("220-" + strings.Repeat("x", 4096))); err != nil {
			return
		}
	}
}

func greetNever(_ net.Conn, closing <-chan struct{}) { <-closing }

func greetByteByByte(conn net.Conn, closing <-chan struct{}) {
	ticker := time.NewTicker(10 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case <-closing:
			return
		case <-ticker.C:
			if _, err := conn.Write([]byte("2")); err != nil {
				return
			}
		}
	}
}

// start serves on a free port of this machine until the test ends.
func (s *mailServer) start(t *testing.T) mail.SMTP {
	t.Helper()
	s.makeCertificate(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var serving sync.WaitGroup
	closing := make(chan struct{})
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			serving.Go(func() {
				defer conn.Close()
				s.serve(conn, closing)
			})
		}
	})
	t.Cleanup(func() { close(closing); listener.Close(); serving.Wait() })
	host, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	client := mail.SMTP{Host: host, Port: port, Implicit: s.implicit, From: "dxauth@example.org", Timeout: time.Minute}
	if s.startTLS || s.implicit {
		client.Roots = s.roots
	}
	return client
}

func (s *mailServer) makeCertificate(t *testing.T) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "mail"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	if s.name != "" {
		template.IPAddresses, template.DNSNames = nil, []string{s.name}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	s.roots = x509.NewCertPool()
	s.roots.AddCert(certificate)
	s.config = &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}}
}

func (s *mailServer) serve(conn net.Conn, closing chan struct{}) {
	if s.implicit {
		conn = tls.Server(conn, s.config)
	}
	if s.greets != nil {
		s.greets(conn, closing)
		return
	}
	fmt.Fprint(conn, "220 mail.example.org\r\n")
	lines := bufio.NewReader(conn)
	for {
		command, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		verb := strings.ToUpper(strings.Fields(command + " -")[0])
		s.note(command)
		switch {
		case verb == s.hangs:
			if s.hung != nil {
				close(s.hung)
			}
			<-closing
			return
		case verb == s.drops:
			return
		case s.replies[verb] != "":
			fmt.Fprintf(conn, "%s\r\n", s.replies[verb])
		case verb == "EHLO":
			fmt.Fprint(conn, s.features())
		case verb == "STARTTLS":
			fmt.Fprint(conn, "220 go on\r\n")
			if s.garbles {
				fmt.Fprint(conn, "250 this is not TLS\r\n")
				return
			}
			conn = tls.Server(conn, s.config)
			lines = bufio.NewReader(conn)
			s.mu.Lock()
			s.secured = true
			s.mu.Unlock()
		case verb == "AUTH":
			fmt.Fprint(conn, "235 hello\r\n")
		case verb == "DATA":
			fmt.Fprint(conn, "354 go on\r\n")
			if !s.readText(conn, lines) {
				return
			}
		default:
			fmt.Fprint(conn, "250 OK\r\n")
		}
	}
}

func (s *mailServer) features() string {
	if s.startTLS && !s.isSecured() {
		return "250-mail.example.org\r\n250 STARTTLS\r\n"
	}
	return "250-mail.example.org\r\n250-8BITMIME\r\n250 AUTH PLAIN\r\n"
}

// readText reads a message, and reports whether the connection stays open.
func (s *mailServer) readText(conn net.Conn, lines *bufio.Reader) bool {
	var text strings.Builder
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return false
		}
		if s.drops == withinText {
			return false
		}
		if line == ".\r\n" {
			break
		}
		text.WriteString(line)
	}
	s.mu.Lock()
	s.texts = append(s.texts, text.String())
	s.mu.Unlock()
	if s.drops == afterText {
		return false
	}
	reply := s.replies["."]
	if reply == "" {
		reply = "250 taken"
	}
	fmt.Fprintf(conn, "%s\r\n", reply)
	return true
}

func (s *mailServer) note(command string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands = append(s.commands, strings.TrimSpace(command))
}

func (s *mailServer) isSecured() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.secured
}

func (s *mailServer) taken() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string{}, s.texts...)
}

// saw reports whether a command began with a text.
func (s *mailServer) saw(text string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, command := range s.commands {
		if strings.HasPrefix(command, text) {
			return true
		}
	}
	return false
}

func plain(user, password string) string {
	return "AUTH PLAIN " + base64.StdEncoding.EncodeToString([]byte("\x00"+user+"\x00"+password))
}
