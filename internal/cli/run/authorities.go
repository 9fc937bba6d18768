package run

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/privatefile"
	"github.com/dxauth/dxauth/internal/textinput"
)

// replacingVariables returns the variables by which programs find the certificate
// authorities that they trust instead of the system's: Go and OpenSSL, Python, curl,
// and the programs of Amazon.
func replacingVariables() []string {
	return []string{"SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "AWS_CA_BUNDLE"}
}

// addingVariable is read by Node.js, which trusts these authorities beside its own.
const addingVariable = "NODE_EXTRA_CA_CERTS"

// bundleFiles returns the files in which systems keep their certificate authorities,
// as package crypto/x509 looks for them.
func bundleFiles() []string {
	return []string{
		"/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
		"/etc/pki/tls/cacert.pem", "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem", "/etc/ssl/cert.pem",
		"/usr/local/etc/ssl/cert.pem", "/usr/local/share/certs/ca-root-nss.crt",
	}
}

// maxBundle bounds what is read of a file of certificates, in bytes.
const maxBundle = 8 << 20

// authorities hands the certificate authority of the settings on to a command.
type authorities struct {
	file   string   // of the settings, absolute; "": none
	system []string // where the system's may be
}

// variables returns the variables for a command with the given environment, and writes
// their files to dir. Where the user has set one, it stays: what is not in that file is
// the user's decision. Without a bundle of the system's authorities, nothing that would
// replace them is set.
func (a authorities) variables(given []string, dir string) ([]variable, error) {
	if a.file == "" {
		return nil, nil
	}
	list := []variable{{"DXAUTH_CA_CERT", a.file}, {"DX_CA_CERT", a.file}}
	if !isGiven(given, addingVariable) {
		list = append(list, variable{addingVariable, a.file})
	}
	system, err := a.readSystem()
	if err != nil || system == nil {
		return list, err
	}
	own, bundle, err := a.write(system, dir)
	if err != nil {
		return nil, err
	}
	for i := range list {
		switch list[i].name {
		case "DX_CA_CERT":
			list[i].value = bundle
		case addingVariable:
			list[i].value = own
		}
	}
	for _, name := range replacingVariables() {
		if !isGiven(given, name) {
			list = append(list, variable{name, bundle})
		}
	}
	return list, nil
}

// readSystem returns the system's authorities, or nil if no file has them.
func (a authorities) readSystem() ([]byte, error) {
	for _, path := range a.system {
		content, err := privatefile.ReadRegular(path, maxBundle)
		if !errors.Is(err, fs.ErrNotExist) {
			return content, err
		}
	}
	return nil, nil
}

// write writes two files to dir: the authority of the settings as every program reads it,
// without a byte order mark, and the system's authorities with it.
func (a authorities) write(system []byte, dir string) (own, bundle string, err error) {
	content, err := privatefile.ReadRegular(a.file, maxBundle)
	if err != nil {
		return "", "", err
	}
	if content, err = textinput.DecodePEM(content); err != nil {
		return "", "", err
	}
	own, bundle = filepath.Join(dir, "authority.pem"), filepath.Join(dir, "authorities.pem")
	both := bytes.Join([][]byte{bytes.TrimSpace(system), bytes.TrimSpace(content), nil}, []byte("\n"))
	return own, bundle, errors.Join(os.WriteFile(own, content, 0o600), os.WriteFile(bundle, both, 0o600))
}

func isGiven(environment []string, name string) bool {
	return slices.ContainsFunc(environment, func(entry string) bool {
		given, value, _ := strings.Cut(entry, "=")
		return strings.EqualFold(given, name) && value != ""
	})
}
