package access_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refusal"
)

func TestKindOf(t *testing.T) {
	for name, c := range map[string]struct {
		order access.Order
		want  access.Kind
	}{
		"nothing":           {access.Order{}, access.Session},
		"an expiry alone":   {access.Order{Expires: start}, access.Session},
		"a label":           {access.Order{Label: "ci"}, access.APIToken},
		"a scope":           {access.Order{Scope: reaching(genomics, directory.View)}, access.APIToken},
		"the full scope":    {access.Order{Scope: fullScope()}, access.APIToken},
		"an empty scope":    {access.Order{Scope: &access.Scope{}}, access.APIToken},
		"a label and scope": {access.Order{Label: "ci", Scope: fullScope()}, access.APIToken},
	} {
		if got := c.order.KindOf(); got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}

// S-32, S-41: an expiry is always set, never in the past, and shortened to the
// maximum.
func TestExpiryOfForPerson(t *testing.T) {
	for name, c := range map[string]struct {
		label string
		asked time.Duration // from start; 0: no expiry requested
		want  time.Duration
		err   error
	}{
		"session, default":           {"", 0, 18 * hour, nil},
		"session, shorter":           {"", hour, hour, nil},
		"session, the maximum":       {"", 18 * hour, 18 * hour, nil},
		"session, beyond":            {"", 18*hour + 1, 18 * hour, nil},
		"session, far beyond":        {"", 100 * 365 * day, 18 * hour, nil},
		"session, one moment":        {"", 1, 1, nil},
		"session, past":              {"", -time.Second, 0, access.ErrExpiresInPast},
		"API token, default":         {"ci", 0, 30 * day, nil},
		"API token, shorter":         {"ci", hour, hour, nil},
		"API token, the maximum":     {"ci", 365 * day, 365 * day, nil},
		"API token, beyond":          {"ci", 366 * day, 365 * day, nil},
		"API token, past":            {"ci", -1, 0, access.ErrExpiresInPast},
		"API token, more than usual": {"ci", 60 * day, 60 * day, nil},
	} {
		t.Run(name, func(t *testing.T) {
			order := access.Order{UserID: "user-alice", Label: c.label}
			if c.asked != 0 {
				order.Expires = start.Add(c.asked)
			}
			stored := newMemoryStore()
			issued, err := newIssuer().ForUser(t.Context(), stored, order)
			if !errors.Is(err, c.err) {
				t.Fatalf("got %v, want %v", err, c.err)
			}
			if c.err != nil {
				if len(stored.tokens) != 0 {
					t.Error("a refused token was stored")
				}
				return
			}
			if got := issued.Token.Expires.Sub(start); got != c.want {
				t.Errorf("expires after %v, want %v", got, c.want)
			}
		})
	}
}

func TestExpiryMustBeAfterNow(t *testing.T) {
	_, err := newIssuer().ForUser(t.Context(), newMemoryStore(), access.Order{Expires: start})
	if !errors.Is(err, access.ErrExpiresInPast) {
		t.Errorf("got %v, want %v", err, access.ErrExpiresInPast)
	}
}

// S-30: only the signature is stored; the token itself is returned once.
func TestForPerson(t *testing.T) {
	stored := newMemoryStore()
	issued, err := newIssuer().ForUser(t.Context(), stored, access.Order{
		UserID: "user-alice", Label: "ci", Scope: reaching(genomics, directory.View), Client: "dxauth", Address: "192.0.2.1",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := access.Token{
		Signature: access.Signature(issued.Secret), Kind: access.APIToken, UserID: "user-alice", Label: "ci",
		Scope: *reaching(genomics, directory.View), Created: start, Authenticated: start,
		Expires: start.Add(30 * day), LastAddress: "192.0.2.1", Client: "dxauth",
	}
	if diff := cmp.Diff(map[string]access.Token{want.Signature: want}, stored.tokens); diff != "" {
		t.Errorf("stored (-want +got):\n%s", diff)
	}
}

// S-38: a token never has more access than its caller. The cases cover parents, the
// recent sign-in, narrow tokens and shortened expiries.
func TestForBearer(t *testing.T) {
	stale := func(c *access.Token) { c.Authenticated = start.Add(-5 * minute) }
	never := func(c *access.Token) { c.Authenticated = time.Time{} }
	fresh := func(c *access.Token) { c.Authenticated = start.Add(-5*minute + 1) }
	apiToken := func(c *access.Token) { c.Kind, c.Authenticated = access.APIToken, time.Time{} }
	scoped := func(c *access.Token) { apiToken(c); c.Scope = *reaching(genomics, directory.Upload) }
	withoutPHI := func(c *access.Token) { c.Scope.NoPHI = true }
	withoutOrg := func(c *access.Token) { c.Scope = c.Scope.Without("org-lab") }
	endsSoon := func(c *access.Token) { c.Expires = start.Add(hour) }
	both := func(one, two func(*access.Token)) func(*access.Token) {
		return func(c *access.Token) { one(c); two(c) }
	}

	view, contribute := reaching(genomics, directory.View), reaching(genomics, directory.Contribute)
	viewWithoutPHI := reaching(genomics, directory.View)
	viewWithoutPHI.NoPHI = true
	fullWithoutPHI := fullScope()
	fullWithoutPHI.NoPHI = true

	for name, c := range map[string]struct {
		caller func(*access.Token)
		label  string
		scope  *access.Scope
		asked  time.Duration
		err    error
		child  bool
		want   time.Duration
	}{
		"a session never comes from a token":         {nil, "", nil, hour, access.ErrReauthenticate, false, 0},
		"not from an API token either":               {apiToken, "", nil, hour, access.ErrReauthenticate, false, 0},
		"recent session, label":                      {fresh, "ci", nil, 0, nil, false, 30 * day},
		"recent session, outlives it":                {fresh, "ci", nil, 300 * day, nil, false, 300 * day},
		"recent session, clamped to a year":          {fresh, "ci", nil, 400 * day, nil, false, 365 * day},
		"recent session, scope for long":             {fresh, "", view, 0, nil, false, 30 * day},
		"recent session, past":                       {fresh, "ci", nil, -hour, access.ErrExpiresInPast, false, 0},
		"stale session, label":                       {stale, "ci", nil, 0, access.ErrReauthenticate, false, 0},
		"stale session, full scope, near":            {stale, "", fullScope(), hour, access.ErrReauthenticate, false, 0},
		"stale session, scope for long":              {stale, "", view, day + 1, access.ErrReauthenticate, false, 0},
		"stale session, scope without an expiry":     {stale, "", view, 0, access.ErrReauthenticate, false, 0},
		"stale session, narrow":                      {stale, "", view, day, nil, true, day},
		"stale session, narrow with a label":         {stale, "ci", view, day, nil, true, day},
		"session without a sign-in, label":           {never, "ci", nil, 0, access.ErrReauthenticate, false, 0},
		"recent session, narrow":                     {fresh, "", view, day, nil, true, day},
		"narrow, ends with the caller":               {endsSoon, "", view, day, nil, true, hour},
		"session without PHI, full":                  {withoutPHI, "ci", nil, 0, access.ErrBeyondScope, false, 0},
		"session without PHI, narrow with PHI":       {withoutPHI, "", view, hour, access.ErrBeyondScope, false, 0},
		"session without PHI, narrow without it":     {withoutPHI, "", viewWithoutPHI, hour, nil, true, hour},
		"session without PHI, full without it":       {withoutPHI, "ci", fullWithoutPHI, 0, nil, false, 30 * day},
		"token without an org, full":                 {both(apiToken, withoutOrg), "ci", nil, 0, nil, true, 7 * day},
		"session without an org, narrow":             {withoutOrg, "", view, day, nil, true, day},
		"API token, label":                           {apiToken, "ci", nil, 0, nil, true, 7 * day},
		"API token, shorter than itself":             {apiToken, "ci", nil, day, nil, true, day},
		"API token, beyond itself":                   {apiToken, "ci", nil, 300 * day, nil, true, 7 * day},
		"API token, scope for long":                  {apiToken, "", view, 2 * day, nil, true, 2 * day},
		"API token, past":                            {apiToken, "ci", nil, -hour, access.ErrExpiresInPast, false, 0},
		"scoped token, within and near":              {scoped, "", view, day, nil, true, day},
		"scoped token, within and far":               {scoped, "", view, day + 1, access.ErrBeyondScope, false, 0},
		"scoped token, within and without an expiry": {scoped, "", view, 0, access.ErrBeyondScope, false, 0},
		"scoped token, wider":                        {scoped, "", contribute, hour, access.ErrBeyondScope, false, 0},
		"scoped token, full":                         {scoped, "", fullScope(), hour, access.ErrBeyondScope, false, 0},
		"scoped token, label alone":                  {scoped, "ci", nil, hour, access.ErrBeyondScope, false, 0},
		"scoped token that ends soon":                {both(scoped, endsSoon), "", view, day, nil, true, hour},
	} {
		t.Run(name, func(t *testing.T) {
			stored := newMemoryStore()
			caller := stored.put(t, c.caller)
			order := access.Order{UserID: "user-alice", Label: c.label, Scope: c.scope}
			if c.asked != 0 {
				order.Expires = start.Add(c.asked)
			}
			issued, err := newIssuer().ForBearer(t.Context(), stored, caller, order)
			if !errors.Is(err, c.err) {
				t.Fatalf("got %v, want %v", err, c.err)
			}
			if c.err != nil {
				if len(stored.tokens) != 1 {
					t.Error("a refused token was stored")
				}
				return
			}
			token := issued.Token
			if got := token.Expires.Sub(start); got != c.want {
				t.Errorf("expires after %v, want %v", got, c.want)
			}
			if child := token.Parent == caller.Signature; child != c.child || !child && token.Parent != "" {
				t.Errorf("parent is %q", token.Parent)
			}
			if token.Kind != access.APIToken || !token.Authenticated.IsZero() {
				t.Errorf("made a %s that was authenticated at %v", token.Kind, token.Authenticated)
			}
			if !token.Scope.Within(caller.Scope) {
				t.Errorf("%+v is wider than %+v", token.Scope, caller.Scope)
			}
			if diff := cmp.Diff(stored.tokens[token.Signature], token); diff != "" {
				t.Errorf("stored something else (-stored +returned):\n%s", diff)
			}
		})
	}
}

// A token that is to outlive the session that makes it needs a recent sign-in, however
// little it reaches. Between API tokens the wish changes nothing.
func TestForBearerIndependent(t *testing.T) {
	for name, c := range map[string]struct {
		caller func(*access.Token)
		err    error
		child  bool
	}{
		"recent session": {nil, nil, false},
		"stale session":  {func(c *access.Token) { c.Authenticated = start.Add(-5 * minute) }, access.ErrReauthenticate, false},
		"API token":      {func(c *access.Token) { c.Kind, c.Authenticated = access.APIToken, time.Time{} }, nil, true},
		"scoped token": {func(c *access.Token) {
			c.Kind, c.Authenticated, c.Scope = access.APIToken, time.Time{}, *reaching(genomics, directory.Upload)
		}, nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			stored := newMemoryStore()
			caller := stored.put(t, c.caller)
			order := access.Order{UserID: "user-alice", Scope: reaching(genomics, directory.View), Expires: start.Add(hour), Independent: true}
			issued, err := newIssuer().ForBearer(t.Context(), stored, caller, order)
			if !errors.Is(err, c.err) || err == nil && (issued.Token.Parent != "") != c.child {
				t.Errorf("got a child %q and %v; want a child: %t, and %v", issued.Token.Parent, err, c.child, c.err)
			}
		})
	}
}

// S-36: a request that was authenticated just before the revocation of its token
// cannot create a child that would survive it.
func TestForBearerAfterRevocation(t *testing.T) {
	stored := newMemoryStore()
	caller := stored.put(t, nil)
	ended := caller
	ended.Ended, ended.EndReason = start, access.Revoked
	stored.tokens[caller.Signature] = ended

	_, err := newIssuer().ForBearer(t.Context(), stored, caller, access.Order{Label: "ci"})
	if refusal.CodeOf(err) != refusal.SessionEnded || refusal.ReasonOf(err) != access.Revoked || len(stored.tokens) != 1 {
		t.Errorf("got %v and %d tokens", err, len(stored.tokens))
	}
}

// S-29: secrets have 32 characters of the form's alphabet, all equally likely. The
// generator has a fixed seed, so that the result is always the same. Limit is the
// chi-square that one in a thousand uniform samples exceeds.
func TestSecretsAreUniform(t *testing.T) {
	const secrets, length = 6500, 32
	for _, c := range []struct {
		form       access.Form
		characters string
		limit      float64
	}{
		{access.Base62, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz", 100.9},
		{access.Hex, "0123456789abcdef", 37.7},
	} {
		random := fixedRandom(26)
		counts := map[rune]int{}
		for range secrets {
			drawn, err := access.NewSecret(random, c.form)
			if err != nil {
				t.Fatal(err)
			}
			if drawn.Len() != length {
				t.Fatalf("%d characters", drawn.Len())
			}
			for _, r := range drawn.Reveal() {
				counts[r]++
			}
		}
		expected := float64(secrets*length) / float64(len(c.characters))
		sum := 0.0
		for _, r := range c.characters {
			sum += (float64(counts[r]) - expected) * (float64(counts[r]) - expected) / expected
			delete(counts, r)
		}
		if sum > c.limit || len(counts) > 0 {
			t.Errorf("%d characters: chi-square is %.1f, and other characters are %v", len(c.characters), sum, counts)
		}
	}
}

func TestSecretsDiffer(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		issued, err := newIssuer().ForUser(t.Context(), newMemoryStore(), access.Order{})
		if err != nil {
			t.Fatal(err)
		}
		seen[issued.Secret.Reveal()] = true
	}
	if len(seen) != 1000 {
		t.Errorf("%d different tokens of 1000", len(seen))
	}
}

func TestNoTokenWithoutRandomness(t *testing.T) {
	dry := errors.New("no randomness left")
	issuer := access.NewIssuer(access.DefaultLimits(), time.Now, iotest.ErrReader(dry))
	stored := newMemoryStore()
	if _, err := issuer.ForUser(t.Context(), stored, access.Order{}); !errors.Is(err, dry) || len(stored.tokens) != 0 {
		t.Errorf("got %v and %d tokens", err, len(stored.tokens))
	}
}

// countingStore notes whose tokens are counted, and how many ended ones are forgotten.
type countingStore struct {
	access.Tx
	counted   []string
	forgotten []int
}

func (s *countingStore) ForgetEnded(_ context.Context, _ string, _, count int) error {
	s.forgotten = append(s.forgotten, count)
	return nil
}

func (s *countingStore) CountTokens(_ context.Context, userID string, _ time.Time, _ int) (int, error) {
	s.counted = append(s.counted, userID)
	return 1, nil
}

// However many tokens a request makes, those of each user are counted once, and for each at
// least one that has ended is forgotten: making and revoking many does not fill the store.
func TestRoomForManyTokens(t *testing.T) {
	var made []access.Issued
	for _, user := range []string{"user-alice", "user-bob", "user-alice"} {
		made = append(made, access.Issued{Token: access.Token{UserID: user, Kind: access.APIToken}})
	}
	var store countingStore
	if err := access.MakeRoom(t.Context(), &store, made); err != nil || !slices.Equal(store.counted, []string{"user-alice", "user-bob"}) {
		t.Errorf("counted those of %v, %v", store.counted, err)
	}
	if want := []int{11, 10}; !slices.Equal(store.forgotten, want) {
		t.Errorf("%v are forgotten, want %v", store.forgotten, want)
	}
}
