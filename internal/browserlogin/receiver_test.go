package browserlogin

import (
	"net/url"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/testfuzz"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Where the first address can't be listened on, the next one is.
func TestFirstListener(t *testing.T) {
	first, err := firstListener(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	inUse := first.Addr().String()
	second, err := firstListener(t.Context(), inUse, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer second.Close()
	if address := second.Addr().String(); address == inUse || !strings.HasPrefix(address, "127.0.0.1:") {
		t.Errorf("listens on %s", address)
	}
	if _, err := firstListener(t.Context(), inUse, second.Addr().String()); err == nil || !strings.Contains(err.Error(), inUse) {
		t.Errorf("got %v", err)
	}
}

// A response ends the wait only with the state of the sign-in, and gives a code only from
// its server, whatever else is in the query.
func FuzzResponse(f *testing.F) {
	const state, issuer = "the-state", "https://lab.example.org"
	for _, seed := range []string{
		"state=the-state&code=c&iss=https://lab.example.org", "state=the-state&code=c", "code=c", "state=the-state&error=access_denied",
		"state=the-state&state=x&code=c", "state=the-state&code=c&iss=https://lab.example.org&iss=https://evil.example", "%zz", "state=the-state;code=c",
	} {
		testfuzz.Add(f, seed, true)
		testfuzz.Add(f, seed, false)
	}
	f.Fuzz(func(t *testing.T, query string, namesIssuer bool) {
		r := receiver{state: secret.New(state), issuer: issuer, namesIssuer: namesIssuer}
		got, ok := r.read(query)
		values, err := url.ParseQuery(query)
		if ok && (err != nil || len(values["state"]) != 1 || values.Get("state") != state) {
			t.Fatalf("%q was taken for a response", query)
		}
		if ok && got.err == nil && got.code.IsZero() {
			t.Fatalf("%q is a response with neither a code nor an error", query)
		}
		isNamed := len(values["iss"]) == 1 && values.Get("iss") == issuer
		if !got.code.IsZero() && !isNamed && (namesIssuer || values.Has("iss")) {
			t.Fatalf("%q gives a code of another server", query)
		}
	})
}
