package token

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/cli/apitoken"
	"github.com/dxauth/dxauth/internal/cli/clitest"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/tokenscope"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/secret"
)

func TestTokenTexts(t *testing.T) {
	local := func(d time.Duration) string { return clitest.Noon().Add(d).Local().Format(time.DateOnly) }
	const day = 24 * time.Hour
	for _, tt := range []struct{ got, want string }{
		{narrow.end(clitest.Noon().Add(3*day), clitest.Noon()), local(3 * day)},
		{narrow.end(clitest.Noon().Add(90*time.Minute), clitest.Noon()), "in 1 hour 30 minutes"},
		{narrow.end(clitest.Noon().Add(-day), clitest.Noon()), local(-day)},
		{narrow.end(time.Time{}, clitest.Noon()), "not known"},
		{narrow.use(platform.Token{LastUsed: clitest.Noon(), Address: "192.0.2.1"}, clitest.Noon()), "just now"},
		{narrow.use(platform.Token{LastUsed: clitest.Noon(), Current: true}, clitest.Noon()), "this one"},
		{narrow.use(platform.Token{UseUnknown: true}, clitest.Noon()), "unknown"},
		{tightest.scope(platform.Scope{Projects: map[string]string{"a": "VIEW"}, NoPHI: true}, nil), "1 project, no PHI"},
		{tightest.scope(platform.Scope{Full: true}, nil), "everything"},
		{tightest.scope(platform.Scope{Projects: map[string]string{"*": "VIEW"}}, nil), "*=VIEW"},
		{tightest.scope(platform.Scope{Projects: map[string]string{"*": "VIEW", "a": "UPLOAD"}}, nil), "*=VIEW, 1 project"},
		{someNames([]projectJSON{{Name: "a"}, {Name: "b"}}), "a, b"},
		{someNames(make([]projectJSON, 7)), ", , , ,  and 2 more"},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
}

// shelf is a platform with some tokens, a few on each page, that does not choose
// among those whose time is over.
type shelf struct {
	platform.Tokens // a call that is not faked ends the test
	tokens          []platform.Token
	listing         error
	revoked         []string
	fail            map[string]error // by ID

}

func (s *shelf) ListTokens(_ context.Context, query platform.TokenQuery, cursor json.RawMessage) ([]platform.Token, json.RawMessage, error) {
	if s.listing != nil {
		return nil, nil, s.listing
	}
	var from int
	if cursor != nil {
		if err := json.Unmarshal(cursor, &from); err != nil {
			return nil, nil, err
		}
	}
	var page []platform.Token
	for _, token := range s.tokens[from:min(from+2, len(s.tokens))] {
		if (query.Name == "" || query.Name == token.Name) && strings.HasPrefix(token.ID, query.ID) {
			page = append(page, token)
		}
	}
	if from+2 >= len(s.tokens) {
		return page, nil, nil
	}
	next, err := json.Marshal(from + 2)
	return page, next, err
}

func (s *shelf) NewToken(ctx context.Context, _ platform.TokenOrder) (platform.NewToken, error) {
	return platform.NewToken{Secret: secret.New("0123456789abcdefghijABCDEFGHIJ01"), ID: "new"}, ctx.Err()
}

func (s *shelf) ChangeToken(_ context.Context, id string, _ platform.TokenChange) error {
	return s.fail[id]
}

func (s *shelf) RevokeToken(_ context.Context, id string) error {
	s.revoked = append(s.revoked, id)
	return s.fail[id]
}

// client is the tokens of a shelf, at noon.
func (s *shelf) client(t *testing.T) tokenClient {
	return s.clientWith(t, clitest.Setup{}.Invocation(t))
}

func (s *shelf) clientWith(t *testing.T, inv kit.Invocation) tokenClient {
	t.Helper()
	if inv.Stdout == nil {
		inv.Stdout = &strings.Builder{}
	}
	inv.Stderr = &strings.Builder{}
	console := inv.Console()
	in := kit.SignedIn{Platform: &platform.Platform{Tokens: s}, Account: session.Account{Server: "https://lab.org", User: "alice"}}
	return tokenClient{apitoken.New(console, inv.Client(console), in)}
}

func daysOld(id string, created, used int) platform.Token {
	token := platform.Token{ID: id, Created: clitest.Noon().AddDate(0, 0, -created), Expires: clitest.Noon().AddDate(1, 0, 0)}
	if used >= 0 {
		token.LastUsed = clitest.Noon().AddDate(0, 0, -used)
	}
	return token
}

func TestSelectedTokens(t *testing.T) {
	over, open := daysOld("over", 400, 300), daysOld("open", 1, -1)
	over.Expires, open.Expires = clitest.Noon().AddDate(0, 0, -1), time.Time{}
	soon := daysOld("soon", 10, 5)
	soon.Expires = clitest.Noon().AddDate(0, 0, 1)
	s := &shelf{tokens: []platform.Token{open, daysOld("new", 1, -1), daysOld("forgotten", 200, -1), daysOld("used", 200, 89), daysOld("unused", 200, 90), soon, over}}
	const day = 24 * time.Hour
	tests := map[string]struct {
		flags selectionFlags
		want  []string
	}{
		"all of them, by their end": {selectionFlags{}, []string{"over", "soon", "new", "forgotten", "used", "unused", "open"}},
		"unused":                    {selectionFlags{unusedFor: 90 * day}, []string{"over", "forgotten", "unused"}},
		"expired":                   {selectionFlags{expired: true}, []string{"over"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			list, of, err := s.client(t).selectTokens(t.Context(), tt.flags)
			var got []string
			for _, token := range list {
				got = append(got, token.ID)
			}
			if diff := cmp.Diff(tt.want, got); err != nil || of != allTokens || diff != "" {
				t.Errorf("coverage %d, %v, IDs (-want +got):\n%s", of, err, diff)
			}
		})
	}
}

// A list that was cut is shown with a warning, and does not claim to be complete.
func TestAListThatWasCut(t *testing.T) {
	s := &shelf{}
	for i := range 5000 {
		s.tokens = append(s.tokens, daysOld(fmt.Sprint(i), 1, -1))
	}
	var stdout strings.Builder
	inv := clitest.Setup{}.Invocation(t)
	inv.Stdout = &stdout
	c := s.clientWith(t, inv)
	c.JSON = true
	o := listOptions{Console: c.Console}
	if err := o.run(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	var shown listJSON
	if err := json.Unmarshal([]byte(stdout.String()), &shown); err != nil {
		t.Fatal(err)
	}
	if shown.Complete || len(shown.Tokens) == 0 || len(shown.Tokens) >= len(s.tokens) {
		t.Errorf("complete %t with %d of %d tokens", shown.Complete, len(shown.Tokens), len(s.tokens))
	}
}

func TestFindToken(t *testing.T) {
	s := &shelf{tokens: []platform.Token{
		{ID: "aaaa000000000001", Name: "ci"}, {ID: "aaaa000000000002", Name: "twin"}, {ID: "bbbb000000000003", Name: "twin"},
		{ID: "bbbb000000000004", Name: "aaaa000000000001"}, {ID: "cccc000000000005"}, {ID: "cccc0000000000055", Name: "dddd"}, {ID: "dddd000000000006"},
	}}
	tests := map[string]struct {
		argument string
		want     string // ID, or words of the error
		kind     refusal.Code
	}{
		"by name":                           {"ci", "aaaa000000000001", ""},
		"by the beginning":                  {"bbbb000000000003", "bbbb000000000003", ""},
		"a name that looks like another ID": {"aaaa000000000001", "aaaa000000000001", ""},
		"a whole ID that begins another":    {"cccc000000000005", "cccc000000000005", ""},
		"a name, and the beginning of one":  {"dddd", `"dddd" matches 2 tokens`, refusal.Usage},
		"two of one name":                   {"twin", `"twin" matches 2 tokens`, refusal.Usage},
		"two of one beginning":              {"aaaa", `"aaaa" matches 2 tokens`, refusal.Usage},
		"too short for a beginning":         {"bbb", `no token "bbb"`, refusal.NotFound},
		"nobody":                            {"nobody", `no token "nobody"`, refusal.NotFound},
		"nothing":                           {"", "name is empty", refusal.Usage},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			token, err := s.client(t).find(t.Context(), tt.argument)
			if tt.kind == "" {
				if err != nil || token.ID != tt.want {
					t.Errorf("found %q, %v, want %q", token.ID, err, tt.want)
				}
				return
			}
			var failure *refusal.Error
			if !errors.As(err, &failure) || failure.Code != tt.kind || !strings.Contains(failure.Message, tt.want) {
				t.Errorf("found %q, %v, want %q", token.ID, err, tt.want)
			}
		})
	}
}

// TestRevokeEach: the token in use is the last, one that has ended is done, and
// one that fails keeps none of the others.
func TestRevokeEach(t *testing.T) {
	denied := refusal.New(refusal.Denied, "no (T)")
	s := &shelf{fail: map[string]error{"b": denied, "c": platform.ErrNotFound}}
	list := []platform.Token{{ID: "a", Current: true}, {ID: "b"}, {ID: "c"}, {ID: "d"}}
	done, err := s.client(t).revokeEach(t.Context(), list)
	var failure *refusal.Error
	if !errors.As(err, &failure) || failure.Code != refusal.Denied || !strings.Contains(failure.Message, "1 of 4 tokens were not revoked") {
		t.Errorf("error %v", err)
	}
	if diff := cmp.Diff([]string{"c", "d", "a"}, done.Revoked); diff != "" {
		t.Errorf("revoked (-want +got):\n%s", diff)
	}
	if want := []string{"b", "c", "d", "a"}; !slices.Equal(want, s.revoked) {
		t.Errorf("asked for %q, want %q", s.revoked, want)
	}
}

// TestRevokeEachStops where every other call would fail as well.
func TestRevokeEachStops(t *testing.T) {
	s := &shelf{fail: map[string]error{"a": platform.ErrSignedOut}}
	done, err := s.client(t).revokeEach(t.Context(), []platform.Token{{ID: "a"}, {ID: "b"}})
	if !errors.Is(err, platform.ErrSignedOut) || len(done.Revoked) != 0 || len(s.revoked) != 1 {
		t.Errorf("revoked %q, asked for %q, %v", done.Revoked, s.revoked, err)
	}
}

// TestLetEnd: somebody else may have ended the old token in the meantime, which
// is what was wanted.
func TestLetEnd(t *testing.T) {
	old := platform.Token{ID: "old", Expires: clitest.Noon().Add(48 * time.Hour)}
	for name, tt := range map[string]struct {
		refusal error
		want    string // of the failure; empty: none
	}{
		"it ends":         {nil, ""},
		"it has ended":    {platform.ErrTokenEnded, ""},
		"it is gone":      {platform.ErrNotFound, ""},
		"it is not heard": {errors.New("no network"), "the new token works, but the old one is still valid: no network"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &shelf{fail: map[string]error{"old": tt.refusal}}
			err := s.client(t).letEnd(t.Context(), old, clitest.Noon().Add(time.Hour))
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

// TestUndeliverable: what can't be handed over is revoked, and its file removed.
func TestUndeliverable(t *testing.T) {
	full := errors.New("no space left on device")
	for name, out := range map[string]string{"standard output": "", "a file, and the object elsewhere": filepath.Join(t.TempDir(), "out")} {
		t.Run(name, func(t *testing.T) {
			s := &shelf{}
			inv := clitest.Setup{Args: []string{"--json"}}.Invocation(t)
			inv.Stdout = brokenStream{full}
			tokens := s.clientWith(t, inv)
			reach := tokenscope.Reach{Scope: platform.Scope{NoPHI: true}}
			err := tokens.issue(t.Context(), issue{prove: apitoken.WithoutProof, reach: reach, out: out})
			if !errors.Is(err, full) || !slices.Equal(s.revoked, []string{"new"}) {
				t.Errorf("revoked %q, %v; want the new token and the failure", s.revoked, err)
			}
			if _, err := os.Stat(out); out != "" && !os.IsNotExist(err) {
				t.Errorf("the file is there (%v)", err)
			}
			if made, err := tokens.madeHere(); err != nil || len(made) > 0 {
				t.Errorf("noted as made: %v, %v", made, err)
			}
		})
	}
}

type brokenStream struct{ err error }

func (b brokenStream) Write([]byte) (int, error) { return 0, b.err }

// A name stays within the length that servers accept, and whole in its characters.
func TestReplacedName(t *testing.T) {
	for name, want := range map[string]string{
		"ci":                     "ci (replaced)",
		strings.Repeat("ü", 127): strings.Repeat("ü", 122) + " (replaced)",
	} {
		if got := replacedName(name); got != want || len(got) > 255 {
			t.Errorf("%s: %s", name, got)
		}
	}
}
