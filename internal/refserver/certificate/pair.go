package certificate

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"time"

	"github.com/dxauth/dxauth/internal/privatefile"
)

// maxFileBytes is more than a chain of certificates or a key has.
const maxFileBytes = 1 << 20

// pair is a certificate with its key.
type pair struct {
	certificate tls.Certificate
	version     version
}

func (p *pair) leaf() *x509.Certificate { return p.certificate.Leaf }

func (p *pair) isValid(now time.Time) bool {
	return !now.Before(p.leaf().NotBefore) && !now.After(p.leaf().NotAfter)
}

// read returns the pair that is in the files.
func (c Config) read() (*pair, error) { return c.readUnless(version{}) }

// readUnless is read, but returns nil if the files still have the known version.
func (c Config) readUnless(known version) (*pair, error) {
	chain, err := privatefile.ReadRegular(c.CertificateFile, maxFileBytes)
	if err != nil {
		return nil, fmt.Errorf("read the certificate: %w", err)
	}
	key, err := privatefile.ReadMounted(c.KeyFile, maxFileBytes)
	if err != nil {
		return nil, fmt.Errorf("read the key of the certificate: %w", err)
	}
	defer clear(key)
	found := versionOf(chain, key)
	if found == known {
		return nil, nil
	}
	if err := checkComplete(chain); err != nil {
		return nil, fmt.Errorf("read the certificate: %s %w", c.CertificateFile, err)
	}
	if err := checkPlain(key); err != nil {
		return nil, fmt.Errorf("read the key of the certificate: %s %w", c.KeyFile, err)
	}
	certificate, err := tls.X509KeyPair(chain, key)
	if err != nil {
		return nil, fmt.Errorf("read the certificate: %s and %s: %w", c.CertificateFile, c.KeyFile, err)
	}
	return &pair{certificate: certificate, version: found}, nil
}

var (
	errIncomplete = errors.New("ends within a certificate")
	errEncrypted  = errors.New("is encrypted: decrypt it with openssl pkey, or make a new one")
)

// checkComplete refuses a chain that is still being written: its last certificates
// would be missing.
func checkComplete(chain []byte) error {
	for block := new(pem.Block); block != nil; {
		block, chain = pem.Decode(chain)
	}
	if bytes.Contains(chain, []byte("-----BEGIN")) {
		return errIncomplete
	}
	return nil
}

// checkPlain refuses a key that needs a passphrase, which nobody can type.
func checkPlain(key []byte) error {
	for block, rest := pem.Decode(key); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "ENCRYPTED PRIVATE KEY" || block.Headers["DEK-Info"] != "" {
			return errEncrypted
		}
	}
	return nil
}
