//go:build unix

package postgres_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// BenchmarkWriters measures transactions like a sign-in and like the use of a token, by
// users who have nothing in common, and how often each one runs.
func BenchmarkWriters(b *testing.B) {
	for _, writers := range []int{1, 16} {
		for _, users := range []int{16, 2000} {
			b.Run(fmt.Sprintf("%d writers, %d users", writers, users), func(b *testing.B) { benchmarkWriters(b, writers, users) })
		}
	}
}

func benchmarkWriters(b *testing.B, writers, users int) {
	s := open(b, newDatabase(b))
	at := time.UnixMilli(1_700_000_000_000)
	addUsers(b, s, users, at)
	var runs, done atomic.Int64
	var all sync.WaitGroup
	b.ResetTimer()
	for w := range writers {
		all.Go(func() {
			for n := done.Add(1); n <= int64(b.N); n = done.Add(1) {
				user := fmt.Sprint("user-", (int(n)*writers+w)%users)
				if err := s.Write(b.Context(), func(tx transaction.Tx) error {
					runs.Add(1)
					return signInLike(b, tx, user, int(n), at)
				}); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
	b.ReportMetric(float64(runs.Load())/float64(b.N), "runs/op")
}

func tokenOf(user string, n int, at time.Time) access.Token {
	return access.Token{
		Signature: fmt.Sprintf("%s-%d", user, n), Kind: access.Session, UserID: user, Scope: access.FullScope(),
		Created: at, Authenticated: at, Expires: at.Add(time.Hour), LastUsed: at, LastAddress: "192.0.2.1", Client: "dxauth",
	}
}

// signInLike counts an attempt and makes a session.
func signInLike(b testing.TB, tx transaction.Tx, user string, n int, at time.Time) error {
	ctx := b.Context()
	counted, err := tx.Attempts(ctx, user)
	if err != nil {
		return err
	}
	attempts := counted[user]
	attempts.Failures++
	attempts.LastFailure, attempts.NotBefore = at, at
	if err := tx.SetAttempts(ctx, user, attempts); err != nil {
		return err
	}
	if _, err := tx.UserByID(ctx, user); err != nil {
		return err
	}
	if err := tx.InsertToken(ctx, tokenOf(user, n, at)); err != nil {
		return err
	}
	if err := tx.TouchToken(ctx, user+"-0", at.Add(time.Duration(n)*time.Second), "192.0.2.1"); err != nil {
		return err
	}
	if err := tx.ForgetAttempts(ctx, user); err != nil {
		return err
	}
	return tx.AppendAudit(ctx, audit.Entry{Time: at, Actor: user, Action: audit.SignIn, Result: "ok"})
}
