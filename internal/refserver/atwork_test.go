package refserver

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/inprogress"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/internal/refserver/service"
)

// TestTooManyRequestsOfAnAccount lets requests of alice hold and wait for all turns
// that an account has. By every protocol further ones of hers are refused at once, unparsed,
// while others are served; when hers end, she is served again.
func TestTooManyRequestsOfAnAccount(t *testing.T) {
	const bobToken = "1123456789abcdefghijABCDEFGHIJ01"
	file, err := fixture.Parse([]byte(`
users: [{username: alice, password: wonderland-2026}, {username: bob, password: builder-2026}]
tokens:
  - {user: alice, value: ` + benchToken + `, label: ci, expires: 1d}
  - {user: bob, value: ` + bobToken + `, label: ci, expires: 1d}
`))
	if err != nil {
		t.Fatal(err)
	}
	server, err := Open(t.Context(), Config{Fixture: &file, HashParams: passwordhash.Cheapest()})
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	whole := map[string]string{
		"/system/whoami": "{}", "/system/findProjects": "{}", "/api/v2/sys_sec_Token": "", "/api/graphql": `{"query": "{_session{email}}"}`,
	}
	malformed := map[string]string{"/system/whoami": "{", "/api/v2/sys_sec_Token": "{", "/api/graphql": "{"}
	served := func(token string, bodies map[string]string, want int) {
		t.Helper()
		for path, body := range bodies {
			method := http.MethodPost
			if body == "" {
				method = http.MethodGet
			}
			request := httptest.NewRequestWithContext(t.Context(), method, "http://localhost"+path, strings.NewReader(body))
			request.Header.Set("Content-Type", "application/json")
			request.Header.Set("Authorization", "Bearer "+token)
			request.Header.Set("X-Molgenis-Token", token)
			recorder := httptest.NewRecorder()
			server.Handler().ServeHTTP(recorder, request)
			if recorder.Code != want || want == http.StatusServiceUnavailable && recorder.Header().Get("Retry-After") == "" {
				t.Errorf("%s: got %d, want %d: %s", path, recorder.Code, want, recorder.Body)
			}
		}
	}
	served(benchToken, whole, http.StatusOK)

	ctx, endAll := context.WithCancel(t.Context())
	full := make(chan struct{})
	var all sync.WaitGroup
	t.Cleanup(all.Wait)
	var once sync.Once
	for range 1000 {
		all.Go(func() {
			_, end, err := server.service.Begin(ctx, service.Caller{User: identity.Principal{ID: "user-alice"}})
			switch {
			case err == nil:
				<-ctx.Done()
				end()
			case errors.Is(err, inprogress.ErrTooMany):
				once.Do(func() { close(full) })
			}
		})
	}
	<-full
	served(benchToken, whole, http.StatusServiceUnavailable)
	served(benchToken, malformed, http.StatusServiceUnavailable) // nobody parses them
	served(bobToken, whole, http.StatusOK)
	served(bobToken, malformed, http.StatusBadRequest)
	endAll()
	all.Wait()
	served(benchToken, whole, http.StatusOK)
}
