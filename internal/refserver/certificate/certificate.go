// Package certificate serves a TLS certificate from two files that may be replaced at
// any time.
//
// It promises that a handshake gets the pair that is in the files when it starts, once
// certificate and key belong together, however they were replaced; that a pair which
// cannot be used leaves the previous one in place and is logged once; and that a key
// which other users can read or change is refused, at the start and later. Clients need
// TLS 1.2 with forward secrecy and authenticated encryption, or TLS 1.3.
package certificate

import (
	"bytes"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// Config says where a certificate is and what it is for.
type Config struct {
	CertificateFile string           // PEM: the server's certificate and those that signed it
	KeyFile         string           // PEM
	Hosts           []string         // names that it should be valid for
	Now             func() time.Time // nil: the clock
	Log             *slog.Logger     // of later changes
}

// Source serves the certificate.
type Source struct {
	config  Config
	current atomic.Pointer[pair]
	reading sync.Mutex // held while the files are read
	logged  []string   // the last problems that were logged; guarded by reading
}

// Open reads the certificate. A pair that cannot be used is an error.
func Open(config Config) (*Source, error) {
	if config.Now == nil {
		config.Now = time.Now
	}
	first, err := config.read()
	if err != nil {
		return nil, err
	}
	s := &Source{config: config}
	s.current.Store(first)
	s.logged = s.Problems()
	return s, nil
}

// Problems describes what clients may refuse about the certificate now, such as its
// expiry. It does not keep a server from working.
func (s *Source) Problems() []string {
	return s.current.Load().problems(s.config.Hosts, s.config.Now())
}

// TLS returns the configuration of a server with this certificate.
func (s *Source) TLS() *tls.Config {
	return &tls.Config{
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return s.latest(), nil },
		MinVersion:     tls.VersionTLS12,
		CipherSuites:   cipherSuites(), // of TLS 1.2; those of TLS 1.3 are all good
		NextProtos:     []string{"h2", "http/1.1"},
	}
}

// cipherSuites are those with an ephemeral key exchange and authenticated encryption.
func cipherSuites() []uint16 {
	return []uint16{
		tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
		tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
		tls.TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, tls.TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256,
	}
}

// latest reads the files again, unless another handshake is doing so: a file system
// that hangs delays one handshake, not all. Times of files are not relied on, since
// a file can change without them.
func (s *Source) latest() *tls.Certificate {
	if s.reading.TryLock() {
		s.reload()
		s.reading.Unlock()
	}
	return &s.current.Load().certificate
}

// reload replaces the pair if the files have another one that can be used, and logs
// what has changed.
func (s *Source) reload() {
	current := s.current.Load()
	next, err := s.config.readUnless(current.version)
	if err == nil && next != nil {
		err = s.replace(current, next)
	}
	problems := s.Problems()
	if err != nil {
		problems = append(problems, "the previous certificate stays in use: "+err.Error())
	}
	for _, problem := range problems {
		if !slices.Contains(s.logged, problem) {
			s.config.Log.Warn(problem)
		}
	}
	s.logged = problems
}

// errNotValidNow means that a new certificate is refused because the one in use is
// valid.
var errNotValidNow = errors.New("the new certificate has expired or is not valid yet")

func (s *Source) replace(current, next *pair) error {
	now := s.config.Now()
	if current.isValid(now) && !next.isValid(now) {
		return errNotValidNow
	}
	s.current.Store(next)
	s.config.Log.Info("the certificate was replaced", "expires", next.leaf().NotAfter)
	return nil
}

// version identifies the content of both files.
type version [sha256.Size]byte

func versionOf(chain, key []byte) version {
	return sha256.Sum256(bytes.Join([][]byte{chain, key}, []byte{0})) // PEM has no zero bytes
}
