package refserver

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/internal/refserver/teststore"
	"github.com/dxauth/dxauth/pkg/secret"
)

// BenchmarkRoutes compares requests with those to a handler of net/http that reads the body
// and looks nothing up, in turns, from 1, 16 and 256 connections. The page of the console is
// compared with whoami, too. If tests have a store in PostgreSQL it measures that one, else
// one in memory and one in a file.
func BenchmarkRoutes(b *testing.B) {
	stores := map[string]func() Config{
		"memory": func() Config { return Config{} },
		"sqlite": func() Config { return Config{StoreFile: filepath.Join(b.TempDir(), "platform.db")} },
	}
	if os.Getenv(teststore.Variable) == "postgres" {
		db, err := teststore.OpenAddress(b.Context(), teststore.NewDatabase(b))
		if err != nil {
			b.Fatal(err)
		}
		stores = map[string]func() Config{"postgres": func() Config { return Config{Database: db} }}
	}
	bare := serveForBench(b, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			b.Error(err)
		}
		_, _ = io.WriteString(w, `{"id": "user-alice"}`)
	}))
	for store, config := range stores {
		server := serveForBench(b, openWithLists(b, config()).Handler())
		whoami := postTo("/system/whoami", "{}")
		for _, route := range []struct {
			name    string
			request requester
		}{
			{"whoami", whoami}, {"findProjects", postTo("/system/findProjects", "{}")},
			{"listAuthTokens", postTo("/account/listAuthTokens", "{}")}, {"page", signInToConsole(b, server)},
			{"newAuthToken", postTo("/system/newAuthToken", `{"label": "bench"}`)}, // last: it makes the lists longer
		} {
			for _, clients := range []int{1, 16, manyConnections} {
				b.Run(fmt.Sprintf("%s/%s/%d", store, route.name, clients), func(b *testing.B) {
					var shares, times, ofWhoami []float64
					requests := max(manyConnections, 2*clients)
					for b.Loop() {
						least := sendMany(b, bare, whoami, clients, requests)
						asked := sendMany(b, server, whoami, clients, requests)
						took := sendMany(b, server, route.request, clients, requests)
						shares = append(shares, took.Seconds()/least.Seconds())
						ofWhoami = append(ofWhoami, took.Seconds()/asked.Seconds())
						times = append(times, took.Seconds()*1000*float64(clients)/float64(requests))
					}
					b.ReportMetric(median(shares), "times-bare")
					b.ReportMetric(median(ofWhoami), "times-whoami")
					b.ReportMetric(median(times), "ms/request")
				})
			}
		}
	}
}

// manyConnections is how many users openWithLists makes: an account has few requests in
// progress at the same time, so each connection is of another one.
const manyConnections = 256

func tokenOf(user int) string { return fmt.Sprintf("%032d", user) }

// openWithLists opens a server with users who have a token each, and reach a hundred
// projects through their org.
func openWithLists(b *testing.B, c Config) *Server {
	b.Helper()
	var users, members, tokens, projects strings.Builder
	for i := range manyConnections {
		fmt.Fprintf(&users, "  - {username: user%d, password: wonderland-2026}\n", i)
		fmt.Fprintf(&members, "user%d, ", i)
		fmt.Fprintf(&tokens, "  - {user: user%d, value: %q, label: ci, expires: 1d}\n", i, tokenOf(i))
	}
	for i := range 100 {
		fmt.Fprintf(&projects, "  - {name: Project %d, createdBy: user0, permissions: {org-lab: VIEW}}\n", i)
	}
	text := fmt.Sprintf("users:\n%sorgs: [{handle: lab, name: Lab, admins: [user0], members: [%s]}]\ntokens:\n%sprojects:\n%s",
		&users, strings.TrimPrefix(strings.TrimSuffix(members.String(), ", "), "user0, "), &tokens, &projects)
	file, err := fixture.Parse([]byte(text))
	if err != nil {
		b.Fatal(err)
	}
	c.Fixture, c.HashParams = &file, passwordhash.Cheapest()
	server, err := Open(b.Context(), c)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := server.Close(); err != nil {
			b.Error(err)
		}
	})
	return server
}

// A requester makes a request of a user to a server.
type requester func(server askedServer, user int) (*http.Request, error)

// noUser sends a request without a token.
const noUser = -1

// postTo returns requests with the user's token.
func postTo(path, body string) requester {
	return func(server askedServer, user int) (*http.Request, error) {
		request, err := http.NewRequestWithContext(context.Background(), http.MethodPost, server.url+path, strings.NewReader(body))
		if err != nil {
			return nil, err
		}
		request.Header.Set("Content-Type", "application/json")
		if user != noUser {
			request.Header.Set("Authorization", "Bearer "+tokenOf(user))
		}
		return request, nil
	}
}

// signInToConsole signs all users in to the console, and returns requests for the page
// with their tokens.
func signInToConsole(b *testing.B, server askedServer) requester {
	b.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	cookies := make([][]*http.Cookie, manyConnections)
	for user := range cookies {
		form := url.Values{"username": {fmt.Sprintf("user%d", user)}, "password": {"wonderland-2026"}}
		request, err := http.NewRequestWithContext(b.Context(), http.MethodPost, server.url+"/console/sign-in", strings.NewReader(form.Encode()))
		if err != nil {
			b.Fatal(err)
		}
		request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		request.Header.Set("Sec-Fetch-Site", "same-origin")
		response, err := client.Do(request)
		if err != nil {
			b.Fatal(err)
		}
		response.Body.Close()
		if cookies[user] = response.Cookies(); response.StatusCode != http.StatusSeeOther || len(cookies[user]) == 0 {
			b.Fatalf("user%d cannot sign in to the console: %s", user, response.Status)
		}
	}
	return func(server askedServer, user int) (*http.Request, error) {
		request, err := http.NewRequestWithContext(context.Background(), http.MethodGet, server.url+"/console/tokens", nil)
		if err != nil {
			return nil, err
		}
		for _, cookie := range cookies[user] {
			request.AddCookie(cookie)
		}
		return request, nil
	}
}

// sendMany sends requests from a number of connections, and returns how long all took. The
// requests of a connection come from users of its own in turns.
func sendMany(b *testing.B, server askedServer, of requester, clients, requests int) time.Duration {
	begin := time.Now()
	var done sync.WaitGroup
	for client := range clients {
		done.Go(func() {
			for i := range requests / clients {
				send(b, server, of, (client+i*clients)%manyConnections)
			}
		})
	}
	done.Wait()
	return time.Since(begin)
}

// send sends a request of a user, which must succeed, again and again while the server says
// that it is busy.
func send(b *testing.B, server askedServer, of requester, user int) {
	for isBusy := true; isBusy && !b.Failed(); {
		request, err := of(server, user)
		if err != nil {
			b.Error(err)
			return
		}
		response, err := server.client.Do(request)
		if err != nil {
			b.Error(err)
			return
		}
		answer, err := io.ReadAll(response.Body)
		response.Body.Close()
		if isBusy = response.StatusCode == http.StatusServiceUnavailable; !isBusy && (err != nil || response.StatusCode != http.StatusOK) {
			b.Errorf("%s: %s %.200s, %v", request.URL.Path, response.Status, answer, err)
		}
	}
}

// BenchmarkSignIn reports what a sign-in with a password costs beside the password hash, as
// a share of the hash: the server under test uses one that costs nearly nothing.
func BenchmarkSignIn(b *testing.B) {
	hasher, err := passwordhash.NewHasher(passwordhash.DefaultParams(), rand.Reader, 1, 1)
	if err != nil {
		b.Fatal(err)
	}
	for name, config := range map[string]Config{"memory": {}, "sqlite": {StoreFile: filepath.Join(b.TempDir(), "platform.db")}} {
		server := serveForBench(b, openWithLists(b, config).Handler())
		b.Run(name, func(b *testing.B) {
			var own, hashes []time.Duration
			for b.Loop() {
				begin := time.Now()
				send(b, server, postTo("/system/newAuthToken", `{"username": "user0", "password": "wonderland-2026"}`), noUser)
				own = append(own, time.Since(begin))
				begin = time.Now()
				if _, err := hasher.Hash(b.Context(), secret.New("wonderland-2026")); err != nil {
					b.Fatal(err)
				}
				hashes = append(hashes, time.Since(begin))
			}
			slices.Sort(own)
			slices.Sort(hashes)
			b.ReportMetric(own[len(own)/2].Seconds()/hashes[len(hashes)/2].Seconds(), "of-argon2id")
		})
	}
}
