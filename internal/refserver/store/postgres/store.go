package postgres

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/dxauth/dxauth/internal/refserver/store"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// Config says how a server uses a database.
type Config struct {
	Address     Address
	Connections int           // at most, at once; 0: 16
	CommitWait  time.Duration // after which the outcome of a commit counts as unknown; 0: 5 s
}

// Store is a pool of connections to a database. The caller closes it.
type Store struct {
	pool       *pgxpool.Pool
	writers    chan struct{} // full while as many write as may at once
	commitWait time.Duration
	texts      translations
	clock      dbClock
	stop       context.CancelFunc // of what runs in the background
	background sync.WaitGroup
}

var _ store.Database = (*Store)(nil)

// Open connects to a database. It makes the tables in an empty one, and refuses one with
// an older or newer schema and that of another program.
func Open(ctx context.Context, config Config) (*Store, error) {
	if err := prepare(ctx, config.Address); err != nil {
		return nil, fmt.Errorf("open the store in the %v: %w", config.Address, err)
	}
	s := &Store{
		commitWait: cmp.Or(config.CommitWait, 5*time.Second),
		writers:    make(chan struct{}, writersOf(connectionsOf(config))),
	}
	if err := s.connect(ctx, config); err != nil {
		return nil, fmt.Errorf("open the store in the %v: %w", config.Address, err)
	}
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.background.Go(func() { s.follow(running) })
	return s, nil
}

// connect opens the pool and its first connection, which sets the clock.
func (s *Store) connect(ctx context.Context, config Config) error {
	settings, err := poolConfig(config)
	if err != nil {
		return err
	}
	settings.AfterConnect = s.clock.read
	if s.pool, err = pgxpool.NewWithConfig(ctx, settings); err != nil {
		return err
	}
	if err := s.use(ctx, func(*conn) error { return nil }); err != nil {
		s.pool.Close()
		return err
	}
	return nil
}

// Settings of every connection. What the database refuses by itself after a while needs
// no cancel request.
const (
	maxConnections = 16
	statementLimit = 5 * time.Second  // of a statement, and of a wait for a lock
	idleLimit      = 10 * time.Second // of a transaction that sends nothing
	lifetime       = time.Hour        // of a connection, so that replicas share the databases behind an address anew
)

func connectionsOf(config Config) int { return cmp.Or(config.Connections, maxConnections) }

// writersOf returns how many of the connections may write at once. Those that wait for a
// standby, or for others that do, leave connections for reading: most requests only read.
func writersOf(connections int) int { return max(1, connections*3/4) }

func poolConfig(config Config) (*pgxpool.Config, error) {
	connection := config.Address.Config()
	for name, limit := range map[string]time.Duration{
		"statement_timeout": statementLimit, "lock_timeout": statementLimit, "idle_in_transaction_session_timeout": idleLimit,
	} {
		connection.RuntimeParams[name] = fmt.Sprint(limit.Milliseconds())
	}
	// Every statement has an index to follow, whatever its parameters are. A table without
	// statistics looks small, and one that is scanned is locked as a whole against other
	// serializable transactions. A merge join reads all of an index: that of
	// 100,000 users, to find the user of a thousand tokens.
	for _, setting := range []string{"enable_seqscan", "enable_mergejoin", "jit"} {
		connection.RuntimeParams[setting] = "off"
	}
	connection.RuntimeParams["plan_cache_mode"] = "force_generic_plan"
	pool, err := pgxpool.ParseConfig("") // for its defaults; the address is replaced
	if err != nil {
		return nil, err
	}
	pool.ConnConfig = connection
	pool.MaxConns = int32(connectionsOf(config)) // #nosec G115 -- a few connections
	pool.MaxConnLifetime, pool.MaxConnLifetimeJitter = lifetime, lifetime/10
	pool.BeforeConnect = limitWaits
	return pool, nil
}

// Close closes the connections.
func (s *Store) Close() error {
	s.stop()
	s.background.Wait()
	s.pool.Close()
	return nil
}

// Read runs f on a snapshot.
func (s *Store) Read(ctx context.Context, f func(transaction.Tx) error) error {
	return s.run(ctx, snapshot(), func(c *conn) error { return f(store.NewTx(c)) })
}

// A transaction that others made fail is run again. At first it runs beside others; then
// alone, which cannot fail for that reason, except by what no server of ours does.
const (
	sharedRuns = 1
	maxRuns    = 10
	maxPause   = 20 * time.Millisecond // between two runs alone
)

// A transaction that runs alone needs a snapshot only: nothing else writes between its
// first statement and its commit. As a serializable one it would depend on what
// PostgreSQL remembers of transactions that are over, of all databases of its
// server: while one of them goes on for long, that is less and less exact, and the same
// transaction is refused each time. See ADR 69.
func alone() []string {
	return []string{"BEGIN ISOLATION LEVEL REPEATABLE READ", "LOCK TABLE turns IN EXCLUSIVE MODE"}
}

func shared() []string {
	return []string{"BEGIN ISOLATION LEVEL SERIALIZABLE", "LOCK TABLE turns IN ROW SHARE MODE"}
}

func snapshot() []string { return []string{"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"} }

// Write runs f so that the result is that of some order in which the transactions ran
// one after the other.
func (s *Store) Write(ctx context.Context, f func(transaction.Tx) error) error {
	if err := s.beginWriting(ctx); err != nil {
		return err
	}
	defer func() { <-s.writers }()
	var err error
	for try := range maxRuns {
		begin := shared()
		if try >= sharedRuns {
			begin = alone()
		}
		err = s.run(ctx, begin, func(c *conn) error {
			if err := f(store.NewTx(c)); err != nil {
				return cmp.Or(c.conflict, err) // f may have replaced the error of a statement
			}
			return c.commit(s.commitWait)
		})
		if !isConflict(err) && !(try < sharedRuns && isShortage(err)) {
			return err
		}
		if try < sharedRuns {
			continue // it will wait for its turn
		}
		if err := pause(ctx); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: other transactions changed the same rows %d times: %w", transaction.ErrUnavailable, maxRuns, err)
}

// beginWriting waits until one more may write.
func (s *Store) beginWriting(ctx context.Context) error {
	timer := time.NewTimer(maxWait)
	defer timer.Stop()
	select {
	case s.writers <- struct{}{}:
		return nil
	case <-timer.C:
		return errSlow
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pause waits a random time, so that transactions that failed together do not meet again.
func pause(ctx context.Context) error {
	timer := time.NewTimer(rand.N(maxPause)) // #nosec G404 -- spreads tries, is not a secret
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// TokenHolder implements transaction.DB. One statement needs no transaction to see one
// snapshot.
func (s *Store) TokenHolder(ctx context.Context, signature, source string) (holder transaction.TokenHolder, err error) {
	err = s.use(ctx, func(c *conn) error {
		holder, err = store.NewTx(c).TokenHolder(ctx, signature, source)
		return err
	})
	return holder, err
}

// Meta implements store.Database.
func (s *Store) Meta(ctx context.Context, name string) (value []byte, err error) {
	err = s.use(ctx, func(c *conn) error {
		value, err = store.Meta(ctx, c, name)
		return err
	})
	return value, err
}

// AddMeta implements store.Database.
func (s *Store) AddMeta(ctx context.Context, name string, value []byte) error {
	return s.use(ctx, func(c *conn) error { return store.AddMeta(ctx, c, name, value) })
}

// run runs f in a transaction, which f commits; else it is rolled back.
func (s *Store) run(ctx context.Context, begin []string, f func(*conn) error) error {
	return s.use(ctx, func(c *conn) error {
		c.begin(begin...)
		return f(c)
	})
}

// use waits for a connection until ctx ends, but at most maxWait. From then on nothing
// interrupts f: its statements have limits of their own. A connection that turns out to
// be lost before it did anything is replaced once, because the database may have been
// restarted since its last use; so are the other idle ones.
func (s *Store) use(ctx context.Context, f func(*conn) error) error {
	lost, err := s.useOne(ctx, f)
	if lost {
		s.pool.Reset()
		_, err = s.useOne(ctx, f)
	}
	return err
}

// maxWait bounds how long a transaction waits for a connection.
const maxWait = 5 * time.Second

var errSlow = fmt.Errorf("%w: earlier transactions take too long, or the database does not respond", transaction.ErrUnavailable)

// useOne also reports whether the connection was lost before f got a response on it.
func (s *Store) useOne(ctx context.Context, f func(*conn) error) (lost bool, err error) {
	waiting, cancel := context.WithTimeout(ctx, maxWait)
	defer cancel()
	acquired, err := s.pool.Acquire(waiting)
	switch {
	case err == nil:
	case ctx.Err() != nil:
		return false, ctx.Err()
	case errors.Is(err, context.DeadlineExceeded):
		return false, errSlow
	default:
		return false, fmt.Errorf("%w: %w", transaction.ErrUnavailable, err)
	}
	c := &conn{Conn: acquired.Conn(), texts: &s.texts}
	defer release(acquired, c)
	err = f(c)
	return c.responses == 0 && c.IsClosed(), err
}

// release gives a connection back. If it has a transaction that was not committed, nobody
// waits until that is rolled back; closing the pool does.
func release(acquired *pgxpool.Conn, c *conn) {
	if c.isIdle() {
		acquired.Release()
		return
	}
	go func() {
		defer acquired.Release()
		c.rollBack()
	}()
}
