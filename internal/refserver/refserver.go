// Package refserver is the reference server: a platform in one process, with
// the same domain behind every protocol that it speaks.
//
// It promises that a request reaches the face that owns its path and nothing
// else, that every answer went through the same bounds, headers and log, and
// that a stopped server has answered what it accepted. [Open] puts a server
// together without a listener, for tests and for serving; [Server.Serve] runs
// it on one.
//
// The rooms behind it: identity, access and directory hold the rules; domain
// ties them into transactions; store keeps them; dnanexus and molgenis say them
// on the wire; fixture fills a new server.
package refserver

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/store"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refserver/web"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Config describes a server. The zero value is an empty server in memory.
type Config struct {
	StoreFile      string // where the data is kept; empty: in memory
	KeyFile        string // of the key that seals secrets; empty: StoreFile and ".key"
	Fixture        *fixture.File
	Type           string        // one of Types; empty: dnanexus
	IdleTimeout    time.Duration // of a session; 0: 15 minutes
	Hosts          []string      // names that the server answers to, beside localhost and addresses
	TrustedProxies []netip.Prefix
	TwoFactor      identity.FactorMode // empty: identity.FactorsEnabled
	SignUp         identity.SignUpMode // empty: identity.SignUpClosed
	Name           string              // for authenticator apps; empty: the first of Hosts, or dxauth
	HashParams     identity.HashParams // zero: the default
	Now            func() time.Time    // nil: the clock
	Log            *slog.Logger        // nil: nothing is logged

	// WrapStore returns what the service uses in place of the store, for tests;
	// nil: the store itself.
	WrapStore func(transaction.DB) transaction.DB
}

// Server is a platform that is ready to answer. Close it.
type Server struct {
	service *service.Service
	store   *store.Store
	handler http.Handler
	log     *slog.Logger
}

// queuedHashes is how many sign-ins may wait for a slot; more are told to come
// back later.
const queuedHashes = 64

// Open puts a server together and loads its fixture.
func Open(ctx context.Context, c Config) (*Server, error) {
	c = c.withDefaults()
	hasher, err := identity.NewHasher(c.HashParams, rand.Reader, c.HashParams.Slots(), queuedHashes)
	if err != nil {
		return nil, err
	}
	db, key, err := openStore(ctx, c)
	if err != nil {
		return nil, err
	}
	limits := access.DefaultLimits()
	limits.Idle = c.IdleTimeout
	d := service.New(service.Config{
		DB: c.WrapStore(db), Now: c.Now, Random: rand.Reader, Hasher: hasher, Key: key, Limits: limits,
		TwoFactor: c.TwoFactor, SignUp: c.SignUp, Name: c.Name,
	})
	server := &Server{service: d, store: db, handler: handler(d, c), log: c.Log}
	if c.Fixture == nil {
		return server, nil
	}
	if err := fixture.Load(ctx, d, *c.Fixture); err != nil {
		return nil, errors.Join(fmt.Errorf("load the fixture: %w", err), server.Close())
	}
	return server, nil
}

func (c Config) withDefaults() Config {
	c.Type = cmp.Or(c.Type, TypeDNAnexus)
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.IdleTimeout == 0 {
		c.IdleTimeout = access.DefaultLimits().Idle
	}
	if c.Name == "" {
		c.Name = "dxauth"
		if len(c.Hosts) > 0 {
			c.Name = c.Hosts[0]
		}
	}
	if c.WrapStore == nil {
		c.WrapStore = func(db transaction.DB) transaction.DB { return db }
	}
	if c.HashParams == (identity.HashParams{}) {
		c.HashParams = identity.DefaultHashParams()
	}
	return c
}

// handler puts the faces behind what every request goes through.
func handler(d *service.Service, c Config) http.Handler {
	f := newProtocols(d, c)
	h := route(paths(d, c, f), notFound(f))
	h = httpkit.Recover(h, c.Log, f.dnanexus.ServePanic)
	h = httpkit.AllowHost(h, c.Hosts)
	h = web.SafeHeaders(h)
	h = httpkit.Log(h, c.Log)
	return httpkit.Identify(h, c.Now, c.TrustedProxies)
}

// Handler answers requests without a listener of its own.
func (s *Server) Handler() http.Handler { return s.handler }

// Invitation lets somebody make the first administrator, once.
type Invitation struct {
	Code    secret.Text
	Expires time.Time
}

// Invite makes an invitation where there are no users, in place of an earlier
// one. Only its hash is stored.
func (s *Server) Invite(ctx context.Context) (invitation Invitation, needed bool, err error) {
	code, err := s.service.BootstrapCode(ctx)
	if errors.Is(err, service.ErrHasUsers) {
		return Invitation{}, false, nil
	}
	return Invitation{Code: code.Code, Expires: code.Expires}, err == nil, err
}

// UserOf returns the name of the user whom a token was made for, whether it is
// good or has ended, and "" for an unknown token. It does not count as a use.
func (s *Server) UserOf(ctx context.Context, bearer secret.Text) (string, error) {
	user, err := s.service.TokenUser(ctx, bearer)
	if errors.Is(err, access.ErrUnknownToken) {
		return "", nil
	}
	return user.Handle, err
}

// Close ends the store; a memory store is gone with it.
func (s *Server) Close() error { return s.store.Close() }

// drainTime is how long a stopping server waits for the answers under way.
const drainTime = 10 * time.Second

// Serve answers on a listener until ctx ends; then it accepts nothing new,
// finishes what is under way, and returns nil.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	var sweeper sync.WaitGroup
	sweeping, stopSweeping := context.WithCancel(ctx)
	sweeper.Go(func() { s.sweep(sweeping) })
	defer sweeper.Wait()
	defer stopSweeping()

	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if err := server.Shutdown(draining); err != nil {
		return errors.Join(fmt.Errorf("some requests were cut off: %w", err), server.Close())
	}
	return nil
}

// sweep drops what has no meaning any more, once a minute.
func (s *Server) sweep(ctx context.Context) {
	ticker := time.NewTicker(time.Minute)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if err := s.service.Sweep(ctx); err != nil {
				s.log.WarnContext(ctx, "the sweep failed", "error", err)
			}
		}
	}
}
