package refserver

import (
	"context"
	"errors"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/service/auditlog"
)

// AuditQuery says which rows of the audit log to read.
type AuditQuery struct {
	audit.Filter
	Last   int  // how many of the newest rows; 0: all
	Follow bool // wait for further rows until the context ends
}

// betweenLooks is how often a log that is followed is looked at.
const betweenLooks = time.Second

// ReadAudit passes to each the rows of the audit log in the store of a configuration, the
// oldest first, also while servers use it. It reads the log without a server, so whoever
// can read the store can read the log.
func ReadAudit(ctx context.Context, c Config, query AuditQuery, each func(audit.Row) error) (err error) {
	db, err := openTables(ctx, c)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	log := auditlog.New(db)
	newest, err := log.Last(ctx, query.Filter, query.Last, each)
	if err != nil || !query.Follow {
		return err
	}
	ticker := time.NewTicker(betweenLooks)
	defer ticker.Stop()
	wait := func() error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-ticker.C:
			return nil
		}
	}
	if err := log.Follow(ctx, query.Filter, newest, wait, each); ctx.Err() == nil {
		return err
	}
	return nil // it ends when its reader says so
}
