package servecmd

import (
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"syscall"

	"github.com/dxauth/dxauth/internal/refserver/certificate"
	"github.com/dxauth/dxauth/internal/refserver/web"
	"github.com/dxauth/dxauth/internal/refusal"
)

// openListener binds the address. It refuses one that others can reach, unless a
// flag allows that.
func (o serveOptions) openListener(source *certificate.Source) (net.Listener, error) {
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return nil, cannotListen("--listen", o.listen, err)
	}
	if err := o.checkReach(listener); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	if source == nil {
		return listener, nil
	}
	return tls.NewListener(listener, source.TLS()), nil
}

// cannotListen says why the address of a flag can't be used, and what helps.
func cannotListen(flag, listen string, err error) error {
	cause := err
	if operation, ok := errors.AsType[*net.OpError](err); ok {
		cause = operation.Err // without the address once more
	}
	if call, ok := errors.AsType[*os.SyscallError](cause); ok {
		cause = call.Err
	}
	if address, ok := errors.AsType[*net.AddrError](cause); ok {
		cause = errors.New(address.Err)
	}
	hint := "give an address of this machine, such as " + flag + " 127.0.0.1:0 for a free port"
	if errors.Is(err, syscall.EACCES) {
		hint = "ports below 1024 are for root: give another one, such as " + flag + " 127.0.0.1:8080"
	}
	return refusal.New(refusal.Usage, "%s %s: %s", flag, listen, cause).WithHint(hint).Wrap(err)
}

// openCertificate reads the certificate; it returns nil if there is none.
func (o serveOptions) openCertificate(log *slog.Logger) (*certificate.Source, error) {
	if !o.hasTLS() {
		return nil, nil
	}
	return certificate.Open(certificate.Config{CertificateFile: o.tlsCert, KeyFile: o.tlsKey, Hosts: o.hosts, Log: log})
}

func (o serveOptions) checkReach(listener net.Listener) error {
	address, err := netip.ParseAddrPort(listener.Addr().String())
	if err != nil {
		return err
	}
	switch {
	case address.Addr().Unmap().IsLoopback():
		return nil
	case !o.hasTLS() && !o.insecureHTTP:
		return refusal.Usagef("--listen %s: others can reach this address in plain text", o.listen).
			WithHint("give --tls-cert and --tls-key, or allow it with --insecure-http")
	case o.fixture != "" && !o.insecureFixture:
		return refusal.Usagef("--listen %s: others can reach this address, and the passwords of a fixture are public", o.listen).
			WithHint("allow it with --insecure-fixture")
	default:
		return nil
	}
}

func (o serveOptions) hasTLS() bool { return o.tlsCert != "" }

func (o serveOptions) url(listener net.Listener, basePath web.BasePath) string {
	address := listener.Addr().String() + basePath.Of("")
	if o.hasTLS() {
		return "https://" + address
	}
	return "http://" + address
}
