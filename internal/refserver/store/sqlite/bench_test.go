package sqlite

import (
	"fmt"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/pkg/secret"
)

// BenchmarkStore measures the store's part of the most frequent calls: the
// look-up of whoami, the write of newAuthToken (without the password hash) and
// the first page of findProjects among many.
func BenchmarkStore(b *testing.B) {
	for name, open := range map[string]func(testing.TB) *Store{"memory": openMemory, "file": newFile} {
		b.Run(name, func(b *testing.B) {
			s := open(b)
			addAlice(b, s)
			fill(b, s, 100_000)
			b.Run("whoami", func(b *testing.B) { benchmarkWhoAmI(b, s) })
			b.Run("newAuthToken", func(b *testing.B) { benchmarkNewAuthToken(b, s) })
			b.Run("firstPage", func(b *testing.B) { benchmarkFirstPage(b, s) })
		})
	}
}

// token returns the n-th token of alice as it is stored.
func token(n int) access.Token {
	return access.Token{
		Signature: access.Signature(secret.New(fmt.Sprint(n))), Kind: access.Session, UserID: "user-alice",
		Scope: access.FullScope(), Created: now, Authenticated: now, Expires: now.AddDate(0, 1, 0), LastUsed: now,
		LastAddress: "192.0.2.1", Client: "dxauth",
	}
}

// addAlice adds a user with a token and a membership.
func addAlice(b *testing.B, s *Store) {
	b.Helper()
	insertUser(b, s, "user-alice")
	err := s.Write(b.Context(), func(tx transaction.Tx) error {
		if err := tx.InsertOrg(b.Context(), directory.Org{ID: "org-1", Created: now}); err != nil {
			return err
		}
		if err := tx.SetMember(b.Context(), "org-1", directory.NewMembership("org-1", "user-alice", directory.Member)); err != nil {
			return err
		}
		return tx.InsertToken(b.Context(), token(0))
	})
	if err != nil {
		b.Fatal(err)
	}
}

func benchmarkWhoAmI(b *testing.B, s *Store) {
	signature := token(0).Signature
	for b.Loop() {
		if _, err := s.TokenHolder(b.Context(), signature, "192.0.2.1"); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkNewAuthToken(b *testing.B, s *Store) {
	n := count(b, s, "tokens") // a benchmark may run more than once
	for b.Loop() {
		n++
		made := token(n)
		err := s.Write(b.Context(), func(tx transaction.Tx) error {
			if err := tx.InsertToken(b.Context(), made); err != nil {
				return err
			}
			return tx.AppendAudit(b.Context(), audit.Entry{
				Time: now, Actor: made.UserID, Subject: audit.ShortSignature(made.Signature), Action: audit.SignIn,
				Result: "ok", Address: made.LastAddress, UserAgent: made.Client, RequestID: "1-1",
			})
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkFirstPage(b *testing.B, s *Store) {
	search := directory.Query{Grantees: grantees(3), Limit: 11}
	for b.Loop() {
		if found := find(b, s, search); len(found) != search.Limit {
			b.Fatalf("found %d projects", len(found))
		}
	}
}
