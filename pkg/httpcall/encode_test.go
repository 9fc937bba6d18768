package httpcall_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Text that is not UTF-8 is never sent as another text.
func TestEncodeRefusesWhatIsNotUTF8(t *testing.T) {
	const latin1 = "p\xe4sswort"
	for name, value := range map[string]any{
		"a string":        latin1,
		"a key":           map[string]any{latin1: 1},
		"deep inside":     []any{map[string]any{"a": []string{latin1}}},
		"a secret":        struct{ Password secret.Wire }{secret.New(latin1).OnWire()},
		"a list or one":   dnanexus.StringList{latin1},
		"a list of names": dnanexus.StringList{"ci", latin1},
	} {
		body, err := httpcall.Encode(value)
		if !errors.Is(err, httpcall.ErrNotUTF8) || body != nil {
			t.Errorf("%s: got %q, %v", name, body, err)
		}
		if err != nil && strings.Contains(err.Error(), latin1) {
			t.Errorf("%s: the error quotes the text", name)
		}
	}
	body, err := httpcall.Encode(map[string]any{"password": secret.New("pässwort <&> \u2028").OnWire()})
	if err != nil || string(body) != `{"password":"pässwort \u003c\u0026\u003e \u2028"}` {
		t.Errorf("got %s, %v", body, err)
	}
}
