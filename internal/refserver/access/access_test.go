package access_test

import (
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/pkg/secret"
)

// S-32, S-40, S-41: a token is valid before its limit and has ended at it.
func TestState(t *testing.T) {
	const idle = 15 * minute
	session := access.Token{Kind: access.Session, LastUsed: start, Expires: start.Add(hour)}
	apiToken := access.Token{Kind: access.APIToken, LastUsed: start, Expires: start.Add(hour)}
	made := session
	made.Created = start
	revoked := session
	revoked.Ended, revoked.EndReason = start, access.Revoked
	revokedToken := apiToken
	revokedToken.Ended, revokedToken.EndReason = start, access.Elsewhere

	for name, c := range map[string]struct {
		token access.Token
		after time.Duration
		idle  time.Duration
		want  access.Reason
	}{
		"session, new":                      {session, 0, idle, ""},
		"session, 14:59":                    {session, 14*minute + 59*time.Second, idle, ""},
		"session, just before":              {session, idle - 1, idle, ""},
		"session, 15:00":                    {session, idle, idle, access.Idle},
		"session, shorter limit":            {session, 5 * minute, 5 * minute, access.Idle},
		"session, longer limit":             {session, 30 * minute, 31 * minute, ""},
		"session, just before its end":      {session, hour - 1, 2 * hour, ""},
		"session, at its end":               {session, hour, 2 * hour, access.Expired},
		"session, idle and at its end":      {session, hour, idle, access.Expired},
		"session, clock set back a bit":     {session, -hour, idle, ""},
		"session, used in the future":       {session, -hour - 1, idle, access.Idle},
		"session, made in the future":       {made, -hour - 1, idle, access.Expired},
		"API token, unused":                 {apiToken, hour - 1, 0, ""},
		"API token, with an idle limit":     {apiToken, hour - 1, idle, ""},
		"API token, at its end":             {apiToken, hour, 0, access.Expired},
		"API token, after its end":          {apiToken, hour + 1, 0, access.Expired},
		"revoked":                           {revoked, 0, idle, access.Revoked},
		"revoked, and expired since":        {revoked, day, idle, access.Revoked},
		"revoked, clock set back":           {revoked, -day, idle, access.Revoked},
		"API token revoked with everything": {revokedToken, 0, 0, access.Elsewhere},
	} {
		if got := c.token.State(start.Add(c.after), c.idle); got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

// S-31, S-40: one write every 30 s, or a thirtieth of the limit.
func TestTouchDue(t *testing.T) {
	for name, c := range map[string]struct {
		kind        access.Kind
		after, idle time.Duration
		want        bool
	}{
		"session, at once":          {access.Session, 0, 15 * minute, false},
		"session, before 30 s":      {access.Session, 30*time.Second - 1, 15 * minute, false},
		"session, 30 s":             {access.Session, 30 * time.Second, 15 * minute, true},
		"session, long limit":       {access.Session, 30*time.Second - 1, 12 * hour, false},
		"session, long limit, 30 s": {access.Session, 30 * time.Second, 12 * hour, true},
		"session of 5 m, before":    {access.Session, 10*time.Second - 1, 5 * minute, false},
		"session of 5 m, 10 s":      {access.Session, 10 * time.Second, 5 * minute, true},
		"session, clock set back":   {access.Session, -hour, 15 * minute, true},
		"API token, at once":        {access.APIToken, 0, 0, false},
		"API token, before 30 s":    {access.APIToken, 30*time.Second - 1, 0, false},
		"API token, 30 s":           {access.APIToken, 30 * time.Second, 0, true},
	} {
		token := access.Token{Kind: c.kind, LastUsed: start}
		if got := token.TouchDue(start.Add(c.after), c.idle); got != c.want {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
}

// S-30: the published value of SHA-256 for "abc".
func TestSignature(t *testing.T) {
	const want = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
	if got := access.Signature(secret.New("abc")); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
