package servecmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refusal"
)

// observeFlags are the addresses on which those who run a server look into it.
type observeFlags struct{ metrics, pprof string }

func (f *observeFlags) add(flags *pflag.FlagSet) {
	flags.StringVar(&f.metrics, "metrics-listen", "", "`ADDRESS` on which to serve /metrics, in the text format of Prometheus")
	flags.StringVar(&f.pprof, "pprof-listen", "", "`ADDRESS` of this machine on which to serve profiles of the server, below /debug/pprof/")
}

// observers are the listeners of observeFlags; nil if there is none.
type observers struct{ metrics, pprof net.Listener }

// open binds the addresses. Profiles are for this machine only, and so are metrics unless
// plain text for others is allowed.
func (f observeFlags) open(allowPlain bool) (o observers, err error) {
	if f.metrics != "" {
		if o.metrics, err = net.Listen("tcp", f.metrics); err != nil {
			return o, cannotListen("--metrics-listen", f.metrics, err)
		}
		if !allowPlain && !isLoopback(o.metrics) {
			return o, errors.Join(refusal.Usagef("--metrics-listen %s: others can reach this address; allow plain text with --insecure-http", f.metrics), o.close())
		}
	}
	if f.pprof == "" {
		return o, nil
	}
	if o.pprof, err = net.Listen("tcp", f.pprof); err != nil {
		return o, errors.Join(cannotListen("--pprof-listen", f.pprof, err), o.close())
	}
	if !isLoopback(o.pprof) {
		return o, errors.Join(refusal.Usagef("--pprof-listen %s: others can reach this address, and profiles are for this machine only; give one such as 127.0.0.1:6060", f.pprof), o.close())
	}
	return o, nil
}

func isLoopback(listener net.Listener) bool {
	address, err := netip.ParseAddrPort(listener.Addr().String())
	return err == nil && address.Addr().Unmap().IsLoopback()
}

// close closes the listeners. Those that serve are closed already, which is not an error.
func (o observers) close() error {
	var failures []error
	for _, listener := range []net.Listener{o.metrics, o.pprof} {
		if listener == nil {
			continue
		}
		if err := listener.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}

// serve serves until ctx is done, and says where.
func (o observers) serve(ctx context.Context, server *refserver.Server, hosts []string, stderr io.Writer) {
	if o.metrics != nil {
		fmt.Fprintf(stderr, "metrics at http://%s/metrics\n", o.metrics.Addr())
		serveBeside(ctx, o.metrics, server.Metrics(hosts))
	}
	if o.pprof != nil {
		fmt.Fprintf(stderr, "profiles at http://%s/debug/pprof/\n", o.pprof.Addr())
		serveBeside(ctx, o.pprof, profiles())
	}
}

// serveBeside serves a handler on a listener until ctx is done. Without it the server works
// as well, so what fails is left to whoever asks.
func serveBeside(ctx context.Context, listener net.Listener, handler http.Handler) {
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 5 * time.Second, IdleTimeout: time.Minute, MaxHeaderBytes: 16 << 10}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	go func() { _ = server.Serve(listener) }()
}
