package cli

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

func TestWishes(t *testing.T) {
	all := platform.Everything
	tests := map[string]struct {
		options scopeOptions
		want    []projectWish
		words   string // of the error
	}{
		"nothing":                    {scopeOptions{}, nil, ""},
		"no PHI":                     {scopeOptions{noPHI: true}, nil, ""},
		"a level alone":              {scopeOptions{level: "upload"}, []projectWish{{all, "UPLOAD"}}, ""},
		"a project alone":            {scopeOptions{projects: []string{"Exome"}}, []projectWish{{"Exome", "VIEW"}}, ""},
		"a project and a level":      {scopeOptions{projects: []string{"Exome", "Rare=view"}, level: "UPLOAD"}, []projectWish{{"Exome", "UPLOAD"}, {"Rare", "VIEW"}}, ""},
		"all, and one more":          {scopeOptions{projects: []string{"*=VIEW", "Exome=ADMINISTER"}}, []projectWish{{all, "VIEW"}, {"Exome", "ADMINISTER"}}, ""},
		"a name with an equals sign": {scopeOptions{projects: []string{"a=b", "a=b=contribute"}}, []projectWish{{"a=b", "VIEW"}, {"a=b", "CONTRIBUTE"}}, ""},
		"a level that is none":       {scopeOptions{projects: []string{"Exome=NONE"}}, []projectWish{{"Exome=NONE", "VIEW"}}, ""},
		"an unknown level":           {scopeOptions{level: "OWNER"}, nil, "--level OWNER"},
		"no level at all":            {scopeOptions{level: "NONE"}, nil, "--level NONE"},
		"an empty name":              {scopeOptions{projects: []string{""}}, nil, "names no project"},
		"a level and no name":        {scopeOptions{projects: []string{"=VIEW"}}, nil, "names no project"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := tt.options.wishes()
			if tt.words != "" {
				wantUsage(t, err, tt.words)
				return
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(projectWish{})); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// FuzzReadWish: a level behind the last equals sign is cut off, and nothing else
// of a name is.
func FuzzReadWish(f *testing.F) {
	for _, seed := range []string{"Exome", "a=b", "Exome=VIEW", "=view", "=", "x=VIEW=UPLOAD", "é=Administer", "a= VIEW", ""} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, argument string) {
		wish := readWish(argument, "CONTRIBUTE")
		if !dnanexus.Level(wish.level).Valid() {
			t.Errorf("%q has the level %q", argument, wish.level)
		}
		if cut := argument[len(wish.project):]; cut != "" && !strings.EqualFold(cut, "="+wish.level) {
			t.Errorf("%q became %q and %q", argument, wish.project, wish.level)
		}
		if again := readWish(argument+"=upload", "VIEW"); again != (projectWish{argument, "UPLOAD"}) {
			t.Errorf("%q with a level behind it became %+v", argument, again)
		}
	})
}

func TestExecOptions(t *testing.T) {
	one := []string{"Exome"}
	tests := map[string]struct {
		options execOptions
		ttl     time.Duration
		words   string
	}{
		"nothing":           {execOptions{}, time.Hour, ""},
		"a scope":           {execOptions{scope: one}, time.Hour, ""},
		"a day":             {execOptions{scope: one, ttl: "1d"}, 24 * time.Hour, ""},
		"seconds":           {execOptions{scope: one, ttl: "90"}, 90 * time.Second, ""},
		"more than a day":   {execOptions{scope: one, ttl: "25h"}, 0, "a day is the most"},
		"no time":           {execOptions{scope: one, ttl: "0s"}, 0, "would end at once"},
		"a time before now": {execOptions{scope: one, ttl: "-1h"}, 0, "--ttl -1h: expected a length of time"},
		"a date":            {execOptions{scope: one, ttl: "2026-03-02"}, 0, "expected a length of time"},
		"a wrong scope":     {execOptions{scope: []string{"=VIEW"}}, 0, "names no project"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			ttl, err := tt.options.check(noon)
			if tt.words != "" {
				wantUsage(t, err, tt.words)
				return
			}
			if err != nil || ttl != tt.ttl {
				t.Errorf("%s, %v, want %s", ttl, err, tt.ttl)
			}
		})
	}
}

func TestProjectWithin(t *testing.T) {
	exome := session.Project{ID: "project-1", Name: "Exome", Folder: "/raw"}
	only := platform.Project{ID: "project-2", Name: "Rare"}
	tests := map[string]struct {
		selected *session.Project
		scope    []string
		named    []platform.Project
		want     *session.Project
	}{
		"the selected one":          {&exome, []string{"project-1", "project-2"}, []platform.Project{{ID: "project-1"}, only}, &exome},
		"the selected one of all":   {&exome, []string{"*"}, nil, &exome},
		"the only one":              {&exome, []string{"project-2"}, []platform.Project{only}, &session.Project{ID: "project-2", Name: "Rare", Folder: "/"}},
		"the only one, none before": {nil, []string{"project-2"}, []platform.Project{only}, &session.Project{ID: "project-2", Name: "Rare", Folder: "/"}},
		"one of several":            {&exome, []string{"project-2", "project-3"}, []platform.Project{only, {ID: "project-3"}}, nil},
		"none":                      {nil, []string{"*"}, nil, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			reached := reach{projects: tt.named, scope: platform.Scope{Projects: map[string]string{}}}
			for _, id := range tt.scope {
				reached.scope.Projects[id] = "VIEW"
			}
			if diff := cmp.Diff(tt.want, projectWithin(tt.selected, reached)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestExecName: arguments may be anybody's business.
func TestExecName(t *testing.T) {
	for command, want := range map[string]string{
		"dx": "exec dx", "/usr/bin/dx": "exec dx", "./run.sh": "exec run.sh",
		strings.Repeat("ü", 99): "exec " + strings.Repeat("ü", 59),
	} {
		if got := execName(command); got != want {
			t.Errorf("%q is shown as %q, want %q", command, got, want)
		}
	}
}

func TestTokenTexts(t *testing.T) {
	ago := func(d time.Duration) string { return agoText(noon.Add(-d), noon) }
	ends := func(d time.Duration) string { return endsText(noon.Add(d), noon) }
	local := func(d time.Duration) string { return noon.Add(d).Local().Format(time.DateOnly) }
	const day = 24 * time.Hour
	for _, tt := range []struct{ got, want string }{
		{agoText(time.Time{}, noon), "never"},
		{ago(0), "just now"},
		{ago(-time.Hour), "just now"}, // a clock that is wrong
		{ago(59 * time.Second), "just now"},
		{ago(119 * time.Second), "1 minute ago"},
		{ago(3*time.Hour + 59*time.Minute), "3 hours ago"},
		{ago(90*day + time.Hour), "90 days ago"},
		{ends(90*day - time.Second), local(90*day-time.Second) + " (in 90 days)"},
		{ends(90 * time.Minute), local(90*time.Minute) + " (in 1 hour 30 minutes)"},
		{ends(time.Hour - time.Second), local(time.Hour-time.Second) + " (in 1 hour)"},
		{ends(59 * time.Second), local(59*time.Second) + " (in 59 seconds)"},
		{narrowTokens.end(noon.Add(3*day), noon), local(3 * day)},
		{narrowTokens.end(noon.Add(90*time.Minute), noon), "in 1 hour 30 minutes"},
		{narrowTokens.end(noon.Add(-day), noon), local(-day)},
		{narrowTokens.end(time.Time{}, noon), "not known"},
		{narrowTokens.use(platform.Token{LastUsed: noon, Address: "192.0.2.1"}, noon), "just now"},
		{narrowTokens.use(platform.Token{LastUsed: noon, Current: true}, noon), "this one"},
		{narrowTokens.use(platform.Token{UseUnknown: true}, noon), "not told"},
		{tightestTokens.scope(platform.Scope{Projects: map[string]string{"a": "VIEW"}, NoPHI: true}, nil), "1 project, no PHI"},
		{tightestTokens.scope(platform.Scope{Full: true}, nil), "everything"},
		{tightestTokens.scope(platform.Scope{Projects: map[string]string{"*": "VIEW"}}, nil), "*=VIEW"},
		{tightestTokens.scope(platform.Scope{Projects: map[string]string{"*": "VIEW", "a": "UPLOAD"}}, nil), "*=VIEW, 1 project"},
		{scopeText(platform.Scope{Projects: map[string]string{"*": "VIEW", "a": "VIEW", "b": "VIEW"}}, nil), "*=VIEW, 2 projects"},
		{ends(0), local(0) + " (over)"},
		{endsText(time.Time{}, noon), "at a time that is not known"},
		{scopeText(platform.Scope{Full: true}, nil), "everything"},
		{scopeText(platform.Scope{Full: true, NoPHI: true}, nil), "everything, no PHI"},
		{scopeText(platform.Scope{Full: true, WithoutOrgs: []string{"org-a", "org-b"}}, nil), "everything, not org-a, not org-b"},
		{scopeText(platform.Scope{}, nil), "not known"},
		{scopeText(platform.Scope{Projects: map[string]string{"project-1": "UPLOAD", "*": "VIEW"}}, nil), "*=VIEW, project-1=UPLOAD"},
		{scopeText(platform.Scope{Projects: map[string]string{"a": "VIEW", "b": "VIEW", "c": "VIEW"}}, nil), "3 projects"},
		{tokenText(platform.Token{ID: "0123456789abcdef", Name: "ci"}), "'ci' (0123456789ab)"},
		{tokenText(platform.Token{ID: "short"}), "short"},
		{usedText(platform.Token{}, noon), "never used"},
		{usedText(platform.Token{LastUsed: noon.Add(-2 * time.Hour), Address: "192.0.2.1"}, noon), "last used 2 hours ago from 192.0.2.1"},
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

	interrupt func() // while a token is made
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

// NewToken is interrupted where there is something to interrupt it.
func (s *shelf) NewToken(ctx context.Context, _ platform.TokenOrder) (platform.NewToken, error) {
	if s.interrupt != nil {
		s.interrupt()
	}
	return platform.NewToken{Secret: secret.New(apiToken), ID: "new"}, ctx.Err()
}

func (s *shelf) ChangeToken(_ context.Context, id string, _ platform.TokenChange) error {
	return s.fail[id]
}

func (s *shelf) RevokeToken(_ context.Context, id string) error {
	s.revoked = append(s.revoked, id)
	return s.fail[id]
}

// desk is the tokens of a shelf, at noon.
func (s *shelf) desk(t *testing.T) *tokenDesk {
	a := (setup{}).app(t)
	a.Stdout, a.Stderr = &strings.Builder{}, &strings.Builder{}
	a.use(a.settings)
	in := signedIn{Platform: &platform.Platform{Tokens: s}, account: session.Account{Server: "https://lab.org", User: "alice"}}
	return &tokenDesk{app: a, Tokens: s, in: in}
}

func daysOld(id string, created, used int) platform.Token {
	token := platform.Token{ID: id, Created: noon.AddDate(0, 0, -created), Expires: noon.AddDate(1, 0, 0)}
	if used >= 0 {
		token.LastUsed = noon.AddDate(0, 0, -used)
	}
	return token
}

func TestChosenTokens(t *testing.T) {
	over, open := daysOld("over", 400, 300), daysOld("open", 1, -1)
	over.Expires, open.Expires = noon.AddDate(0, 0, -1), time.Time{}
	soon := daysOld("soon", 10, 5)
	soon.Expires = noon.AddDate(0, 0, 1)
	s := &shelf{tokens: []platform.Token{open, daysOld("new", 1, -1), daysOld("forgotten", 200, -1), daysOld("used", 200, 89), daysOld("unused", 200, 90), soon, over}}
	const day = 24 * time.Hour
	tests := map[string]struct {
		choice tokenChoice
		want   []string
	}{
		"all of them, by their end": {tokenChoice{}, []string{"over", "soon", "new", "forgotten", "used", "unused", "open"}},
		"unused":                    {tokenChoice{unused: 90 * day}, []string{"over", "forgotten", "unused"}},
		"expired":                   {tokenChoice{expired: true}, []string{"over"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			list, complete, err := s.desk(t).chosen(t.Context(), tt.choice)
			var got []string
			for _, token := range list {
				got = append(got, token.ID)
			}
			if diff := cmp.Diff(tt.want, got); err != nil || !complete || diff != "" {
				t.Errorf("complete %t, %v, IDs (-want +got):\n%s", complete, err, diff)
			}
		})
	}
}

// TestPagesWithoutEnd: a server must not keep a command for ever.
func TestPagesWithoutEnd(t *testing.T) {
	asked := 0
	again := func(json.RawMessage) ([]int, json.RawMessage, error) {
		asked++
		return []int{asked}, json.RawMessage(`"again"`), nil
	}
	if _, err := pagesOf(10, again); !errors.Is(err, errPageAgain) || asked != 2 {
		t.Errorf("after %d pages: %v", asked, err)
	}
	if list, err := pagesOf(1, again); err != nil || len(list) != 1 {
		t.Errorf("%v, %v, want one page", list, err)
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
		"a name, and the beginning of one":  {"dddd", `2 tokens fit "dddd"`, refusal.Usage},
		"two of one name":                   {"twin", `2 tokens fit "twin"`, refusal.Usage},
		"two of one beginning":              {"aaaa", `2 tokens fit "aaaa"`, refusal.Usage},
		"too short for a beginning":         {"bbb", `no token "bbb"`, refusal.NotFound},
		"nobody":                            {"nobody", `no token "nobody"`, refusal.NotFound},
		"nothing":                           {"", "an empty name", refusal.Usage},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			token, err := s.desk(t).find(t.Context(), tt.argument)
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
	done, err := s.desk(t).revokeEach(t.Context(), list)
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
	done, err := s.desk(t).revokeEach(t.Context(), []platform.Token{{ID: "a"}, {ID: "b"}})
	if !errors.Is(err, platform.ErrSignedOut) || len(done.Revoked) != 0 || len(s.revoked) != 1 {
		t.Errorf("revoked %q, asked for %q, %v", done.Revoked, s.revoked, err)
	}
}

// TestLetEnd: somebody else may have ended the old token in the meantime, which
// is what was wanted.
func TestLetEnd(t *testing.T) {
	old := platform.Token{ID: "old", Expires: noon.Add(48 * time.Hour)}
	for name, tt := range map[string]struct {
		refusal error
		want    string // of the failure; empty: none
	}{
		"it ends":         {nil, ""},
		"it has ended":    {platform.ErrTokenEnded, ""},
		"it is gone":      {platform.ErrNotFound, ""},
		"it is not heard": {errors.New("no network"), "the new token is good, but the old one goes on: no network"},
	} {
		t.Run(name, func(t *testing.T) {
			s := &shelf{fail: map[string]error{"old": tt.refusal}}
			err := s.desk(t).letEnd(t.Context(), old, noon.Add(time.Hour))
			if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

func TestShortIDs(t *testing.T) {
	long := []platform.Token{{ID: "0123456789abcdef"}, {ID: "fedcba987654eeee"}, {ID: "fedcba987654ffff"}, {ID: "0000ba987654ffff"}, {ID: "name"}}
	want := map[string]string{
		"0123456789abcdef": "0123456789ab", "fedcba987654ffff": "fedcba987654ffff", "fedcba987654eeee": "fedcba987654eeee",
		"0000ba987654ffff": "0000ba987654", "name": "name",
	}
	if diff := cmp.Diff(want, shortIDs(long)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestInterruptedMint: a token that was made while the person gave up would live
// on with nobody knowing of it.
func TestInterruptedMint(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	s := &shelf{interrupt: interrupt}
	_, err := s.desk(t).mint(ctx, platform.TokenOrder{}, withoutProof)
	if !errors.Is(err, context.Canceled) || !slices.Equal(s.revoked, []string{"new"}) {
		t.Errorf("revoked %q, %v; want the new token and an interruption", s.revoked, err)
	}
}

// TestUndeliverable: what can't be handed over is revoked, and its file removed.
func TestUndeliverable(t *testing.T) {
	full := errors.New("no space left on device")
	for name, out := range map[string]string{"standard output": "", "a file, and the object elsewhere": filepath.Join(t.TempDir(), "out")} {
		t.Run(name, func(t *testing.T) {
			s := &shelf{}
			d := s.desk(t)
			d.Stdout, d.settings.JSON = brokenStream{full}, true
			d.term = d.terminal(false)
			mint := func() (minted, error) { return d.mint(t.Context(), platform.TokenOrder{}, withoutProof) }
			err := d.issue(t.Context(), reach{scope: platform.Scope{NoPHI: true}}, out, mint, tokenNewJSON{})
			if !errors.Is(err, full) || !slices.Equal(s.revoked, []string{"new"}) {
				t.Errorf("revoked %q, %v; want the new token and the failure", s.revoked, err)
			}
			if _, err := os.Stat(out); out != "" && !os.IsNotExist(err) {
				t.Errorf("the file is there (%v)", err)
			}
			if made, err := d.madeHere(); err != nil || len(made) > 0 {
				t.Errorf("noted as made: %v, %v", made, err)
			}
		})
	}
}

type brokenStream struct{ err error }

func (b brokenStream) Write([]byte) (int, error) { return 0, b.err }
