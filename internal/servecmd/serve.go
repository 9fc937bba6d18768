package servecmd

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/fixture"
)

// serveOptions are the flags of serve.
type serveOptions struct {
	listen          string
	store           string
	platform        string
	fixture         string
	insecureFixture bool
	insecureHTTP    bool
	tlsCert, tlsKey string
	idleTimeout     time.Duration
	hosts           []string
	trustedProxies  []string
	urlFile         string
	log             string
}

// UsageError is a wrong use of a command: exit code 2.
type UsageError struct{ Problem string }

func (e *UsageError) Error() string { return e.Problem }

func usagef(format string, args ...any) error { return &UsageError{fmt.Sprintf(format, args...)} }

// NewServe makes the command serve.
func NewServe() *cobra.Command {
	var o serveOptions
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run the reference server",
		Long: `Run the reference server: a platform that speaks the DNAnexus protocol, in
this process and in memory.

When it is ready it prints one line "listening on URL" on stderr. With
--fixture it has the users, orgs, projects and tokens of a YAML file, or with
--fixture demo those of the built-in demo ("dxauth help fixtures" tells the
format). It ends at Ctrl-C or SIGTERM, after answering what it had accepted.`,
		Example: `  dxauth serve --fixture demo
  dxauth serve --listen 127.0.0.1:0 --url-file url --fixture lab.yaml`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return o.run(cmd.Context(), cmd.ErrOrStderr())
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8080", "`ADDRESS` to listen on; port 0 picks a free one")
	flags.StringVar(&o.store, "store", "memory", "where the server keeps its data: memory")
	flags.StringVar(&o.platform, "type", "dnanexus", "which platform to be: dnanexus")
	flags.StringVar(&o.fixture, "fixture", "", "YAML `FILE` with users, orgs, projects and tokens, or \"demo\"")
	flags.BoolVar(&o.insecureFixture, "insecure-fixture", false, "allow a fixture although others can reach the server")
	flags.BoolVar(&o.insecureHTTP, "insecure-http", false, "allow plain http although others can reach the server")
	flags.StringVar(&o.tlsCert, "tls-cert", "", "PEM `FILE` with the certificate chain")
	flags.StringVar(&o.tlsKey, "tls-key", "", "PEM `FILE` with the certificate's key")
	flags.DurationVar(&o.idleTimeout, "idle-timeout", 15*time.Minute, "end a session after this time without use")
	flags.StringSliceVar(&o.hosts, "host", nil, "`NAME` that the server answers to, beside localhost and addresses")
	flags.StringSliceVar(&o.trustedProxies, "trusted-proxy", nil, "`NETWORK` whose X-Forwarded-For header is believed")
	flags.StringVar(&o.urlFile, "url-file", "", "write the URL to this `FILE` when ready")
	flags.StringVar(&o.log, "log", "text", "format of the log on stderr: text, json or none")
	cmd.MarkFlagsRequiredTogether("tls-cert", "tls-key")
	return cmd
}

// run serves until ctx ends.
func (o serveOptions) run(ctx context.Context, stderr io.Writer) error {
	config, err := o.config(stderr)
	if err != nil {
		return err
	}
	listener, err := o.openListener()
	if err != nil {
		return err
	}
	defer listener.Close()
	server, err := refserver.Open(ctx, config)
	if err != nil {
		return err
	}
	defer server.Close()
	o.sayWhatIsInside(stderr)
	url := o.url(listener)
	if o.urlFile != "" {
		if err := writeURLFile(o.urlFile, url); err != nil {
			return err
		}
		defer os.Remove(o.urlFile)
	}
	fmt.Fprintf(stderr, "listening on %s\n", url)
	return server.Serve(ctx, listener)
}

func (o serveOptions) sayWhatIsInside(stderr io.Writer) {
	fmt.Fprintln(stderr, "the store is memory: everything is gone when the server ends")
	if o.fixture == "" {
		fmt.Fprintln(stderr, `there are no users; to have some, start with --fixture FILE or --fixture demo`)
	}
}

// config checks the flags and reads the fixture.
func (o serveOptions) config(stderr io.Writer) (refserver.Config, error) {
	if o.store != "memory" {
		return refserver.Config{}, usagef("--store %s: the only store is memory", o.store)
	}
	if o.platform != "dnanexus" {
		return refserver.Config{}, usagef("--type %s: the only type is dnanexus", o.platform)
	}
	if o.idleTimeout < time.Second || o.idleTimeout > 30*24*time.Hour {
		return refserver.Config{}, usagef("--idle-timeout %s: must be between 1s and 720h", o.idleTimeout)
	}
	log, err := newLog(o.log, stderr)
	if err != nil {
		return refserver.Config{}, err
	}
	proxies, err := parseProxies(o.trustedProxies)
	if err != nil {
		return refserver.Config{}, err
	}
	config := refserver.Config{IdleTimeout: o.idleTimeout, Hosts: o.hosts, TrustedProxies: proxies, Log: log}
	if o.fixture == "" {
		return config, nil
	}
	file, err := fixture.Open(o.fixture)
	config.Fixture = &file
	return config, err
}

func newLog(format string, w io.Writer) (*slog.Logger, error) {
	switch format {
	case "text":
		return slog.New(slog.NewTextHandler(w, nil)), nil
	case "json":
		return slog.New(slog.NewJSONHandler(w, nil)), nil
	case "none":
		return slog.New(slog.DiscardHandler), nil
	default:
		return nil, usagef("--log %s: must be text, json or none", format)
	}
}

func parseProxies(networks []string) ([]netip.Prefix, error) {
	var prefixes []netip.Prefix
	for _, network := range networks {
		if address, err := netip.ParseAddr(network); err == nil {
			prefixes = append(prefixes, netip.PrefixFrom(address, address.BitLen()))
			continue
		}
		prefix, err := netip.ParsePrefix(network)
		if err != nil {
			return nil, usagef("--trusted-proxy %s: not an address or a network like 10.0.0.0/8", network)
		}
		prefixes = append(prefixes, prefix)
	}
	return prefixes, nil
}

// openListener binds the address and refuses what others could reach unless it
// was allowed by name.
func (o serveOptions) openListener() (net.Listener, error) {
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return nil, fmt.Errorf("listen on %s: %w", o.listen, err)
	}
	if err := o.checkReach(listener); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	if !o.hasTLS() {
		return listener, nil
	}
	certificate, err := tls.LoadX509KeyPair(o.tlsCert, o.tlsKey)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("read the certificate: %w", err), listener.Close())
	}
	return tls.NewListener(listener, &tls.Config{
		Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
	}), nil
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
		return usagef("--listen %s: others can reach this address; give --tls-cert and --tls-key, or allow plain text with --insecure-http", o.listen)
	case o.fixture != "" && !o.insecureFixture:
		return usagef("--listen %s: others can reach this address, and a fixture's passwords are no secret; allow it with --insecure-fixture", o.listen)
	default:
		return nil
	}
}

func (o serveOptions) hasTLS() bool { return o.tlsCert != "" }

func (o serveOptions) url(listener net.Listener) string {
	if o.hasTLS() {
		return "https://" + listener.Addr().String()
	}
	return "http://" + listener.Addr().String()
}

// writeURLFile puts the URL into a file that readers see whole.
func writeURLFile(path, url string) error {
	draft, err := os.CreateTemp(filepath.Dir(path), ".url-*")
	if err != nil {
		return fmt.Errorf("write the URL: %w", err)
	}
	_, err = fmt.Fprintln(draft, url)
	err = errors.Join(err, draft.Close())
	if err == nil {
		err = os.Rename(draft.Name(), path)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write the URL: %w", err), os.Remove(draft.Name()))
	}
	return nil
}
