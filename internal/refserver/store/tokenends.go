package store

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
)

// completedAtOnce is how many tokens a transaction that ends many of them marks as
// ended. The rest is left to CompleteEnds.
const completedAtOnce = 200

const (
	// pendingEndNo is an expression for the number of the first pending end of a row of
	// tokens, or of one that it was made with, directly or indirectly; NULL: none. What is
	// pending for a user ends the tokens that were there.
	pendingEndNo = `CASE WHEN tokens.ended IS NULL AND EXISTS (SELECT 1 FROM pending_ends) THEN (
		WITH RECURSIVE chain (signature, parent, user_id, kind, made_after) AS (
			SELECT tokens.signature, tokens.parent, tokens.user_id, tokens.kind, tokens.made_after
			UNION ALL SELECT p.signature, p.parent, p.user_id, p.kind, p.made_after FROM chain c JOIN tokens p ON p.signature = c.parent)
		SELECT MIN(no) FROM (
			SELECT e.no FROM chain c CROSS JOIN pending_ends e ON e.parent = c.parent
			UNION ALL SELECT e.no FROM chain c CROSS JOIN pending_ends e ON e.user_id = c.user_id AND e.kind = c.kind
				AND e.no > c.made_after AND e.spared <> c.signature) AS pending) END`
	// isActive is the condition that a row of tokens has not ended.
	isActive = `tokens.ended IS NULL AND ` + pendingEndNo + ` IS NULL`
)

// EndTokenTree implements access.Tx.
func (t tx) EndTokenTree(ctx context.Context, signature string, at time.Time, reason access.Reason) error {
	return t.endTrees(ctx, at, reason, `signature = ? AND `+isActive, signature)
}

// EndTokenTrees implements access.Tx.
func (t tx) EndTokenTrees(ctx context.Context, signatures []string, at time.Time, reason access.Reason) error {
	return t.endTrees(ctx, at, reason, `signature IN (SELECT value FROM json_each(?)) AND `+isActive, asList(signatures))
}

// EndIdleSessions implements access.Tx.
func (t tx) EndIdleSessions(ctx context.Context, at time.Time, usual time.Duration, count int) error {
	return t.endTrees(ctx, at, access.Idle, idleSessions, at.UnixMilli(), usual.Milliseconds(), count)
}

// EndOldestSessions implements access.Tx. Nearly every user has fewer sessions, which an
// index alone says: whether each of them has a pending end takes as long as all else of a
// sign-in.
func (t tx) EndOldestSessions(ctx context.Context, userID, signature string, keep, count int, at time.Time, reason access.Reason) error {
	tooMany, err := t.exists(ctx, tooManySessions, userID, keep)
	if err != nil || !tooMany {
		return err
	}
	return t.endTrees(ctx, at, reason, oldestSessions, userID, signature, count, keep-1)
}

// EndAhead implements access.Tx.
func (t tx) EndAhead(ctx context.Context, kind access.Kind, latest, now time.Time, count int) error {
	err := t.endTrees(ctx, now, access.Expired, madeAhead, string(kind), millis{&latest}, count)
	if err != nil || kind != access.Session {
		return err
	}
	return t.endTrees(ctx, now, access.Idle, usedAhead, millis{&latest}, count)
}

// Conditions of tokens that end. Each selects a bounded number of rows that an index
// finds. A session always has a last use; the condition on it selects a small index.
var (
	idleSessions = `kind = 'session' AND ` + isActive + ` AND last_used <= ? - COALESCE(` + autoLogoutOf("tokens.user_id") + `, ?) LIMIT ?`

	oldestSessions = `user_id = ? AND kind = 'session' AND ` + isActive + ` AND last_used > 0 AND signature <> ?
		ORDER BY last_used DESC LIMIT ? OFFSET ?`

	tooManySessions = `SELECT 1 FROM tokens WHERE user_id = ? AND kind = 'session' AND ended IS NULL AND last_used > 0 LIMIT 1 OFFSET ?`

	activeOfKind = `kind = ? AND ` + isActive + ` LIMIT ?`

	madeAhead = `kind = ? AND ` + isActive + ` AND created > ? LIMIT ?`
	usedAhead = `kind = 'session' AND ` + isActive + ` AND last_used > ? LIMIT ?`
)

// endTrees ends the tokens that a condition selects, and those made with them.
func (t tx) endTrees(ctx context.Context, at time.Time, reason access.Reason, condition string, args ...any) error {
	ended, err := t.endEach(ctx, at, reason, condition, args...)
	if err != nil || ended == 0 {
		return err
	}
	_, err = t.CompleteEnds(ctx, completedAtOnce)
	return err
}

// endEach ends the tokens that a condition selects. The end of those made with them is
// pending then.
func (t tx) endEach(ctx context.Context, at time.Time, reason access.Reason, condition string, args ...any) (int, error) {
	var ended []string
	err := t.each(ctx, endEachQuery(condition), append([]any{millis{&at}, string(reason)}, args...), func(rows Rows) error {
		var signature string
		err := rows.Scan(&signature)
		ended = append(ended, signature)
		return err
	})
	if err != nil || len(ended) == 0 {
		return 0, err
	}
	return len(ended), t.exec(ctx, `INSERT INTO pending_ends (parent, ended, end_reason) SELECT value, CAST(? AS BIGINT), CAST(? AS TEXT) FROM json_each(?)
		WHERE EXISTS (SELECT 1 FROM tokens WHERE parent = value AND ended IS NULL)`, millis{&at}, string(reason), asList(ended))
}

func endEachQuery(condition string) string {
	return `UPDATE tokens SET ended = ?, end_reason = ? WHERE signature IN (
		SELECT signature FROM tokens WHERE ` + condition + `) RETURNING signature`
}

// EndTokens implements access.Tx.
func (t tx) EndTokens(ctx context.Context, userID string, at time.Time, reason access.Reason) error {
	if err := t.endOfUser(ctx, userID, access.APIToken, "", at, reason); err != nil {
		return err
	}
	return t.EndSessions(ctx, userID, "", at, reason)
}

// EndSessions implements access.Tx.
func (t tx) EndSessions(ctx context.Context, userID, except string, at time.Time, reason access.Reason) error {
	if err := t.endOfUser(ctx, userID, access.Session, except, at, reason); err != nil {
		return err
	}
	_, err := t.CompleteEnds(ctx, completedAtOnce)
	return err
}

func (t tx) endOfUser(ctx context.Context, userID string, kind access.Kind, except string, at time.Time, reason access.Reason) error {
	return t.exec(ctx, `INSERT INTO pending_ends (user_id, kind, spared, ended, end_reason) VALUES (?, ?, ?, ?, ?)`,
		userID, string(kind), except, millis{&at}, string(reason))
}

// EndSome implements access.Tx.
func (t tx) EndSome(ctx context.Context, kind access.Kind, at time.Time, reason access.Reason, count int) (more bool, err error) {
	// Pending ends first: the tokens with one would be skipped each time.
	if more, err = t.CompleteEnds(ctx, count); err != nil || more {
		return more, err
	}
	ended, err := t.endEach(ctx, at, reason, activeOfKind, string(kind), count)
	return ended > 0, err
}

// pendingEnd is a row of pending_ends.
type pendingEnd struct {
	no                           int64
	parent, userID, kind, spared string
	ended                        time.Time
	reason                       access.Reason
}

// CompleteEnds implements access.Tx.
func (t tx) CompleteEnds(ctx context.Context, count int) (more bool, err error) {
	for count > 0 {
		var end pendingEnd
		found, err := t.found(ctx, `SELECT no, parent, user_id, kind, spared, ended, end_reason FROM pending_ends ORDER BY no LIMIT 1`, nil,
			&end.no, optional{&end.parent}, optional{&end.userID}, optional{&end.kind}, optional{&end.spared}, millis{&end.ended}, &end.reason)
		if err != nil || !found {
			return false, err
		}
		ended, err := t.completeEnd(ctx, end, count)
		if err != nil {
			return false, err
		}
		if ended < count {
			if err := t.exec(ctx, `DELETE FROM pending_ends WHERE no = ?`, end.no); err != nil {
				return false, err
			}
		}
		count -= ended + 1
	}
	return t.exists(ctx, `SELECT 1 FROM pending_ends`)
}

// completeEnd ends at most count of the tokens that a pending end selects.
func (t tx) completeEnd(ctx context.Context, end pendingEnd, count int) (int, error) {
	if end.parent != "" {
		return t.endEach(ctx, end.ended, end.reason, childrenLeft, end.parent, count)
	}
	condition := tokensLeft
	if end.kind == string(access.Session) {
		condition = sessionsLeft
	}
	return t.endEach(ctx, end.ended, end.reason, condition, end.userID, end.no, end.spared, count)
}

// Conditions of tokens with a pending end.
const (
	childrenLeft = `parent = ? AND ended IS NULL LIMIT ?`
	tokensLeft   = `user_id = ? AND kind = 'token' AND ` + notEnded + ` AND ended IS NULL AND made_after < ? AND signature <> ? LIMIT ?`
	sessionsLeft = `user_id = ? AND kind = 'session' AND ended IS NULL AND last_used > 0 AND made_after < ? AND signature <> ? LIMIT ?`
)
