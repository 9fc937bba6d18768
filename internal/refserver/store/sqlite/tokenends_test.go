package sqlite

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// many is how many tokens end at once, more than one transaction may change.
const many = 1200

// slice is how many tokens a transaction marks as ended.
const slice = 200

// addMany adds sessions and API tokens of alice, and what bob got with one of them and
// used to make another.
func addMany(t testing.TB, s *Store, n int) {
	t.Helper()
	insertUser(t, s, "user-alice")
	insertUser(t, s, "user-bob")
	err := s.Write(t.Context(), func(tx transaction.Tx) error {
		for i := range n {
			for _, token := range []access.Token{
				{Signature: fmt.Sprint("session ", i), Kind: access.Session, UserID: "user-alice"},
				{Signature: fmt.Sprint("token ", i), Kind: access.APIToken, UserID: "user-alice"},
				{Signature: fmt.Sprint("granted ", i), Kind: access.APIToken, UserID: "user-bob", Parent: "token 0", Root: "token 0"},
				{Signature: fmt.Sprint("below ", i), Kind: access.APIToken, UserID: "user-bob", Parent: fmt.Sprint("granted ", i), Root: "token 0"},
				{Signature: fmt.Sprint("of session ", i), Kind: access.APIToken, UserID: "user-alice", Parent: "session 1", Root: "session 1"},
			} {
				token.Created, token.LastUsed, token.Expires = now, now, now.Add(time.Hour)
				if err := tx.InsertToken(t.Context(), token); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// massEnds are the ends of many tokens, with what ends and what stays.
var massEnds = map[string]struct {
	end         func(context.Context, transaction.Tx) error
	ends, stays []string
}{
	"all tokens of a user": {
		func(ctx context.Context, tx transaction.Tx) error {
			return tx.EndTokens(ctx, "user-alice", now, access.Revoked)
		},
		[]string{"session", "token", "granted", "below", "of session"}, nil,
	},
	"all sessions of a user": {
		func(ctx context.Context, tx transaction.Tx) error {
			return tx.EndSessions(ctx, "user-alice", "session 2", now, access.Revoked)
		},
		[]string{"session", "of session"}, []string{"token", "granted", "below"},
	},
	"what was made with a token": {
		func(ctx context.Context, tx transaction.Tx) error {
			return tx.EndTokenTree(ctx, "token 0", now, access.Revoked)
		},
		[]string{"granted", "below"}, []string{"session", "of session"},
	},
	"what was made with a session": {
		func(ctx context.Context, tx transaction.Tx) error {
			return tx.EndTokenTree(ctx, "session 1", now, access.Revoked)
		},
		[]string{"of session"}, []string{"token", "granted", "below"},
	},
	"idle sessions": {
		func(ctx context.Context, tx transaction.Tx) error {
			err := tx.EndIdleSessions(ctx, now.Add(time.Minute), time.Minute, 500)
			return err
		},
		[]string{"of session"}, []string{"token", "granted", "below"},
	},
}

// A transaction that ends many tokens changes few rows, and all of them have ended with
// it, for every method. What is left to store is done in slices, also after a crash.
func TestManyTokensEndAtOnce(t *testing.T) {
	full := openMemory(t)
	addMany(t, full, many)
	image, err := full.image(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range massEnds {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			copied, err := openCopy(t.Context(), image)
			if err != nil {
				t.Fatal(err)
			}
			defer copied.Close()
			m := &metered{Store: copied}
			write := func(f func(transaction.Tx) error) {
				t.Helper()
				if err := m.Write(t.Context(), f); err != nil {
					t.Fatal(err)
				}
			}
			check := func() {
				t.Helper()
				for i := 5; i < many; i += 397 {
					for _, kind := range c.ends {
						wantEnded(t, m.Store, fmt.Sprint(kind, " ", i), name != "idle sessions")
					}
					for _, kind := range c.stays {
						wantActive(t, m.Store, fmt.Sprint(kind, " ", i))
					}
				}
			}
			write(func(tx transaction.Tx) error { return c.end(t.Context(), tx) })
			check()
			// What is made after it stays, and what has ended does not end for another reason.
			write(func(tx transaction.Tx) error {
				for signature, kind := range map[string]access.Kind{"new session": access.Session, "new token": access.APIToken} {
					token := access.Token{Signature: signature, Kind: kind, UserID: "user-alice", Created: now, LastUsed: now, Expires: now.Add(time.Hour)}
					if err := tx.InsertToken(t.Context(), token); err != nil {
						return err
					}
				}
				for _, kind := range c.ends {
					signature := fmt.Sprint(kind, " 88")
					if err := tx.TouchToken(t.Context(), signature, now.Add(time.Hour), "192.0.2.9"); err != nil {
						return err
					}
					if err := tx.EndTokenTree(t.Context(), signature, now.Add(time.Hour), access.Elsewhere); err != nil {
						return err
					}
				}
				return nil
			})
			slices := 0
			for more := true; more; slices++ {
				write(func(tx transaction.Tx) (err error) {
					more, err = tx.CompleteEnds(t.Context(), slice)
					return err
				})
			}
			check()
			wantActive(t, m.Store, "new session")
			wantActive(t, m.Store, "new token")
			if m.most > maxChanged || slices < 3 {
				t.Errorf("a transaction changed %d rows, and %d followed", m.most, slices)
			}
			for _, kind := range c.ends {
				var left int
				err := m.writer.QueryRowContext(t.Context(), `SELECT COUNT(*) FROM tokens WHERE ended IS NULL AND signature GLOB ? AND signature <> 'session 2'
					AND last_used < ?`, kind+" [0-9]*", now.UnixMilli()+1).Scan(&left)
				if err != nil || left > 0 {
					t.Errorf("%s: %d are left, %v", kind, left, err)
				}
			}
		})
	}
}

func wantEnded(t *testing.T, s *Store, signature string, revoked bool) {
	t.Helper()
	holder, err := s.TokenHolder(t.Context(), signature, "")
	if err != nil {
		t.Fatal(err)
	}
	token := holder.Token
	if token.Ended.IsZero() || revoked && (token.EndReason != access.Revoked || !token.Ended.Equal(now)) || !token.LastUsed.Equal(now) {
		t.Fatalf("%s ended at %v, %q", signature, token.Ended, token.EndReason)
	}
	if found := listed(t, s, token); found {
		t.Fatalf("%s is in a list", signature)
	}
}

func wantActive(t *testing.T, s *Store, signature string) {
	t.Helper()
	holder, err := s.TokenHolder(t.Context(), signature, "")
	if err != nil {
		t.Fatal(err)
	}
	if token := holder.Token; !token.Ended.IsZero() || token.EndReason != "" || !listed(t, s, token) {
		t.Fatalf("%s ended at %v, %q", signature, token.Ended, token.EndReason)
	}
}

// listed reports whether a token is in the lists of its user's tokens and of all tokens.
func listed(t *testing.T, s *Store, token access.Token) bool {
	t.Helper()
	inAll := false
	err := s.Read(t.Context(), func(tx transaction.Tx) error {
		own, err := tx.SearchTokens(t.Context(), access.Query{UserID: token.UserID, Kind: token.Kind, Prefix: token.Signature, Now: now, Limit: 1})
		if err != nil {
			return err
		}
		last := len(token.Signature) - 1
		before := token.Signature[:last] + string(token.Signature[last]-1) + "~"
		all, err := tx.GoodHolders(t.Context(), access.GoodQuery{UserID: token.UserID, After: access.GoodPosition{UserID: token.UserID, Signature: before}, Now: now, Limit: 1})
		if err != nil {
			return err
		}
		inOwn := len(own) > 0 && own[0].Signature == token.Signature
		inAll = len(all) > 0 && all[0].Token.Signature == token.Signature && all[0].Token.Ended.IsZero()
		if inOwn != inAll {
			t.Errorf("%s: in the user's list %v, in the list of all %v", token.Signature, inOwn, inAll)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return inAll
}

// Tokens with a pending end do not count.
func TestPendingEndsDoNotCount(t *testing.T) {
	s := openMemory(t)
	addMany(t, s, many)
	err := s.Write(t.Context(), func(tx transaction.Tx) error {
		if err := tx.EndTokens(t.Context(), "user-alice", now, access.Revoked); err != nil {
			return err
		}
		for _, user := range []string{"user-alice", "user-bob"} {
			if n, err := tx.CountTokens(t.Context(), user, now, many); err != nil || n != 0 {
				t.Errorf("%s has %d tokens, %v", user, n, err)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
