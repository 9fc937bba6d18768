package apitoken

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/cli/clitest"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/session"
	"github.com/dxauth/dxauth/pkg/secret"
)

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

func TestUsedText(t *testing.T) {
	for want, token := range map[string]platform.Token{
		"never used":                           {},
		"last use unknown":                     {UseUnknown: true},
		"last used 2 hours ago from 192.0.2.1": {LastUsed: clitest.Noon().Add(-2 * time.Hour), Address: "192.0.2.1"},
	} {
		if got := UsedText(token, clitest.Noon()); got != want {
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
