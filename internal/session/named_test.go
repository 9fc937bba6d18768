package session_test

import (
	"testing"

	"github.com/dxauth/dxauth/internal/session"
)

func TestIsNamed(t *testing.T) {
	account := session.Account{User: "alice", Host: "api.example:8443"}
	mail := session.Account{User: "Alice@lab.example", Host: "api.example"}
	tests := map[string]struct {
		account session.Account
		name    string
		want    bool
	}{
		"its name":                    {account, "alice@api.example:8443", true},
		"the user":                    {account, "alice", true},
		"the user in capitals":        {account, "ALICE", true},
		"any case":                    {account, "Alice@API.Example:8443", true},
		"a slash":                     {account, "alice@api.example:8443/", true},
		"an address":                  {account, "alice@https://API.example:8443/", true},
		"blanks around it":            {account, " alice@api.example:8443\n", true},
		"without the port":            {account, "alice@api.example", false},
		"another user":                {account, "alic@api.example:8443", false},
		"another host":                {account, "alice@api.example.org:8443", false},
		"nothing":                     {account, "", false},
		"an e-mail address":           {mail, "alice@LAB.example", true},
		"an e-mail address at a host": {mail, "alice@lab.example@api.example:443/", true},
		"its host alone":              {mail, "Alice@api.example", false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if got := tt.account.IsNamed(tt.name); got != tt.want {
				t.Errorf("%q names %s: %t, want %t", tt.name, tt.account.Name(), got, tt.want)
			}
		})
	}
}
