package molgenis_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/molgenis"
	"github.com/dxauth/dxauth/pkg/secret"
)

const (
	aliceToken    = "0123456789abcdef0123456789abcdef"
	alicePassword = "wonderland-2026"
)

// answer is what the fake platform says to one call.
type answer struct {
	status  int
	body    string
	page    bool   // HTML, not JSON
	to      string // Location
	cookies []string
	retry   string
}

// platform serves each "METHOD PATH" with what it was told, in turn; the last
// answer stays.
type platform struct {
	*httptest.Server
	answers map[string][]answer

	mu    sync.Mutex
	asked []asked
}

// asked is one call as the platform saw it.
type asked struct {
	call   string // METHOD PATH?QUERY
	body   string
	header http.Header
}

func newPlatform(t *testing.T, answers map[string][]answer) *platform {
	t.Helper()
	p := &platform{answers: answers}
	p.Server = httptest.NewServer(p)
	t.Cleanup(p.Close)
	return p
}

func (p *platform) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	body, _ := io.ReadAll(r.Body)
	p.asked = append(p.asked, asked{r.Method + " " + r.URL.RequestURI(), string(body), r.Header})
	key := r.Method + " " + r.URL.Path
	turns, known := p.answers[key]
	if !known {
		turns = []answer{{status: 404, body: `{"errors":[{"message":"no such route"}]}`}}
	}
	if len(turns) > 1 {
		p.answers[key] = turns[1:]
	}
	turns[0].write(w)
}

func (a answer) write(w http.ResponseWriter) {
	kind := "application/json"
	if a.page {
		kind = "text/html; charset=utf-8"
	}
	w.Header().Set("Content-Type", kind)
	for _, cookie := range a.cookies {
		w.Header().Add("Set-Cookie", cookie)
	}
	if a.to != "" {
		w.Header().Set("Location", a.to)
	}
	if a.retry != "" {
		w.Header().Set("Retry-After", a.retry)
	}
	w.WriteHeader(a.status)
	_, _ = io.WriteString(w, a.body)
}

func (p *platform) client() *molgenis.Client {
	return molgenis.New(molgenis.Config{Server: p.URL, UserAgent: "dxauth/test"})
}

func (p *platform) asAlice() *molgenis.Client {
	return p.client().WithCredential(secret.New(aliceToken), molgenis.CredentialToken)
}

// calls lists what was asked.
func (p *platform) calls() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var calls []string
	for _, a := range p.asked {
		calls = append(calls, a.call)
	}
	return calls
}

func (p *platform) last(t *testing.T) asked {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.asked) == 0 {
		t.Fatal("nothing was asked")
	}
	return p.asked[len(p.asked)-1]
}

// tracing is a client whose trace is kept as one text.
func (p *platform) tracing(credential secret.Text, kind string) (*molgenis.Client, *strings.Builder) {
	shown := &strings.Builder{}
	return molgenis.New(molgenis.Config{
		Server: p.URL, Credential: credential, CredentialType: kind,
		Trace: func(e httpcall.Exchange) { writeExchange(shown, e) },
	}), shown
}
