package postgres

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// dbClock estimates the clock of the database, so that all servers agree on the time and
// no request has to ask for it. The zero value is ready for its first measurement.
//
// An estimate is a reading of the database's clock and how long ago it was made. It is
// wrong by half of the round trip of the reading at most, plus what the two clocks drift
// apart until the next reading.
type dbClock struct {
	last  atomic.Pointer[reading]
	local func() time.Time // nil: this machine's; tests set others
}

// reading is what the two clocks showed at the same moment. The difference of two local
// times does not depend on how the clock of this machine is set.
type reading struct{ local, database time.Time }

const (
	readings      = 3 // of which the one with the shortest round trip counts
	betweenChecks = time.Minute
)

func (c *dbClock) here() time.Time {
	if c.local != nil {
		return c.local()
	}
	return time.Now()
}

// now returns the estimate.
func (c *dbClock) now() time.Time {
	last := c.last.Load()
	return last.database.Add(c.here().Sub(last.local)).UTC()
}

// read reads the clock of the database behind a connection. It is also the first thing
// that happens on every new connection: it may lead to another machine than before.
func (c *dbClock) read(ctx context.Context, conn *pgx.Conn) error {
	shortest := time.Duration(-1)
	var best reading
	for range readings {
		var micros int64
		sent := c.here()
		err := conn.QueryRow(ctx, "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint").Scan(&micros)
		if err != nil {
			return fmt.Errorf("%w: read its clock: %w", transaction.ErrUnavailable, err)
		}
		if took := c.here().Sub(sent); shortest < 0 || took < shortest {
			shortest, best = took, reading{sent.Add(took / 2), time.UnixMicro(micros)}
		}
	}
	c.last.Store(&best)
	return nil
}

// follow reads the clock until ctx ends. A database that is away keeps the last reading.
func (s *Store) follow(ctx context.Context) {
	ticker := time.NewTicker(betweenChecks)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			_ = s.use(ctx, func(c *conn) error { return s.clock.read(context.WithoutCancel(ctx), c.Conn) })
		}
	}
}

// Now implements store.Database.
func (s *Store) Now() time.Time { return s.clock.now() }
