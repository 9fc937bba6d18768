package kit_test

import (
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/cli/clitest"
	"github.com/dxauth/dxauth/internal/session"
)

func TestDeadline(t *testing.T) {
	hour, later := clitest.Noon().Add(time.Hour), clitest.Noon().Add(15*time.Minute)
	tests := map[string]struct {
		account session.Account
		want    time.Time
	}{
		"nothing is known":      {session.Account{LastUsed: clitest.Noon()}, time.Time{}},
		"the absolute end":      {session.Account{Expires: hour}, hour},
		"the idle end":          {session.Account{LastUsed: clitest.Noon(), IdleSeconds: 900}, later},
		"the idle end is first": {session.Account{Expires: hour, LastUsed: clitest.Noon(), IdleSeconds: 900}, later},
		"the idle end is last":  {session.Account{Expires: hour, LastUsed: clitest.Noon(), IdleSeconds: 7200}, hour},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			inv := clitest.Setup{}.Invocation(t)
			if got := inv.Accounts(inv.Console()).Deadline(test.account); !got.Equal(test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
