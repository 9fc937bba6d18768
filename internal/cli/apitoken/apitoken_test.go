package apitoken

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/cli/clitest"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/internal/testfuzz"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

func TestScopeEntries(t *testing.T) {
	all := platform.Everything
	tests := map[string]struct {
		options ScopeFlags
		want    []entry
		words   string // of the error
	}{
		"nothing":                    {ScopeFlags{}, nil, ""},
		"no PHI":                     {ScopeFlags{NoPHI: true}, nil, ""},
		"a level alone":              {ScopeFlags{Level: "upload"}, []entry{{all, "UPLOAD", ""}}, ""},
		"a project alone":            {ScopeFlags{Projects: []string{"Exome"}}, []entry{{"Exome", "VIEW", ""}}, ""},
		"a project and a level":      {ScopeFlags{Projects: []string{"Exome", "Rare=view"}, Level: "UPLOAD"}, []entry{{"Exome", "UPLOAD", ""}, {"Rare", "VIEW", "Rare=view"}}, ""},
		"all, and one more":          {ScopeFlags{Projects: []string{"*=VIEW", "Exome=ADMINISTER"}}, []entry{{all, "VIEW", "*=VIEW"}, {"Exome", "ADMINISTER", "Exome=ADMINISTER"}}, ""},
		"a name with an equals sign": {ScopeFlags{Projects: []string{"a=b", "a=b=contribute"}}, []entry{{"a=b", "VIEW", ""}, {"a=b", "CONTRIBUTE", "a=b=contribute"}}, ""},
		"a level that is none":       {ScopeFlags{Projects: []string{"Exome=NONE"}}, []entry{{"Exome=NONE", "VIEW", ""}}, ""},
		"an unknown level":           {ScopeFlags{Level: "OWNER"}, nil, "--level OWNER"},
		"no level at all":            {ScopeFlags{Level: "NONE"}, nil, "--level NONE"},
		"an empty name":              {ScopeFlags{Projects: []string{""}}, nil, "names no project"},
		"a level and no name":        {ScopeFlags{Projects: []string{"=VIEW"}}, nil, "names no project"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := tt.options.entries()
			if tt.words != "" {
				clitest.WantUsage(t, err, tt.words)
				return
			}
			if diff := cmp.Diff(tt.want, got, cmp.AllowUnexported(entry{})); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// FuzzReadEntry: a level behind the last equals sign is cut off, and nothing else
// of a name is.
func FuzzReadEntry(f *testing.F) {
	for _, seed := range []string{"Exome", "a=b", "Exome=VIEW", "=view", "=", "x=VIEW=UPLOAD", "é=Administer", "a= VIEW", ""} {
		testfuzz.Add(f, seed)
	}
	f.Fuzz(func(t *testing.T, argument string) {
		got := readEntry(argument, "CONTRIBUTE")
		if !dnanexus.Level(got.level).Valid() {
			t.Errorf("%q has the level %q", argument, got.level)
		}
		if cut := argument[len(got.project):]; cut != "" && !strings.EqualFold(cut, "="+got.level) {
			t.Errorf("%q became %q and %q", argument, got.project, got.level)
		}
		if again := readEntry(argument+"=upload", "VIEW"); again != (entry{argument, "UPLOAD", argument + "=upload"}) {
			t.Errorf("%q with a level behind it became %+v", argument, again)
		}
	})
}

func TestShortIDs(t *testing.T) {
	long := []string{"0123456789abcdef", "fedcba987654eeee", "fedcba987654ffff", "0000ba987654ffff", "name"}
	want := map[string]string{
		"0123456789abcdef": "0123456789ab", "fedcba987654ffff": "fedcba987654ffff", "fedcba987654eeee": "fedcba987654eeee",
		"0000ba987654ffff": "0000ba987654", "name": "name",
	}
	if diff := cmp.Diff(want, ShortIDs(long)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestText(t *testing.T) {
	for want, token := range map[string]platform.Token{
		"'ci' (0123456789ab)": {ID: "0123456789abcdef", Name: "ci"},
		"short":               {ID: "short"},
	} {
		if got := Text(token); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// interrupted is a platform on which the person gives up while a token is made.
type interrupted struct {
	platform.Tokens
	interrupt func()
	revoked   []string
}

func (i *interrupted) NewToken(ctx context.Context, _ platform.TokenOrder) (platform.NewToken, error) {
	i.interrupt()
	return platform.NewToken{Secret: secret.New("0123456789abcdefghijABCDEFGHIJ01"), ID: "new"}, ctx.Err()
}

func (i *interrupted) RevokeToken(_ context.Context, id string) error {
	i.revoked = append(i.revoked, id)
	return nil
}

// TestInterruptedMake: a token that was made while the person gave up would live
// on with nobody knowing of it.
func TestInterruptedMake(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	server := &interrupted{interrupt: interrupt}
	inv := clitest.Setup{}.Invocation(t)
	inv.Stdout, inv.Stderr = &strings.Builder{}, &strings.Builder{}
	console := inv.Console()
	in := kit.SignedIn{Platform: &platform.Platform{Tokens: server}, Account: session.Account{Server: "https://lab.org", User: "alice"}}
	_, err := New(console, inv.Client(console), in).Make(ctx, platform.TokenOrder{}, WithoutProof)
	if !errors.Is(err, context.Canceled) || !slices.Equal(server.revoked, []string{"new"}) {
		t.Errorf("revoked %q, %v; want the new token and an interruption", server.revoked, err)
	}
}
