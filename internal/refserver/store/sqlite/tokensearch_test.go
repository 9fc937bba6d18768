package sqlite

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// A page of tokens costs the same however many there are: an index orders them,
// or gives few enough to sort.
func TestTokensAreFoundByIndex(t *testing.T) {
	s := openMemory(t)
	after := access.Position{Expires: now, Signature: "ab"}
	for name, c := range map[string]struct {
		search access.Query
		want   string
		sorts  bool
	}{
		"first page": {access.Query{Kind: access.APIToken, Now: now},
			"SEARCH tokens USING INDEX tokens_end (user_id=? AND kind=? AND (expires,signature)>(?,?))", false},
		"next page": {access.Query{Kind: access.APIToken, Now: now, After: after},
			"SEARCH tokens USING INDEX tokens_end (user_id=? AND kind=? AND (expires,signature)>(?,?))", false},
		"expired": {access.Query{Kind: access.APIToken, Now: now, Expired: true},
			"SEARCH tokens USING INDEX tokens_end (user_id=? AND kind=? AND (expires,signature)>(?,?)", false},
		"by name": {access.Query{Kind: access.APIToken, Now: now, Label: "ci"},
			"SEARCH tokens USING INDEX tokens_label (user_id=? AND kind=? AND label=? AND (expires,signature)>(?,?))", false},
		"by signature": {access.Query{Kind: access.APIToken, Now: now, Prefix: "abcd"},
			"SEARCH tokens USING INDEX tokens_user (user_id=? AND kind=? AND signature>? AND signature<?)", true},
		"by both": {access.Query{Kind: access.APIToken, Now: now, Prefix: "abcd", Label: "ci"}, "SEARCH tokens USING INDEX tokens_", true},
		"sessions in use": {access.Query{Kind: access.Session, Now: now, UsedAfter: now},
			"SEARCH tokens USING INDEX tokens_used (user_id=? AND last_used>?)", true},
	} {
		t.Run(name, func(t *testing.T) {
			c.search.UserID, c.search.Limit = "user-alice", 101
			steps := planOf(t, s, runsOf(t, s, func(tx transaction.Tx) error {
				_, err := tx.SearchTokens(t.Context(), c.search)
				return err
			})[0])
			if !strings.Contains(steps, c.want) || strings.Contains(steps, "TEMP B-TREE") != c.sorts {
				t.Errorf("want %s\ngot  %s", c.want, steps)
			}
		})
	}
	steps := planOf(t, s, runsOf(t, s, func(tx transaction.Tx) error {
		_, err := tx.MemberTokens(t.Context(), access.MemberQuery{OrgID: "org-lab", Now: now, Limit: 101})
		return err
	})[0])
	if strings.Contains(steps, "SCAN tokens") || strings.Contains(steps, "SCAN memberships") || strings.Contains(steps, "TEMP B-TREE") || !strings.Contains(steps, "INDEX tokens_end (user_id=? AND kind=?") {
		t.Errorf("members' tokens are scanned or sorted:\n%s", steps)
	}
}

// Lists of tokens that work, and counts of them, read an index, and so does the end of
// the memory of ended tokens.
func TestGoodTokensAreFoundByIndex(t *testing.T) {
	s := openMemory(t)
	for _, userID := range []string{"", "user-alice"} {
		for _, statement := range runsOf(t, s, func(tx transaction.Tx) error {
			_, err := tx.GoodHolders(t.Context(), access.GoodQuery{UserID: userID, Now: now, Skip: 1000, Limit: 100})
			_, countErr := tx.CountGood(t.Context(), userID, now)
			return errors.Join(err, countErr)
		}) {
			if steps := planOf(t, s, statement); !strings.Contains(steps, "tokens_good") || strings.Contains(steps, "SCAN tokens\n") {
				t.Errorf("%s\nscans tokens:\n%s", statement.text, steps)
			}
		}
	}
	forget := planOf(t, s, runsOf(t, s, func(tx transaction.Tx) error { return tx.ForgetTokens(t.Context(), now, 1) })[0])
	if strings.Contains(forget, "SCAN tokens") || strings.Contains(forget, "TEMP B-TREE") {
		t.Errorf("ended tokens are scanned or sorted:\n%s", forget)
	}
}

// A sweep reads only tokens that have not ended, or that ended long ago.
func TestSweepsByIndex(t *testing.T) {
	s := openMemory(t)
	for _, statement := range runsOf(t, s, func(tx transaction.Tx) error {
		return errors.Join(tx.EndExpired(t.Context(), access.APIToken, now, now, 1),
			tx.EndIdleSessions(t.Context(), now, time.Minute, 1), tx.EndAhead(t.Context(), access.Session, now, now, 1))
	}) {
		steps := planOf(t, s, statement)
		if strings.Contains(steps, "SCAN tokens") && !strings.Contains(steps, "USING INDEX tokens_used") || strings.Contains(steps, "TEMP B-TREE") {
			t.Errorf("%s\nreads too much:\n%s", statement.text, steps)
		}
	}
}

// The tokens made with a token are read in the order of an index.
func TestTokensMadeWithByIndex(t *testing.T) {
	s := openMemory(t)
	steps := planOf(t, s, runsOf(t, s, func(tx transaction.Tx) error {
		_, err := tx.TokensMadeWith(t.Context(), "a", "b", 1)
		return err
	})[0])
	if !strings.Contains(steps, "INDEX tokens_active_children (parent=? AND signature>?)") || strings.Contains(steps, "TEMP B-TREE") {
		t.Errorf("tokens are sorted or scanned:\n%s", steps)
	}
}

// Storing a pending end costs in proportion to the tokens that have not ended.
func TestPendingEndsByIndex(t *testing.T) {
	s := openMemory(t)
	addMany(t, s, 1)
	for name, c := range map[string]struct {
		pending string
		want    string
	}{
		"children": {`INSERT INTO pending_ends (parent, ended, end_reason) VALUES ('token 0', 1, '')`, "INDEX tokens_active_children (parent=?)"},
		"tokens": {`INSERT INTO pending_ends (user_id, kind, spared, ended, end_reason) VALUES ('user-alice', 'token', '', 1, '')`,
			"INDEX tokens_label (user_id=? AND kind=?)"},
		"sessions": {`INSERT INTO pending_ends (user_id, kind, spared, ended, end_reason) VALUES ('user-alice', 'session', '', 1, '')`,
			"INDEX tokens_used (user_id=? AND last_used>?)"},
	} {
		if _, err := s.writer.ExecContext(t.Context(), c.pending); err != nil {
			t.Fatal(err)
		}
		runs := runsOf(t, s, func(tx transaction.Tx) error {
			_, err := tx.CompleteEnds(t.Context(), 100)
			return err
		})
		update := slices.IndexFunc(runs, func(r query) bool { return strings.HasPrefix(r.text, "UPDATE tokens") })
		steps := planOf(t, s, runs[update])
		if !strings.Contains(steps, c.want) || strings.Contains(steps, "SCAN tokens") || strings.Contains(steps, "TEMP B-TREE") {
			t.Errorf("%s: want %s\ngot  %s", name, c.want, steps)
		}
	}
}

// A store older than migration 4 keeps its tokens. A token last used when it was
// made counts as never used.
func TestTokensOfTheFirstSchema(t *testing.T) {
	s, scripts, exec := beforeMigrations(t)
	first := scripts[0][strings.Index(scripts[0], "CREATE TABLE tokens"):]
	exec("DROP TABLE token_sources; DROP TABLE tokens; " + first[:strings.Index(first, "CREATE TABLE orgs")])
	exec(`INSERT INTO tokens (signature, kind, user_id, label, scope, parent, created, expires, last_used, last_address, client, ended, end_reason)
		VALUES ('session', 'session', 'user-alice', '', '{"full":true}', NULL, 1000, 9000, 1000, '192.0.2.1', 'dx', NULL, ''),
			('unused', 'token', 'user-alice', 'ci', '{"projects":{"*":"VIEW"}}', 'session', 1000, 9000, 1000, '', 'dx', 2000, 'revoked'),
			('used', 'token', 'user-alice', 'ci', '{"full":true}', NULL, 1000, 9000, 3000, '', 'dx', NULL, '')`)
	exec(scriptOf(t, scripts, "CREATE TABLE tokens_new"))
	exec(scriptOf(t, scripts, "ADD COLUMN root"))
	exec(scriptOf(t, scripts, "ADD COLUMN protocol"))
	exec("DROP TABLE pending_ends; " + scriptOf(t, scripts, "CREATE TABLE pending_ends"))

	at := func(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
	err := s.Read(t.Context(), func(tx transaction.Tx) error {
		for signature, used := range map[string]time.Time{"session": at(1000), "unused": {}, "used": at(3000)} {
			token, err := tx.TokenBySignature(t.Context(), signature)
			if err != nil {
				return err
			}
			if !token.LastUsed.Equal(used) || !token.Expires.Equal(at(9000)) || token.Client != "dx" {
				t.Errorf("%s is %+v", signature, token)
			}
			if signature == "unused" && (token.Parent != "session" || token.EndReason != access.Revoked || token.Scope.Full) {
				t.Errorf("%s is %+v", signature, token)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A token of a store older than migration 7 depends on the first token of its chain.
func TestRootsOfAnOlderSchema(t *testing.T) {
	s, scripts, exec := beforeMigrations(t)
	exec("ALTER TABLE tokens DROP COLUMN root; CREATE INDEX tokens_children ON tokens (user_id, parent)")
	for signature, parent := range map[string]string{
		"session": "NULL", "child": "'session'", "grandchild": "'child'", "fourth": "'grandchild'", "orphan": "'none'", "below orphan": "'orphan'",
	} {
		exec(`INSERT INTO tokens (signature, kind, user_id, label, description, scope, parent, created, expires, last_address, client)
			VALUES ('` + signature + `', 'token', 'user-alice', '', '', '{}', ` + parent + `, 1000, 9000, '', '')`)
	}
	exec(scriptOf(t, scripts, "ADD COLUMN root"))

	err := s.Read(t.Context(), func(tx transaction.Tx) error {
		for signature, want := range map[string]string{
			"session": "", "child": "session", "grandchild": "session", "fourth": "session", "orphan": "none", "below orphan": "none",
		} {
			token, err := tx.TokenBySignature(t.Context(), signature)
			if err != nil {
				return err
			}
			if token.Root != want {
				t.Errorf("%s: the root is %q, want %q", signature, token.Root, want)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// beforeMigrations returns a store with a user, whose tables a test takes back to an
// older schema with exec, and the migrations to run again.
func beforeMigrations(t *testing.T) (s *Store, scripts []string, exec func(statement string)) {
	t.Helper()
	s = openMemory(t)
	scripts, err := migrations()
	if err != nil {
		t.Fatal(err)
	}
	insertUser(t, s, "user-alice")
	return s, scripts, func(statement string) {
		t.Helper()
		if _, err := s.writer.ExecContext(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
}

// scriptOf returns the migration that holds a text.
func scriptOf(t *testing.T, scripts []string, text string) string {
	t.Helper()
	for _, script := range scripts {
		if strings.Contains(script, text) {
			return script
		}
	}
	t.Fatalf("no migration holds %q", text)
	return ""
}

// BenchmarkTokens measures searches of a user with many API tokens. The cost may
// grow only like the depth of an index.
func BenchmarkTokens(b *testing.B) {
	for _, n := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := newFile(b)
			addAlice(b, s)
			fillTokens(b, s, n)
			middle := access.Position{Expires: now.Add(time.Duration(n/2) * time.Second), Signature: "g"}
			for name, search := range map[string]access.Query{
				"first page":  {Kind: access.APIToken, Now: now, Limit: 101},
				"middle page": {Kind: access.APIToken, Now: now, After: middle, Limit: 101},
				"by name":     {Kind: access.APIToken, Now: now, Label: fmt.Sprint("ci-", n/2), Limit: 2},
				"by prefix":   {Kind: access.APIToken, Now: now, Prefix: signatureOf(n / 2)[:12], Limit: 2},
				"sessions":    {Kind: access.Session, Now: now, UsedAfter: now.Add(-time.Minute), Limit: 101},
			} {
				search.UserID = "user-alice"
				b.Run(name, func(b *testing.B) { benchmarkSearch(b, s, search) })
			}
			b.Run("whoami", func(b *testing.B) { benchmarkWhoAmI(b, s) })
			b.Run("revoke by name", func(b *testing.B) { benchmarkRevoke(b, s, n) })
		})
	}
}

// signatureOf returns the signature of a token of fillTokens; they are spread
// evenly, like real ones.
func signatureOf(i int) string {
	const odd = 0x9e3779b97f4a7c15
	return fmt.Sprintf("%016x%048x", uint64(i)*odd, i)
}

// fillTokens makes API tokens of alice that expire one second apart.
func fillTokens(b *testing.B, s *Store, n int) {
	b.Helper()
	err := s.Write(b.Context(), func(tx transaction.Tx) error {
		for i := 1; i <= n; i++ {
			made := token(0)
			made.Signature, made.Kind, made.Label = signatureOf(i), access.APIToken, fmt.Sprint("ci-", i)
			made.Expires = now.Add(time.Duration(i) * time.Second)
			if err := tx.InsertToken(b.Context(), made); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}

func benchmarkSearch(b *testing.B, s *Store, search access.Query) {
	for b.Loop() {
		err := s.Read(b.Context(), func(tx transaction.Tx) error {
			found, err := tx.SearchTokens(b.Context(), search)
			if err == nil && len(found) == 0 {
				b.Fatal("found nothing")
			}
			return err
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

// benchmarkRevoke finds a token by its name and ends it in two transactions, as
// a client does.
func benchmarkRevoke(b *testing.B, s *Store, n int) {
	i := 0
	for b.Loop() {
		i = i%n + 1
		search := access.Query{UserID: "user-alice", Kind: access.APIToken, Now: now, Label: fmt.Sprint("ci-", i), Limit: 2}
		var found []access.Token
		err := s.Read(b.Context(), func(tx transaction.Tx) (err error) {
			found, err = tx.SearchTokens(b.Context(), search)
			return err
		})
		if err == nil && len(found) == 1 {
			err = s.Write(b.Context(), func(tx transaction.Tx) error {
				return tx.EndTokenTree(b.Context(), found[0].Signature, now, access.Revoked)
			})
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}
