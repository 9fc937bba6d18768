package certificate_test

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/certificate"
	"github.com/dxauth/dxauth/internal/refserver/testclock"
)

var start = time.Date(2026, 11, 30, 12, 0, 0, 0, time.UTC)

// material is a certificate and its key, in PEM.
type material struct {
	chain, key []byte
	serial     int64
}

// issued returns a self-signed certificate for localhost, valid for a year around the
// start, after change.
func issued(t *testing.T, key crypto.Signer, serial int64, change func(*x509.Certificate)) material {
	t.Helper()
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial), DNSNames: []string{"localhost"},
		NotBefore: start.AddDate(0, -6, 0), NotAfter: start.AddDate(0, 6, 0),
	}
	change(template)
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return material{
		chain:  pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}),
		key:    pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8}),
		serial: serial,
	}
}

func usual(*x509.Certificate) {}

func newECKey(t *testing.T) crypto.Signer {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// server is a TLS server with a certificate in files that a test replaces.
type server struct {
	t          *testing.T
	folder     string
	chain, key string // the files
	clock      *testclock.Clock
	source     *certificate.Source
	log        *lockedBuffer
	address    string
}

type lockedBuffer struct {
	mutex sync.Mutex
	text  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mutex.Lock()
	defer b.mutex.Unlock()
	return b.text.String()
}

// newServer prepares a server that is not open yet.
func newServer(t *testing.T, m material) *server {
	t.Helper()
	folder := t.TempDir()
	s := &server{
		t: t, folder: folder, chain: filepath.Join(folder, "cert.pem"), key: filepath.Join(folder, "key.pem"),
		clock: testclock.New(start), log: &lockedBuffer{},
	}
	s.write(s.chain, m.chain)
	s.write(s.key, m.key)
	return s
}

func (s *server) write(path string, content []byte) {
	s.t.Helper()
	if err := os.WriteFile(path, content, 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func (s *server) openErr(hosts ...string) (err error) {
	s.source, err = certificate.Open(certificate.Config{
		CertificateFile: s.chain, KeyFile: s.key, Hosts: hosts, Now: s.clock.Now, Log: slog.New(slog.NewTextHandler(s.log, nil)),
	})
	return err
}

func (s *server) open(hosts ...string) {
	s.t.Helper()
	if err := s.openErr(hosts...); err != nil {
		s.t.Fatal(err)
	}
}

// listen opens the server and answers handshakes until the end of the test.
func (s *server) listen() {
	s.t.Helper()
	s.open()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { listener.Close() })
	s.address = listener.Addr().String()
	config := s.source.TLS()
	config.Time = s.clock.Now
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_ = tls.Server(conn, config).Handshake()
			}()
		}
	}()
}

// handshake connects; the client's configuration may be changed.
func (s *server) handshake(change func(*tls.Config)) (tls.ConnectionState, error) {
	config := &tls.Config{InsecureSkipVerify: true, NextProtos: []string{"h2", "http/1.1"}} // the test looks at the certificate
	change(config)
	conn, err := tls.Dial("tcp", s.address, config)
	if err != nil {
		return tls.ConnectionState{}, err
	}
	defer conn.Close()
	return conn.ConnectionState(), nil
}

// serves returns the serial number of the certificate in a handshake. The handshake
// itself checks that the key belongs to it.
func (s *server) serves() int64 {
	s.t.Helper()
	state, err := s.handshake(func(*tls.Config) {})
	if err != nil {
		s.t.Fatal(err)
	}
	return state.PeerCertificates[0].SerialNumber.Int64()
}

// Every cipher suite that Go knows, offered alone, with each type of key.
func TestCipherSuites(t *testing.T) {
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	for name, key := range map[string]crypto.Signer{"RSA": rsaKey, "ECDSA": newECKey(t)} {
		s := newServer(t, issued(t, key, 1, usual))
		s.listen()
		for _, suite := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
			version := suite.SupportedVersions[len(suite.SupportedVersions)-1]
			state, err := s.handshake(func(c *tls.Config) {
				c.MinVersion, c.MaxVersion, c.CipherSuites = version, version, []uint16{suite.ID}
			})
			isGood := strings.HasPrefix(suite.Name, "TLS_ECDHE_"+name) && (strings.Contains(suite.Name, "GCM") || strings.Contains(suite.Name, "POLY1305"))
			switch {
			case version == tls.VersionTLS13 && (err != nil || state.Version != version):
				t.Errorf("%s, %s: %v", name, suite.Name, err)
			case version != tls.VersionTLS13 && isGood != (err == nil):
				t.Errorf("%s, %s: accepted %t, %v", name, suite.Name, err == nil, err)
			}
		}
	}
}

func TestVersionsAndProtocols(t *testing.T) {
	s := newServer(t, issued(t, newECKey(t), 1, usual))
	s.listen()
	for version, accepted := range map[uint16]bool{tls.VersionTLS10: false, tls.VersionTLS11: false, tls.VersionTLS12: true, tls.VersionTLS13: true} {
		state, err := s.handshake(func(c *tls.Config) { c.MinVersion, c.MaxVersion = version, version })
		if accepted != (err == nil) || accepted && state.NegotiatedProtocol != "h2" {
			t.Errorf("%s: accepted %t, %q, %v", tls.VersionName(version), err == nil, state.NegotiatedProtocol, err)
		}
	}
}

// However the files are replaced, each handshake gets the old pair or the new one, and
// at the end the new one.
func TestRenewals(t *testing.T) {
	old, renewed := issued(t, newECKey(t), 1, usual), issued(t, newECKey(t), 2, usual)
	rename := func(s *server, path string, content []byte) {
		s.write(path+".new", content)
		s.ok(os.Rename(path+".new", path))
	}
	link := func(s *server, target, path string) {
		if runtime.GOOS == "windows" {
			s.t.Skip("links need a privilege")
		}
		s.ok(os.Symlink(target, path+".new"))
		s.ok(os.Rename(path+".new", path))
	}
	folder := func(s *server, name string, m material) {
		s.ok(os.Mkdir(filepath.Join(s.folder, name), 0o700))
		s.write(filepath.Join(s.folder, name, "cert.pem"), m.chain)
		s.write(filepath.Join(s.folder, name, "key.pem"), m.key)
	}
	for name, test := range map[string]struct {
		before func(*server)
		steps  []func(*server)
	}{
		"in place, certificate first": {steps: []func(*server){
			func(s *server) { s.write(s.chain, renewed.chain) }, func(s *server) { s.write(s.key, renewed.key) },
		}},
		"in place, key first": {steps: []func(*server){
			func(s *server) { s.write(s.key, renewed.key) }, func(s *server) { s.write(s.chain, renewed.chain) },
		}},
		"in place, bit by bit": {steps: []func(*server){
			func(s *server) { s.write(s.chain, nil) }, func(s *server) { s.write(s.chain, renewed.chain[:100]) },
			func(s *server) { s.write(s.key, renewed.key[:100]) }, func(s *server) { s.write(s.chain, renewed.chain) },
			func(s *server) { s.write(s.key, renewed.key) },
		}},
		"renamed": {steps: []func(*server){
			func(s *server) { rename(s, s.key, renewed.key) }, func(s *server) { rename(s, s.chain, renewed.chain) },
		}},
		"removed and written": {steps: []func(*server){
			func(s *server) { s.ok(os.Remove(s.key)) }, func(s *server) { s.ok(os.Remove(s.chain)) },
			func(s *server) { s.write(s.chain, renewed.chain) }, func(s *server) { s.write(s.key, renewed.key) },
		}},
		"links to archived files, as certbot makes them": {
			before: func(s *server) {
				folder(s, "archive1", old)
				link(s, "archive1/cert.pem", s.chain)
				link(s, "archive1/key.pem", s.key)
			},
			steps: []func(*server){
				func(s *server) { folder(s, "archive2", renewed) },
				func(s *server) { link(s, "archive2/key.pem", s.key) }, func(s *server) { link(s, "archive2/cert.pem", s.chain) },
			},
		},
		"a link to a folder, as Kubernetes makes it": {
			before: func(s *server) {
				folder(s, "..1", old)
				link(s, "..1", filepath.Join(s.folder, "..data"))
				link(s, "..data/cert.pem", s.chain)
				link(s, "..data/key.pem", s.key)
			},
			steps: []func(*server){
				func(s *server) { folder(s, "..2", renewed) },
				func(s *server) { link(s, "..2", filepath.Join(s.folder, "..data")) },
				func(s *server) { s.ok(os.RemoveAll(filepath.Join(s.folder, "..1"))) },
			},
		},
		"with the times of the old files": {steps: []func(*server){func(s *server) {
			for path, content := range map[string][]byte{s.chain: renewed.chain, s.key: renewed.key} {
				info, err := os.Stat(path)
				s.ok(err)
				s.write(path, content)
				s.ok(os.Chtimes(path, info.ModTime(), info.ModTime()))
			}
		}}},
	} {
		t.Run(name, func(t *testing.T) {
			s := newServer(t, old)
			if test.before != nil {
				test.before(s)
			}
			s.listen()
			if got := s.serves(); got != old.serial {
				t.Fatalf("at the start it serves %d", got)
			}
			for i, step := range test.steps {
				step(s)
				if got := s.serves(); got != old.serial && got != renewed.serial {
					t.Errorf("after step %d it serves %d", i, got)
				}
			}
			if got := s.serves(); got != renewed.serial {
				t.Errorf("at the end it serves %d\n%s", got, s.log)
			}
		})
	}
}

func (s *server) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// A renewal may keep the key.
func TestRenewalWithTheSameKey(t *testing.T) {
	key := newECKey(t)
	s := newServer(t, issued(t, key, 1, usual))
	s.listen()
	s.write(s.chain, issued(t, key, 2, usual).chain)
	if got := s.serves(); got != 2 {
		t.Errorf("it serves %d", got)
	}
}

// Handshakes run while the pair is replaced again and again.
func TestHandshakesDuringRenewals(t *testing.T) {
	pairs := []material{issued(t, newECKey(t), 1, usual), issued(t, newECKey(t), 2, usual)}
	s := newServer(t, pairs[0])
	s.listen()
	stop := make(chan struct{})
	replaced := make(chan error, 1)
	go func() {
		for i := 1; ; i++ {
			select {
			case <-stop:
				replaced <- nil
				return
			default:
			}
			next := pairs[i%2]
			if err := errors.Join(os.WriteFile(s.chain, next.chain, 0o600), os.WriteFile(s.key, next.key, 0o600)); err != nil {
				replaced <- err
				return
			}
		}
	}()
	var clients sync.WaitGroup
	for range 4 {
		clients.Go(func() {
			for range 25 {
				if _, err := s.handshake(func(*tls.Config) {}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	clients.Wait()
	close(stop)
	if err := <-replaced; err != nil {
		t.Fatal(err)
	}
}

// What cannot be used leaves the old pair in place and is logged once; the next good
// pair is used.
func TestBrokenFilesKeepThePair(t *testing.T) {
	old, renewed := issued(t, newECKey(t), 1, usual), issued(t, newECKey(t), 2, usual)
	expired := issued(t, newECKey(t), 3, func(c *x509.Certificate) { c.NotAfter = start.Add(-time.Minute) })
	future := issued(t, newECKey(t), 4, func(c *x509.Certificate) { c.NotBefore = start.Add(time.Minute) })
	for _, test := range []struct {
		name       string
		chain, key []byte // nil: removed
		logged     string
	}{
		{"no files", nil, nil, syscall.ENOENT.Error()},
		{"no certificate", nil, renewed.key, syscall.ENOENT.Error()},
		{"no key", renewed.chain, nil, syscall.ENOENT.Error()},
		{"empty files", []byte{}, []byte{}, "failed to find any PEM data"},
		{"text", []byte("certificate"), renewed.key, "failed to find any PEM data"},
		{"the key of another", renewed.chain, old.key, "private key does not match public key"},
		{"exchanged", renewed.key, renewed.chain, "failed to find"},
		{"the last certificate is incomplete", slices.Concat(renewed.chain, renewed.chain[:len(renewed.chain)/2]), renewed.key, "ends within a certificate"},
		{"an encrypted key", renewed.chain, pem.EncodeToMemory(&pem.Block{Type: "ENCRYPTED PRIVATE KEY", Bytes: []byte("x")}), "is encrypted"},
		{"an older encrypted key", renewed.chain, pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Headers: map[string]string{"Proc-Type": "4,ENCRYPTED", "DEK-Info": "AES-128-CBC,00"}, Bytes: []byte("x")}), "is encrypted"},
		{"huge", bytes.Repeat([]byte("#"), 2<<20), renewed.key, "is too large"},
		{"expired", expired.chain, expired.key, "has expired or is not valid yet"},
		{"not valid yet", future.chain, future.key, "has expired or is not valid yet"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t, old)
			s.listen()
			for path, content := range map[string][]byte{s.chain: test.chain, s.key: test.key} {
				s.write(path, content)
				if content == nil {
					s.ok(os.Remove(path))
				}
			}
			for range 3 {
				if got := s.serves(); got != old.serial {
					t.Errorf("it serves %d", got)
				}
			}
			if n := strings.Count(s.log.String(), test.logged); n != 1 || strings.Count(s.log.String(), "level=WARN") != 1 {
				t.Errorf("%d lines have %q:\n%s", n, test.logged, s.log)
			}
			s.write(s.chain, renewed.chain)
			s.write(s.key, renewed.key)
			if got := s.serves(); got != renewed.serial {
				t.Errorf("after a good pair it serves %d", got)
			}
		})
	}
}

// A certificate that is not valid yet takes over when it is.
func TestCertificateOfTomorrow(t *testing.T) {
	tomorrow := issued(t, newECKey(t), 2, func(c *x509.Certificate) { c.NotBefore = start.AddDate(0, 0, 1) })
	s := newServer(t, issued(t, newECKey(t), 1, usual))
	s.listen()
	s.write(s.chain, tomorrow.chain)
	s.write(s.key, tomorrow.key)
	s.clock.Advance(24*time.Hour - time.Second)
	if got := s.serves(); got != 1 {
		t.Errorf("a second before it serves %d", got)
	}
	s.clock.Advance(time.Second)
	if got := s.serves(); got != 2 {
		t.Errorf("then it serves %d", got)
	}
}

func TestProblems(t *testing.T) {
	const days = 24 * time.Hour
	until := func(d time.Duration) func(*x509.Certificate) {
		return func(c *x509.Certificate) { c.NotAfter = start.Add(d) }
	}
	for _, test := range []struct {
		name   string
		change func(*x509.Certificate)
		hosts  []string
		want   string // "": no problem
	}{
		{name: "none", change: usual, hosts: []string{"localhost", "localhost:8443"}},
		{name: "14 days are left", change: until(14 * days)},
		{"less is left", until(14*days - time.Second), nil, "the certificate expires on 2026-12-14 11:59 UTC"},
		{name: "it ends now", change: until(0), want: "the certificate expires on 2026-11-30 12:00 UTC"},
		{name: "expired", change: until(-time.Second), want: "the certificate expired on 2026-11-30 11:59 UTC"},
		{"not yet valid", func(c *x509.Certificate) { c.NotBefore = start.Add(time.Minute) }, nil, "not valid before 2026-11-30 12:01 UTC"},
		{name: "valid from now on", change: func(c *x509.Certificate) { c.NotBefore = start }},
		{"no host", func(c *x509.Certificate) { c.DNSNames = nil }, []string{"localhost"}, "names no host"},
		{name: "an address", change: func(c *x509.Certificate) { c.DNSNames, c.IPAddresses = nil, []net.IP{net.IPv4(127, 0, 0, 1)} }, hosts: []string{"127.0.0.1"}},
		{"another host", usual, []string{"localhost", "lab.example.org"}, "not valid for lab.example.org"},
		{"an authority", func(c *x509.Certificate) { c.IsCA, c.BasicConstraintsValid = true, true }, nil, "certificate authority"},
		{"for clients", func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth} }, nil, "not for servers"},
		{name: "for servers", change: func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} }},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newServer(t, issued(t, newECKey(t), 1, test.change))
			s.open(test.hosts...)
			problems := s.source.Problems()
			if test.want == "" && len(problems) > 0 || test.want != "" && (len(problems) != 1 || !strings.Contains(problems[0], test.want)) {
				t.Errorf("problems %q, want %q", problems, test.want)
			}
		})
	}
}

// A server that runs for months logs, once each, that its certificate is about to
// expire and that it expired.
func TestExpiryIsLogged(t *testing.T) {
	s := newServer(t, issued(t, newECKey(t), 1, func(c *x509.Certificate) { c.NotAfter = start.AddDate(0, 0, 20) }))
	s.listen()
	for range 30 {
		s.serves()
		s.clock.Advance(24 * time.Hour)
	}
	for _, want := range []string{"the certificate expires on", "the certificate expired on"} {
		if n := strings.Count(s.log.String(), want); n != 1 {
			t.Errorf("%q is logged %d times", want, n)
		}
	}
}
