package access_test

import (
	"context"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
)

func (drawer) LiveTokens(context.Context, string, time.Time) ([]access.Token, error) {
	panic("a mint lists nothing")
}

func (drawer) EndSessions(context.Context, string, time.Time, access.Reason) error {
	panic("a mint ends nothing")
}

func TestTokensAreNamedByTheBeginningOfTheirSignature(t *testing.T) {
	tokens := []access.Token{{Signature: "aaaaaaaa11"}, {Signature: "aaaaaaaa22"}, {Signature: "bbbbbbbb33"}}
	tests := map[string]struct {
		ids  []string
		want []string
		err  error
	}{
		"whole":                {[]string{"aaaaaaaa11"}, []string{"aaaaaaaa11"}, nil},
		"clear beginning":      {[]string{"aaaaaaaa2"}, []string{"aaaaaaaa22"}, nil},
		"several":              {[]string{"bbbbbbbb", "aaaaaaaa1"}, []string{"bbbbbbbb33", "aaaaaaaa11"}, nil},
		"the same twice":       {[]string{"bbbbbbbb", "bbbbbbbb3"}, []string{"bbbbbbbb33"}, nil},
		"ambiguous":            {[]string{"aaaaaaaa"}, nil, access.ErrAmbiguousID},
		"none":                 {[]string{"cccccccc"}, nil, access.ErrNoSession},
		"longer than the name": {[]string{"bbbbbbbb333"}, nil, access.ErrNoSession},
		"one good, one not":    {[]string{"bbbbbbbb", "cccccccc"}, nil, access.ErrNoSession},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			named, err := access.Named(tokens, tt.ids)
			var got []string
			for _, token := range named {
				got = append(got, token.Signature)
			}
			if !errors.Is(err, tt.err) || !slices.Equal(got, tt.want) {
				t.Errorf("got %q, %v; want %q, %v", got, err, tt.want, tt.err)
			}
		})
	}
}
