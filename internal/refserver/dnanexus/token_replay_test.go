package dnanexus_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	wire "github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// fork calls the server like the public fork of the Python client that supports API
// tokens, with a token of login --token.
type fork struct {
	*platform
	token string
}

func (f fork) post(path, body string) answer {
	f.t.Helper()
	python := client{
		userAgent:      "dxpy/0.290.1 (Linux-4.15.0-x86_64-with-debian-10) Python/3.7.3",
		acceptEncoding: "identity", contentType: "application/json",
	}
	return f.raw(python.request(f.platform, path, "Bearer "+f.token, body))
}

// newAuthToken does what the function of that name does; the scope always has both
// keys. It returns the token and its signature.
func (f fork) newAuthToken(scope, label string, expires time.Duration) (token, signature string) {
	f.t.Helper()
	body := fmt.Sprintf(`{"scope": %s, "label": %q, "expires": %d}`, scope, label, start().Add(expires).UnixMilli())
	a := f.post("/system/newAuthToken", body)
	a.expect(f.t, 200, `{"access_token": "<token>", "token_type": "bearer", "token_signature": "<signature>", "user_id": "user-alice"}`)
	return a.text(f.t, "access_token"), a.text(f.t, "token_signature")
}

// listAuthTokens reads the three fields that the fork reads.
func (f fork) listAuthTokens() (tokens []wire.AuthToken) {
	f.t.Helper()
	var answer struct {
		Tokens []struct{ Signature, Label, ParentSignature string }
	}
	if err := json.Unmarshal(f.post("/account/listAuthTokens", `{"label": true}`).body, &answer); err != nil {
		f.t.Fatal(err)
	}
	for _, token := range answer.Tokens {
		tokens = append(tokens, wire.AuthToken{Signature: token.Signature, Label: token.Label, ParentSignature: token.ParentSignature})
	}
	return tokens
}

// destroyTokenAndDescendants lists the tokens once and destroys the deepest first. It
// returns the labels in that order.
func (f fork) destroyTokenAndDescendants(signature string) (labels []string) {
	f.t.Helper()
	children, label := map[string][]string{}, map[string]string{}
	for _, token := range f.listAuthTokens() {
		label[token.Signature] = token.Label
		if token.ParentSignature != "" {
			children[token.ParentSignature] = append(children[token.ParentSignature], token.Signature)
		}
	}
	doomed := []string{signature}
	for i := 0; i < len(doomed); i++ {
		doomed = append(doomed, children[doomed[i]]...)
	}
	slices.Reverse(doomed)
	for _, signature := range doomed {
		f.post("/system/destroyAuthToken", fmt.Sprintf(`{"tokenSignature": %q}`, signature)).expect(f.t, 200, `{}`)
		labels = append(labels, label[signature])
	}
	return labels
}

func TestTheForkDestroysDescendants(t *testing.T) {
	p := newPlatform(t)
	alice := fork{p, aliceFull}
	root, rootSignature := alice.newAuthToken(`{"full": true}`, "root", 48*time.Hour)
	child, _ := fork{p, root}.newAuthToken(`{"full": true}`, "child", 36*time.Hour)
	grandchild, _ := fork{p, child}.newAuthToken(`{"projects": {"*": "CONTRIBUTE"}, "phiAccess": false}`, "grandchild", 24*time.Hour)
	other, _ := alice.newAuthToken(`{"projects": {"`+exome+`": "VIEW"}, "phiAccess": true}`, "other", 24*time.Hour)

	if diff := cmp.Diff([]string{"grandchild", "child", "root"}, alice.destroyTokenAndDescendants(rootSignature)); diff != "" {
		t.Errorf("destroyed (-want +got):\n%s", diff)
	}
	for _, token := range []string{root, child, grandchild} {
		p.post("/system/whoami", token, `{}`).expect(t, 401, `{"error": {"details": {"reason": "revoked"}}}`)
	}
	for _, token := range []string{other, aliceFull, aliceRead} {
		p.post("/system/whoami", token, `{}`).expect(t, 200, `{"id": "user-alice"}`)
	}
	var left []string
	for _, token := range alice.listAuthTokens() {
		left = append(left, token.Label)
	}
	if diff := cmp.Diff([]string{"other", "full", "read"}, left); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
}

// The fork's find_access_tokens asks for 100, and for the rest with "starting".
func TestTheForkFindsAllOfMany(t *testing.T) {
	p := newPlatform(t)
	alice := fork{p, aliceFull}
	for i := range 105 {
		alice.newAuthToken(`{"projects": {"*": "VIEW"}, "phiAccess": false}`, fmt.Sprint("job ", i), time.Hour)
	}
	found, pages, starting := map[string]bool{}, 0, ""
	for starting != `, "starting": null` {
		var page wire.FindAccessTokensResponse
		a := alice.post("/account/findAccessTokens", `{"label": true, "types": ["token"], "limit": 100`+starting+`}`)
		if err := json.Unmarshal(a.body, &page); err != nil {
			t.Fatal(err)
		}
		for _, token := range page.Tokens {
			found[token.Signature] = true
		}
		pages, starting = pages+1, `, "starting": `+string(page.Next)
	}
	if len(found) != 107 || pages != 2 {
		t.Errorf("found %d tokens on %d pages", len(found), pages)
	}
}

// The test suite of dx makes a token with a request that has only a scope.
func TestDXMakesATokenWithOnlyAScope(t *testing.T) {
	p := newPlatform(t)
	a := p.raw(dx("test").request(p, "/system/newAuthToken", bearerFull, `{"scope": {"projects": {"*": "UPLOAD"}}}`))
	a.expect(t, 200, `{"access_token": "<token>", "token_signature": "<signature>", "expires": 1774958400000}`)
	p.post("/"+exome+"/newFolder", a.text(t, "access_token"), `{"folder": "/up"}`).expect(t, 200, `{}`)
	p.post("/"+exome+"/removeFolder", a.text(t, "access_token"), `{"folder": "/up"}`).
		refuses(t, 401, "PermissionDenied", "Requires CONTRIBUTE access to the project")
}

// S-36: no request sent after the response to a revocation succeeds, with the token or
// one made with it, even if other requests run at the same time.
func TestNoRequestSucceedsAfterTheRevocation(t *testing.T) {
	p := newPlatform(t)
	alice := fork{p, aliceFull}
	for round := range 3 {
		root, rootSignature := alice.newAuthToken(`{"full": true}`, "root", 48*time.Hour)
		child, _ := fork{p, root}.newAuthToken(`{"projects": {"*": "VIEW"}, "phiAccess": true}`, "child", time.Hour)
		requesters := &requesters{address: p.address}
		for range 3 {
			requesters.send(root, "/system/whoami")
			requesters.send(child, "/"+exome+"/describe")
		}
		requesters.ready.Wait()
		alice.post("/system/destroyAuthToken", fmt.Sprintf(`{"tokenSignature": %q}`, rootSignature)).expect(t, 200, `{}`)
		requesters.revoked.Store(true)
		requesters.done.Wait()
		if late, wrong := requesters.late.Load(), requesters.wrong.Load(); late > 0 || wrong > 0 {
			t.Errorf("round %d: %d requests succeeded after the revocation, %d failed for another reason", round, late, wrong)
		}
	}
}

// requesters send requests until one is refused.
type requesters struct {
	address     string
	ready, done sync.WaitGroup
	revoked     atomic.Bool
	late, wrong atomic.Int64
}

// send starts one requester and returns when its first request has succeeded.
func (v *requesters) send(token, path string) {
	v.ready.Add(1)
	v.done.Go(func() {
		isFirst := true
		for {
			isAfter := v.revoked.Load()
			status := v.ask(token, path)
			if isFirst {
				v.ready.Done()
				isFirst = false
			}
			if status != http.StatusOK {
				if status != http.StatusUnauthorized {
					v.wrong.Add(1)
				}
				return
			}
			if isAfter {
				v.late.Add(1)
				return
			}
		}
	})
}

func (v *requesters) ask(token, path string) int {
	request, err := http.NewRequest(http.MethodPost, "http://"+v.address+path, strings.NewReader(`{}`))
	if err != nil {
		return 0
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	return response.StatusCode
}

// Ending a session also ends the tokens made with it.
func TestTheForkLogsOut(t *testing.T) {
	p := newPlatform(t)
	session := fork{p, p.login("alice", "wonderland-2026")}
	child, _ := session.newAuthToken(`{"projects": {"*": "VIEW"}, "phiAccess": false}`, "", time.Hour)
	lasting, _ := session.newAuthToken(`{"full": true}`, "lasting", 48*time.Hour)
	session.post("/system/destroyAuthToken", `{"tokenSignature": "`+wire.Signature(secret.New(session.token))+`"}`).expect(t, 200, `{}`)
	p.post("/system/whoami", child, `{}`).expect(t, 401, `{"error": {"details": {"reason": "revoked"}}}`)
	p.post("/system/whoami", lasting, `{}`).expect(t, 200, `{"id": "user-alice"}`)
}
