package platform

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

// said is one answer of a fake MOLGENIS: a status, and what goes with it.
type said struct {
	status int
	body   string
	to     string // Location
	cookie string
}

// fakeMOLGENIS serves each "METHOD PATH" of its table and notes what it was
// asked.
type fakeMOLGENIS struct {
	answers map[string]said
	asked   []string // "METHOD PATH BODY"
	server  *httptest.Server
}

func newFakeMOLGENIS(t *testing.T, answers map[string]said) *fakeMOLGENIS {
	t.Helper()
	f := &fakeMOLGENIS{answers: answers}
	f.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		f.asked = append(f.asked, strings.TrimSpace(r.Method+" "+r.URL.Path+" "+string(body)))
		f.write(w, r.Method+" "+r.URL.Path, string(body))
	}))
	t.Cleanup(f.server.Close)
	return f
}

// write chooses the response to GraphQL by the first field of the query, the rest by the path.
func (f *fakeMOLGENIS) write(w http.ResponseWriter, key, body string) {
	for field := range f.answers {
		if strings.HasSuffix(key, "/api/graphql") && strings.Contains(body, "{"+field) {
			key = field
		}
	}
	answer, known := f.answers[key]
	if !known {
		answer = said{status: 404, body: `{"errors":[{"message":"unknown"}]}`}
	}
	w.Header().Set("Content-Type", "application/json")
	if strings.HasPrefix(answer.body, "<") {
		w.Header().Set("Content-Type", "text/html")
	}
	if answer.to != "" {
		w.Header().Set("Location", answer.to)
	}
	if answer.cookie != "" {
		w.Header().Set("Set-Cookie", answer.cookie)
	}
	w.WriteHeader(max(answer.status, 200))
	_, _ = io.WriteString(w, answer.body)
}

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func (f *fakeMOLGENIS) access(credential, credentialType string) Access {
	return Access{
		APIServer: f.server.URL, AuthServer: f.server.URL, HTTP: f.server.Client(),
		Token: secret.New(credential), TokenType: credentialType,
		Now: func() time.Time { return noon }, Random: bytes.NewReader(bytes.Repeat([]byte{0xab}, 64)),
	}
}

func (f *fakeMOLGENIS) classic() *classicServer {
	return newClassic(f.access("tok", molgenis.CredentialToken))
}
func (f *fakeMOLGENIS) emx2() emx2Server { return newEMX2(f.access("tok", molgenis.CredentialToken)) }

func (f *fakeMOLGENIS) wantAsked(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, f.asked); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

const (
	isAlice    = `{"authenticated":true,"username":"alice","roles":["USER"]}`
	isNobody   = `{"authenticated":false,"username":"anonymous"}`
	refused2FA = `{"errors":[{"message":"Two factor authentication is enabled"}]}`
	noRight    = `{"errors":[{"message":"No permission","code":"DS04"}]}`
)

func alice(code string) Credentials {
	return Credentials{Username: "alice", Password: secret.New("pw"), Code: secret.New(code)}
}
