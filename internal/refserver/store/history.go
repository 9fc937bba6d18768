package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
)

// The names in the table meta of what servers of one store share.
const (
	generationsName = "generations"
	bootstrapName   = "bootstrap-code"
)

// NewestAudit implements history.Tx.
func (t tx) NewestAudit(ctx context.Context) (no int64, err error) {
	_, err = t.found(ctx, `SELECT no FROM audit ORDER BY no DESC LIMIT 1`, nil, &no)
	return no, err
}

// OldestAudit implements history.Tx.
func (t tx) OldestAudit(ctx context.Context) (no int64, err error) {
	_, err = t.found(ctx, `SELECT no FROM audit ORDER BY no LIMIT 1`, nil, &no)
	return no, err
}

// AuditMark implements history.Tx.
func (t tx) AuditMark(ctx context.Context, no int64) (string, error) {
	var at int64
	var actor, subject, action, requestID string
	found, err := t.found(ctx, `SELECT time, actor, subject, action, request_id FROM audit WHERE no = ?`, []any{no},
		&at, &actor, &subject, &action, &requestID)
	if err != nil || !found {
		return "", err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%d %d %q %q %q %q", no, at, actor, subject, action, requestID))
	return hex.EncodeToString(sum[:16]), nil
}

// Generations implements history.Tx.
func (t tx) Generations(ctx context.Context) ([]string, error) {
	var names []byte
	_, err := t.found(ctx, `SELECT value FROM meta WHERE name = ?`, []any{generationsName}, &names)
	return strings.Fields(string(names)), err
}

// AddGeneration implements history.Tx.
func (t tx) AddGeneration(ctx context.Context, name string) error {
	earlier, err := t.Generations(ctx)
	if err != nil {
		return err
	}
	return t.setMeta(ctx, generationsName, []byte(strings.Join(append(earlier, name), " ")))
}

// SharedBootstrap implements identity.Tx.
func (t tx) SharedBootstrap(ctx context.Context) (sealed []byte, err error) {
	_, err = t.found(ctx, `SELECT value FROM meta WHERE name = ?`, []any{bootstrapName}, &sealed)
	return sealed, err
}

// SetSharedBootstrap implements identity.Tx.
func (t tx) SetSharedBootstrap(ctx context.Context, sealed []byte) error {
	return t.setMeta(ctx, bootstrapName, sealed)
}

func (t tx) setMeta(ctx context.Context, name string, value []byte) error {
	return t.exec(ctx, `INSERT INTO meta (name, value) VALUES (?, ?)
		ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
}
