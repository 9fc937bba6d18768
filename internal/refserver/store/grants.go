package store

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/grant"
)

// maxCodes bounds the authorization codes of a user, used ones included. Each needs the
// click of a user who has just signed in.
const maxCodes = 100

// InsertCode implements grant.Tx.
func (t tx) InsertCode(ctx context.Context, c grant.Code) error {
	err := t.insert(ctx, grant.ErrCodeTaken, `INSERT INTO authorization_codes
		(hash, client, redirect, challenge, user_id, session, made, expires, kept) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		c.Hash, c.Client, c.Redirect, c.Challenge, c.Approval.UserID, c.Approval.Session, millis{&c.Made}, millis{&c.Expires}, millis{&c.Expires})
	if err != nil {
		return err
	}
	return t.exec(ctx, `DELETE FROM authorization_codes WHERE user_id = ? AND hash <> ? AND hash NOT IN (
		SELECT hash FROM authorization_codes WHERE user_id = ? AND hash <> ? ORDER BY made DESC LIMIT ?)`,
		c.Approval.UserID, c.Hash, c.Approval.UserID, c.Hash, maxCodes-1)
}

// Code implements grant.Tx.
func (t tx) Code(ctx context.Context, hash string) (grant.Code, bool, error) {
	c := grant.Code{Hash: hash}
	found, err := t.found(ctx, `SELECT client, redirect, challenge, user_id, session, made, expires, spent, token
		FROM authorization_codes WHERE hash = ?`, []any{hash},
		&c.Client, &c.Redirect, &c.Challenge, &c.Approval.UserID, &c.Approval.Session,
		millis{&c.Made}, millis{&c.Expires}, millis{&c.Spent}, &c.Token)
	return c, found, err
}

// SpendCode implements grant.Tx.
func (t tx) SpendCode(ctx context.Context, hash string, at time.Time) (bool, error) {
	return t.affected(ctx, `UPDATE authorization_codes SET spent = ? WHERE hash = ? AND spent IS NULL`, millis{&at}, hash)
}

// SetCodeToken implements grant.Tx.
func (t tx) SetCodeToken(ctx context.Context, hash string, made grant.Made) error {
	return t.exec(ctx, `UPDATE authorization_codes SET token = ?, kept = ? WHERE hash = ?`, made.Token, millis{&made.Until}, hash)
}

// InsertDevice implements grant.Tx.
func (t tx) InsertDevice(ctx context.Context, d grant.Device) error {
	return t.insert(ctx, grant.ErrCodeTaken, `INSERT INTO devices
		(hash, user_code, client, address, user_agent, made, expires, poll_wait, kept) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		d.Hash, d.UserCode, d.Client, d.Address, d.UserAgent, millis{&d.Made}, millis{&d.Expires}, span{&d.Interval}, millis{&d.Expires})
}

// CountDevices implements grant.Tx.
func (t tx) CountDevices(ctx context.Context, atMost int) (int, error) {
	return t.count(ctx, `SELECT 1 FROM devices WHERE spent IS NULL`, atMost)
}

// Device implements grant.Tx.
func (t tx) Device(ctx context.Context, hash string) (grant.Device, bool, error) {
	return t.device(ctx, "hash = ?", hash)
}

// DeviceByUserCode implements grant.Tx.
func (t tx) DeviceByUserCode(ctx context.Context, userCodeHash string) (grant.Device, bool, error) {
	return t.device(ctx, "user_code = ? AND decision = ''", userCodeHash)
}

func (t tx) device(ctx context.Context, where, arg string) (grant.Device, bool, error) {
	var d grant.Device
	found, err := t.found(ctx, `SELECT hash, user_code, client, address, user_agent, made, expires, poll_wait, polled,
			decision, user_id, session, spent, token FROM devices WHERE `+where, []any{arg},
		&d.Hash, &d.UserCode, &d.Client, &d.Address, &d.UserAgent, millis{&d.Made}, millis{&d.Expires}, span{&d.Interval}, millis{&d.Polled},
		&d.Decision, &d.Approval.UserID, &d.Approval.Session, millis{&d.Spent}, &d.Token)
	return d, found, err
}

// NotePoll implements grant.Tx.
func (t tx) NotePoll(ctx context.Context, hash string, at time.Time, interval time.Duration) error {
	return t.exec(ctx, `UPDATE devices SET polled = ?, poll_wait = ? WHERE hash = ?`, millis{&at}, span{&interval}, hash)
}

// DecideDevice implements grant.Tx.
func (t tx) DecideDevice(ctx context.Context, hash string, decision grant.Decision, approval grant.Approval, now time.Time) (bool, error) {
	return t.affected(ctx, `UPDATE devices SET decision = ?, user_id = ?, session = ? WHERE hash = ? AND decision = '' AND expires > ?`,
		string(decision), approval.UserID, approval.Session, hash, millis{&now})
}

// SpendDevice implements grant.Tx.
func (t tx) SpendDevice(ctx context.Context, hash string, at time.Time) (bool, error) {
	return t.affected(ctx, `UPDATE devices SET spent = ? WHERE hash = ? AND spent IS NULL AND decision = ?`,
		millis{&at}, hash, string(grant.Approved))
}

// SetDeviceToken implements grant.Tx.
func (t tx) SetDeviceToken(ctx context.Context, hash string, made grant.Made) error {
	return t.exec(ctx, `UPDATE devices SET token = ?, kept = ? WHERE hash = ?`, made.Token, millis{&made.Until}, hash)
}

// SweepCodes implements grant.Tx.
func (t tx) SweepCodes(ctx context.Context, now time.Time, count int) error {
	return t.exec(ctx, `DELETE FROM authorization_codes WHERE hash IN (SELECT hash FROM authorization_codes WHERE kept <= ? LIMIT ?)`, millis{&now}, count)
}

// SweepDevices implements grant.Tx.
func (t tx) SweepDevices(ctx context.Context, now time.Time, count int) error {
	return t.exec(ctx, `DELETE FROM devices WHERE hash IN (SELECT hash FROM devices WHERE kept <= ? LIMIT ?)`, millis{&now}, count)
}
