// Package refserver is the reference server: a platform in one process that speaks
// several protocols over the same data.
//
// It promises that exactly one protocol handles a request, chosen by its path, that
// every response has the same limits, headers and log line, and that a server that
// stops finishes the requests in progress. [Open] puts a server together without a
// listener; [Server.Serve] runs it on one.
//
// The packages below it: identity, access and directory hold the rules; service runs
// the transactions; store saves the data; dnanexus and molgenis are the protocols;
// fixture loads the data of a new server.
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
	"github.com/dxauth/dxauth/internal/refserver/history"
	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/mail"
	"github.com/dxauth/dxauth/internal/refserver/metrics"
	"github.com/dxauth/dxauth/internal/refserver/outbox"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/auditlog"
	"github.com/dxauth/dxauth/internal/refserver/service/idle"
	"github.com/dxauth/dxauth/internal/refserver/service/mailing"
	"github.com/dxauth/dxauth/internal/refserver/service/trust"
	"github.com/dxauth/dxauth/internal/refserver/sso"
	"github.com/dxauth/dxauth/internal/refserver/store"
	"github.com/dxauth/dxauth/internal/refserver/store/postgres"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refserver/web"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Config describes a server. The zero value is an empty server in memory.
type Config struct {
	StoreFile      string              // of the data; empty: in memory
	Postgres       *postgres.Address   // of the data, instead of a file; nil: none
	KeyFile        string              // of the key that seals secrets; empty: StoreFile and ".key"
	RestoreTokens  history.TokenChoice // of a copy; empty: Open refuses a copy
	Fixture        *fixture.File
	Type           string        // one of Types; empty: dnanexus
	BasePath       web.BasePath  // of all that it serves, in normal form; not for dnanexus
	IdleTimeout    time.Duration // of a session; 0: 15 minutes
	SessionMax     time.Duration // of a session from its start; 0: 18 hours
	AuditAge       time.Duration // up to which rows of the audit log are kept; 0: forever
	URL            string        // by which clients reach it, with the base path and without a slash at the end; empty: as each client calls it
	Audience       string        // of the ID tokens of jobs; empty: URL
	Hosts          []string      // names of the server, in addition to localhost and IP addresses
	TrustedProxies []netip.Prefix
	CORSOrigins    []web.Origin        // of pages elsewhere that may call some routes
	TwoFactor      identity.FactorMode // empty: identity.FactorsEnabled
	SignUp         identity.SignUpMode // empty: identity.SignUpClosed
	Protocols      []string            // of Protocols, over which users can change their accounts; empty: that of Type
	Name           string              // for authenticator apps; empty: the first of Hosts, or dxauth
	HashParams     passwordhash.Params // zero: the default
	SSO            sso.Config          // whose ID tokens are trusted
	SMTP           *mail.SMTP          // that takes e-mails; nil: none are sent, and those of a fixture are shown
	Now            func() time.Time    // nil: that of the store
	Connections    int                 // open at the same time; 0: 4096, or fewer if the process may open few files
	Log            *slog.Logger        // nil: nothing is logged

	// Database is used in place of StoreFile. The server closes it.
	Database store.Database
	// WrapStore returns what the service uses in place of the store, for tests;
	// nil: the store itself.
	WrapStore func(transaction.DB) transaction.DB

	outbox  *outbox.Outbox // of e-mails
	key     seal.Key
	issuers []trust.Issuer // whose ID tokens jobs exchange
}

// Server is a platform that can serve requests. Close it after use.
type Server struct {
	service     *service.Service
	restored    *history.Restored
	store       openedStore
	warnings    []string
	handler     http.Handler
	sweeps      []func(context.Context) error // of what has expired
	connections *connections
	hasher      *passwordhash.Hasher
	metrics     *metrics.Metrics
	mails       *mail.Sender // nil: there are no e-mails
	freedAt     *uint64      // the number of hashes when memory was given back; nil: it never was
	log         *slog.Logger
}

// queuedHashes is how many sign-ins may wait for a slot; further ones have to try
// again later.
const queuedHashes = 64

// Open puts a server together and loads its fixture.
func Open(ctx context.Context, c Config) (*Server, error) {
	c = c.withDefaults()
	hasher, err := passwordhash.NewHasher(c.HashParams, rand.Reader, c.HashParams.Slots(), queuedHashes)
	if err != nil {
		return nil, err
	}
	db, err := openStore(ctx, c)
	if err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = db.Now
	}
	c.key, c.outbox = db.key, newOutbox(c, db.key)
	if c.issuers, err = newIssuers(c); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	limits := access.DefaultLimits()
	limits.Idle, limits.SessionMax = c.IdleTimeout, c.SessionMax
	svc := service.New(service.Config{
		DB: c.WrapStore(db.Database), Now: c.Now, Random: rand.Reader, Hasher: hasher, Key: db.key, Limits: limits, Turns: db.turns(),
		TwoFactor: c.TwoFactor, SignUp: c.signUpMode(), Mail: c.outbox, Name: c.Name, AccountProtocols: c.accountProtocols(),
	})
	server := &Server{
		service: svc, store: db, connections: newConnections(c.Connections), hasher: hasher, mails: newSender(svc, c), log: c.Log,
	}
	server.metrics = metrics.New(server.readings)
	if server.handler, err = handler(svc, c, db.risks, server.metrics.Count); err != nil {
		return nil, errors.Join(err, server.Close())
	}
	server.sweeps = []func(context.Context) error{svc.Sweep, newGrants(svc, c).Sweep, mailing.New(svc, c.outbox).Sweep}
	if c.AuditAge > 0 {
		log := auditlog.New(svc.DB())
		server.sweeps = append(server.sweeps, func(ctx context.Context) error { return log.Sweep(ctx, c.Now(), c.AuditAge) })
	}
	if err := server.begin(ctx, c); err != nil {
		return nil, errors.Join(err, server.Close())
	}
	return server, nil
}

// begin makes the store ready for requests.
func (s *Server) begin(ctx context.Context, c Config) (err error) {
	if s.store.memory != nil {
		err = s.beginWithMemory(ctx, c.RestoreTokens)
	} else {
		s.restored, err = s.service.Restore(ctx, c.RestoreTokens, nil)
	}
	if err != nil {
		return err
	}
	risks, err := s.store.risks(ctx)
	if err != nil {
		return err
	}
	s.warnings = append(s.warnings, risks...)
	if c.Fixture == nil {
		return nil
	}
	if err := fixture.Load(ctx, s.service, *c.Fixture); err != nil {
		return fmt.Errorf("load the fixture: %w", err)
	}
	return nil
}

func (c Config) withDefaults() Config {
	c.Type = cmp.Or(c.Type, TypeDNAnexus)
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if c.Connections == 0 {
		c.Connections = connectionLimit()
	}
	limits := access.DefaultLimits()
	c.IdleTimeout = cmp.Or(c.IdleTimeout, limits.Idle)
	c.SessionMax = cmp.Or(c.SessionMax, limits.SessionMax)
	c.Audience = cmp.Or(c.Audience, c.URL)
	if c.Name == "" {
		c.Name = "dxauth"
		if len(c.Hosts) > 0 {
			c.Name = c.Hosts[0]
		}
	}
	if c.WrapStore == nil {
		c.WrapStore = func(db transaction.DB) transaction.DB { return db }
	}
	if c.HashParams == (passwordhash.Params{}) {
		c.HashParams = passwordhash.DefaultParams()
	}
	return c
}

// handler wraps the protocols in the middleware of every request.
func handler(s *service.Service, c Config, risks func(context.Context) ([]string, error), count httpkit.Counter) (http.Handler, error) {
	p, err := newProtocols(s, c)
	if err != nil {
		return nil, err
	}
	table := paths(s, c, p, risks)
	h := route(table, notFound(p, c.Type))
	h = httpkit.Recover(h, c.Log, p.dnanexus.ServePanic)
	h = web.CrossSite{Listed: c.CORSOrigins, Open: openPaths(table, p), Page: linkedPages(table)}.Guard(h)
	h = c.BasePath.Strip(h, p.outside(c.BasePath))
	h = httpkit.AllowHost(h, c.Hosts)
	h = c.BasePath.SafeHeaders(h)
	h = httpkit.Log(h, c.Log, count)
	return httpkit.Identify(h, c.Now, c.TrustedProxies), nil
}

// Handler returns the handler of all requests, for use without a listener.
func (s *Server) Handler() http.Handler { return s.handler }

// Invitation is a one-time code that creates the first administrator.
type Invitation struct {
	Code    secret.Text
	Expires time.Time
}

// Invite makes an invitation if the server has no users. It replaces an earlier one,
// unless other servers may use the store: all of them return the same.
func (s *Server) Invite(ctx context.Context) (invitation Invitation, needed bool, err error) {
	issue := s.service.BootstrapCode
	if s.store.isShared {
		issue = s.service.SharedBootstrapCode
	}
	code, err := issue(ctx)
	if errors.Is(err, service.ErrHasUsers) {
		return Invitation{}, false, nil
	}
	return Invitation{Code: code.Code, Expires: code.Expires}, err == nil, err
}

// UserOf returns the user name of a token, even of an expired one, and "" for an
// unknown token. It does not count as a use of the token.
func (s *Server) UserOf(ctx context.Context, bearer secret.Text) (string, error) {
	user, err := idle.UserOf(ctx, s.service, bearer)
	if errors.Is(err, access.ErrUnknownToken) {
		return "", nil
	}
	return user.Handle, err
}

// Restored returns what Open did because the store is at an earlier time, or nil.
func (s *Server) Restored() *history.Restored { return s.restored }

// Warnings returns what Open found that an operator should know.
func (s *Server) Warnings() []string { return s.warnings }

// Close closes the store. A store in memory loses its data.
func (s *Server) Close() error { return s.store.Close() }

// drainTime is how long a stopping server waits for requests in progress.
const drainTime = 10 * time.Second

// Serve serves requests on a listener until ctx is done. Then it accepts no new
// ones, finishes those in progress and returns nil. Beyond the limit of open
// connections, each new one closes another. If it returns ErrWentBack, it has served
// nothing more since it noticed that.
func (s *Server) Serve(ctx context.Context, listener net.Listener) error {
	server := &http.Server{
		Handler:           s.handler,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       60 * time.Second,
		MaxHeaderBytes:    16 << 10,
		ConnState:         s.connections.note,
		ErrorLog:          slog.NewLogLogger(s.log.Handler(), slog.LevelWarn),
	}
	var background sync.WaitGroup
	running, stop := context.WithCancel(ctx)
	defer background.Wait()
	defer stop()
	background.Go(func() { s.sweep(running) })
	if s.mails != nil {
		background.Go(func() { s.mails.Run(running) })
	}

	failed := make(chan error, 2)
	go func() { failed <- server.Serve(listener) }()
	if s.store.memory != nil {
		background.Go(func() {
			if err := s.watch(running); err != nil {
				failed <- err
			}
		})
	}
	select {
	case err := <-failed:
		return errors.Join(err, server.Close())
	case <-ctx.Done():
	}
	draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if err := server.Shutdown(draining); err != nil {
		return errors.Join(fmt.Errorf("some requests were cut off: %w", err), server.Close())
	}
	stop()
	background.Wait() // the memory has one user at a time
	return s.rememberAtEnd(ctx)
}

// afterStart is when the first sweep runs. It prepares many statements, which would slow
// the first requests.
const afterStart = time.Second

// sweep deletes expired data soon after the start, when a server that was killed may have
// left something over, and once a minute. It logs that connections were closed, and gives
// back memory.
func (s *Server) sweep(ctx context.Context) {
	select {
	case <-ctx.Done():
		return
	case <-time.After(afterStart):
	}
	ticker := time.NewTicker(time.Minute)
	defer ticker.Stop()
	for hashes := s.hasher.Count(); ; hashes = s.freeMemory(hashes) {
		if err := s.sweepOnce(ctx); err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "the sweep failed", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			if closed := s.connections.takeClosed(); closed > 0 {
				s.log.WarnContext(ctx, "too many connections: some were closed for others", "closed", closed, "limit", s.connections.limit)
			}
		}
	}
}

// sweepOnce runs all sweeps. One that fails does not keep the others from running.
func (s *Server) sweepOnce(ctx context.Context) error {
	var failed error
	for _, sweep := range s.sweeps {
		failed = errors.Join(failed, sweep(ctx))
	}
	return failed
}
