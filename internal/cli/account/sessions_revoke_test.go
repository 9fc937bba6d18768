package account

import (
	"slices"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/cli/clitest"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

func TestFindSessions(t *testing.T) {
	list := []dnanexus.Session{{ID: "aaaaaaaa0001"}, {ID: "aaaaaaaa0002"}, {ID: "bbbbbbbb0001"}, {ID: "cccccccc0001", Current: true}}
	tests := map[string]struct {
		ids  []string
		want []string
		code refusal.Code // of the failure; empty: none
	}{
		"whole IDs":       {[]string{"aaaaaaaa0001", "bbbbbbbb0001"}, []string{"aaaaaaaa0001", "bbbbbbbb0001"}, ""},
		"a beginning":     {[]string{"bbbbbbbb"}, []string{"bbbbbbbb0001"}, ""},
		"one twice":       {[]string{"bbbbbbbb", "bbbbbbbb0001"}, []string{"bbbbbbbb0001"}, ""},
		"several fit":     {[]string{"aaaaaaaa"}, nil, refusal.Usage},
		"none fits":       {[]string{"bbbbbbbb", "dddddddd"}, nil, refusal.NotFound},
		"the one in use":  {[]string{"cccccccc"}, nil, refusal.Usage},
		"too short an ID": {[]string{"bbbbbbb"}, nil, refusal.Usage},
		"no ID at all":    {[]string{"bbbbbbb!"}, nil, refusal.Usage},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			console, _ := clitest.Setup{}.Console(t, "")
			o := sessionsRevokeOptions{Console: console, ids: tt.ids}
			err := o.check()
			var got []string
			if err == nil {
				got, err = o.find(list)
			}
			if !slices.Equal(got, tt.want) || refusal.CodeOf(err) != tt.code {
				t.Errorf("found %v, %v; want %v and %q", got, err, tt.want, tt.code)
			}
			if err != nil && tt.code == refusal.NotFound && !strings.Contains(err.Error(), "nothing was revoked") {
				t.Errorf("the failure %q does not say that nothing was revoked", err)
			}
		})
	}
}
