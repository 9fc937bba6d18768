package storetest

import (
	"fmt"
	"slices"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// Each step of a sweep ends the tokens of one kind that have a reason to end, and
// no others.
func testSweepTokens(s *suite) {
	s.addUsers("user-alice", "user-bob")
	now := start.Add(100 * day)
	s.write(func(tx transaction.Tx) {
		s.ok(tx.InsertOrg(s.ctx, directory.Org{ID: "org-lab", AutoLogout: time.Minute, Created: start}))
		s.ok(tx.SetMember(s.ctx, "org-lab", accepted(directory.NewMembership("org-lab", "user-bob", directory.Member))))
		add := func(signature, userID string, kind access.Kind, made, used, expires time.Duration) {
			s.ok(tx.InsertToken(s.ctx, access.Token{
				Signature: signature, Kind: kind, UserID: userID, Created: now.Add(made), LastUsed: now.Add(used), Expires: now.Add(expires),
			}))
		}
		add("in use", "user-alice", access.Session, -day, 0, day)
		add("idle", "user-alice", access.Session, -day, -15*time.Minute, day)
		add("idle in the org", "user-bob", access.Session, -day, -time.Minute, day)
		add("expired", "user-alice", access.Session, -day, 0, 0)
		add("made ahead", "user-alice", access.Session, 2*time.Hour, 2*time.Hour, 2*day)
		add("used ahead", "user-alice", access.Session, -day, 2*time.Hour, day)
		add("good token", "user-alice", access.APIToken, -day, -day, time.Hour)
		add("old token", "user-alice", access.APIToken, -9*day, -9*day, -2*day)
		add("recent token", "user-alice", access.APIToken, -9*day, -9*day, 0)
		add("token ahead", "user-alice", access.APIToken, 2*time.Hour, 2*time.Hour, 2*day)
	})
	all := []string{
		"in use", "idle", "idle in the org", "expired", "made ahead", "used ahead",
		"good token", "old token", "recent token", "token ahead",
	}
	latest := now.Add(time.Hour)
	for _, step := range []struct {
		name string
		run  func(tx transaction.Tx) error
		want []string
	}{
		{"none", func(tx transaction.Tx) error { return tx.EndIdleSessions(s.ctx, now, 15*time.Minute, 0) }, nil},
		{"idle", func(tx transaction.Tx) error { return tx.EndIdleSessions(s.ctx, now, 15*time.Minute, 9) },
			[]string{"idle idle", "idle in the org idle"}},
		{"expired", func(tx transaction.Tx) error { return tx.EndExpired(s.ctx, access.Session, time.Time{}, now, 9) },
			[]string{"expired expired"}},
		{"ahead", func(tx transaction.Tx) error { return tx.EndAhead(s.ctx, access.Session, latest, now, 9) },
			[]string{"made ahead expired", "used ahead idle"}},
		{"recent", func(tx transaction.Tx) error { return tx.EndExpired(s.ctx, access.APIToken, now.Add(-day), now, 9) },
			[]string{"recent token expired"}},
		{"all", func(tx transaction.Tx) error { return tx.EndExpired(s.ctx, access.APIToken, time.Time{}, now, 9) },
			[]string{"old token expired"}},
		{"tokens ahead", func(tx transaction.Tx) error { return tx.EndAhead(s.ctx, access.APIToken, latest, now, 9) },
			[]string{"token ahead expired"}},
	} {
		s.write(func(tx transaction.Tx) {
			open := func(signature string) bool { return s.token(tx, signature).Ended.IsZero() }
			before := slices.DeleteFunc(slices.Clone(all), func(signature string) bool { return !open(signature) })
			s.ok(step.run(tx))
			var ended []string
			for _, signature := range before {
				if token := s.token(tx, signature); !token.Ended.IsZero() {
					ended = append(ended, fmt.Sprint(signature, " ", token.EndReason))
				}
			}
			if !slices.Equal(ended, step.want) {
				s.Errorf("%s: ended %q, want %q", step.name, ended, step.want)
			}
		})
	}
}
