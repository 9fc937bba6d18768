package signin

import (
	"context"
	"errors"
	"testing"

	"github.com/dxauth/dxauth/internal/cli/clitest"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/session"
)

// knownUser is a platform whose Whoami returns the given results.
type knownUser struct {
	platform.Authenticator
	user platform.User
	err  error
}

func (k knownUser) Whoami(context.Context) (platform.User, error) { return k.user, k.err }

func TestWhoami(t *testing.T) {
	unreachable := errors.New("unreachable")
	alice := platform.User{ID: "user-alice", Name: "alice"}
	tests := map[string]struct {
		args []string
		id   bool
		knownUser
		want string
	}{
		"the name":       {nil, false, knownUser{user: alice}, "alice\n"},
		"the ID":         {nil, true, knownUser{user: alice}, "user-alice\n"},
		"hostile text":   {nil, false, knownUser{user: platform.User{Name: "al\x1b[31mice"}}, "alice\n"},
		"as JSON":        {[]string{"--json"}, true, knownUser{user: alice}, "{\n  \"user\": \"alice\",\n  \"userId\": \"user-alice\",\n  \"server\": \"https://lab.org\"\n}\n"},
		"a server fails": {nil, false, knownUser{err: unreachable}, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			console, out := clitest.Setup{Args: tt.args}.Console(t, "")
			in := kit.SignedIn{
				Account:  session.Account{Server: "https://lab.org", User: "another name"},
				Platform: &platform.Platform{Authenticator: tt.knownUser},
			}
			err := whoamiOptions{Console: console, id: tt.id}.run(t.Context(), in)
			if !errors.Is(err, tt.err) || out.Stdout.String() != tt.want || out.Stderr.Len() > 0 {
				t.Errorf("%v, stdout %q, stderr %q; want %q", err, &out.Stdout, &out.Stderr, tt.want)
			}
		})
	}
}
