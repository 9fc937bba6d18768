package certificate

import (
	"crypto/x509"
	"fmt"

	"github.com/dxauth/dxauth/internal/privatefile"
)

// maxRoots bounds a file with certificate authorities, in bytes.
const maxRoots = 4 << 20

// ReadRoots returns the certificate authorities of the system with those of a PEM file.
func ReadRoots(name string) (*x509.CertPool, error) {
	pem, err := privatefile.ReadRegular(name, maxRoots)
	if err != nil {
		return nil, err
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate in PEM form", name)
	}
	return pool, nil
}
