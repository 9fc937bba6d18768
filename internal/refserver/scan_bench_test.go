package refserver

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/pkg/secret"
)

// A scan is a request that searches or lists, as expensive as a user can make it.
type scan struct {
	name, method, path, body string
	mayBeRefused             bool // as too much, if there are very many rows
}

// The tokens of the users of openCrowded besides alice. Mallory is a user without rights
// who has very much, root an administrator of the platform.
const (
	malloryToken = "1123456789abcdefghijABCDEFGHIJ01"
	rootToken    = "2123456789abcdefghijABCDEFGHIJ01"
)

// scans returns the worst requests to each route that searches or lists.
func scans() []scan {
	const project = "/project-000000000000000000000000"
	hundred := strings.Repeat("description=q=y,", 99) + "description=q=y"
	return []scan{
		{"find orgs", "POST", "/system/findOrgs", `{"level": "ADMIN"}`, false},
		{"find orgs described", "POST", "/system/findOrgs", `{"describe": true}`, false},
		{"own orgs", "POST", "/account/findOrgs", `{}`, false},
		{"members", "POST", "/org-full/findMembers", `{"describe": true}`, false},
		{"members' tokens", "POST", "/org-full/findMemberTokens", `{}`, false},
		{"tokens", "POST", "/account/findAccessTokens", `{"label": true}`, false},
		{"tokens by prefix", "POST", "/account/findAccessTokens", `{"signature": "0000"}`, false},
		{"all own tokens", "POST", "/account/listAuthTokens", `{"label": true}`, false},
		{"sessions", "POST", "/account/listSessions", `{}`, false},
		{"projects by pattern", "POST", "/system/findProjects", `{"level": "VIEW", "name": {"regexp": "(a|b|ab)*c$"}, "describe": true}`, false},
		{"projects of the org", "POST", "/org-full/findProjects", `{"name": {"glob": "*x*y"}}`, false},
		{"trust rules", "POST", "/org-full/listTrustRules", `{}`, false},
		{"folders", "POST", project + "/listFolder", `{}`, false},
		{"all users", "POST", "/admin/findUsers", `{}`, false},
		{"identities", "POST", "/admin/findIdentities", `{"user": "u000000"}`, false},
		{"own identities", "POST", "/account/findIdentities", `{}`, false},
		{"MOLGENIS tokens of v1", "GET", "/api/v1/sys_sec_Token?num=10000", "", false},
		{"MOLGENIS tokens", "GET", "/api/v2/sys_sec_Token?num=10000", "", false},
		{"MOLGENIS tokens at the end", "GET", "/api/v2/sys_sec_Token?num=10000&start=99000", "", false},
		{"MOLGENIS tokens, sorted", "GET", "/api/v2/sys_sec_Token?sort=description", "", true},
		{"MOLGENIS tokens, searched", "GET", "/api/v2/sys_sec_Token?q=" + hundred, "", true},
		{"MOLGENIS tokens as CSV", "GET", "/api/v1/csv/sys_sec_Token?num=1000", "", false},
		{"MOLGENIS users", "GET", "/api/v2/sys_sec_User?num=10000", "", false},
		{"MOLGENIS users, searched", "GET", "/api/v2/sys_sec_User?q=" + strings.ReplaceAll(hundred, "description", "Email"), "", true},
		{"EMX2 names", "POST", "/api/graphql", `{"query": "{_session{settings{value}}}"}`, true},
	}
}

func (s scan) request(ctx context.Context, url, token string) *http.Request {
	request, err := http.NewRequestWithContext(ctx, s.method, url+s.path, strings.NewReader(s.body))
	if err != nil {
		panic(err)
	}
	if s.body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("X-Molgenis-Token", token)
	return request
}

// openCrowded returns a server with a number of users, who are admins of org-full and have
// a token each. Mallory has as many tokens and orgs, and a tenth as many projects.
func openCrowded(tb testing.TB, count int, c Config) *Server {
	tb.Helper()
	file, err := fixture.Parse([]byte(`
users: [{username: alice, password: wonderland-2026}, {username: mallory, password: wonderland-2026}, {username: root, password: wonderland-2026, superuser: true}]
tokens:
  - {user: alice, value: ` + benchToken + `, label: ci, expires: 1d}
  - {user: mallory, value: ` + malloryToken + `, label: ci, expires: 1d}
  - {user: root, value: ` + rootToken + `, label: ci, expires: 1d}
`))
	if err != nil {
		tb.Fatal(err)
	}
	c.Fixture, c.StoreFile = &file, filepath.Join(tb.TempDir(), "platform.db")
	c.HashParams = passwordhash.Cheapest()
	server, err := Open(tb.Context(), c)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := server.Close(); err != nil {
			tb.Error(err)
		}
	})
	crowd(tb, server, count)
	return server
}

// crowd adds the rows of openCrowded.
func crowd(tb testing.TB, server *Server, count int) {
	tb.Helper()
	now := time.Now()
	scope := access.Scope{Projects: map[string]directory.Level{}}
	for i := range 20 {
		scope.Projects[fmt.Sprintf("project-%024d", i)] = directory.View
	}
	full := directory.NewOrg("full", "Full", now)
	add := func(f func(tx transaction.Tx, i int) error, from, to int) {
		err := server.store.Write(tb.Context(), func(tx transaction.Tx) error {
			for i := from; i < to; i++ {
				if err := f(tx, i); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			tb.Fatal(err)
		}
	}
	add(func(tx transaction.Tx, _ int) error {
		if err := tx.InsertOrg(tb.Context(), full); err != nil {
			return err
		}
		return tx.SetMember(tb.Context(), full.ID, directory.NewMembership(full.ID, "user-mallory", directory.Admin))
	}, 0, 1)
	each := func(tx transaction.Tx, i int) error {
		ctx := tb.Context()
		user := identity.User{ID: fmt.Sprintf("user-u%06d", i), Handle: fmt.Sprintf("u%06d", i), Created: now, First: "First", Last: "Last"}
		org := directory.NewOrg(fmt.Sprintf("o%06d", i), "Org", now)
		project := directory.Project{
			ID: fmt.Sprintf("project-%024d", i), Name: strings.Repeat("ab", 40), BillTo: full.ID, Created: now, Modified: now,
		}
		token := access.Token{
			Kind: access.APIToken, Label: fmt.Sprintf("token %d", i), Scope: scope,
			Created: now.Add(-time.Minute), Expires: now.AddDate(0, 1, 0),
		}
		if err := tx.InsertUser(ctx, user); err != nil {
			return err
		}
		if err := tx.InsertOrg(ctx, org); err != nil {
			return err
		}
		own := directory.NewMembership(full.ID, user.ID, directory.Admin)
		if err := tx.SetMember(ctx, full.ID, own); err != nil {
			return err
		}
		if err := tx.AcceptOrg(ctx, full.ID, user.ID); err != nil {
			return err
		}
		if err := tx.SetMember(ctx, org.ID, directory.NewMembership(org.ID, "user-mallory", directory.Member)); err != nil {
			return err
		}
		if i < count/10 {
			if err := tx.InsertProject(ctx, project); err != nil {
				return err
			}
			if err := tx.InsertRoot(ctx, project.ID); err != nil {
				return err
			}
			if err := tx.SetPermission(ctx, project.ID, "user-mallory", directory.View); err != nil {
				return err
			}
		}
		for _, owner := range []string{"user-mallory", user.ID} {
			token.UserID, token.Signature = owner, access.Signature(secret.New(owner+token.Label))
			if err := tx.InsertToken(ctx, token); err != nil {
				return err
			}
		}
		return nil
	}
	for from := 0; from < count; from += 1000 {
		add(each, from, min(count, from+1000))
	}
}

// BenchmarkWhoamiDuringScans measures how much a user with many rows delays whoami by
// sending one expensive request after the other, on two connections: the 99th percentile
// of its times, compared with that of an idle server before. It also reports how long
// such a request takes.
func BenchmarkWhoamiDuringScans(b *testing.B) {
	server := openCrowded(b, 100_000, Config{})
	b.Cleanup(TuneProcess()) // as the command serve does
	url, client := serveForBenchmark(b, server), &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}
	whoami := askedServer{client, url}
	for _, who := range []struct{ name, token string }{{"mallory", malloryToken}, {"root", rootToken}} {
		for _, attack := range scans() {
			b.Run(who.name+"/"+strings.ReplaceAll(attack.name, " ", "-"), func(b *testing.B) {
				whoamiDuring(b, whoami, "request", func(ctx context.Context, _ int) int { return sendUntil(b, ctx, client, attack, url, who.token) })
			})
		}
	}
}

// sendUntil sends a request again and again until ctx is done, and returns how often.
func sendUntil(b *testing.B, ctx context.Context, client *http.Client, attack scan, url, token string) (sent int) {
	for ctx.Err() == nil {
		response, err := client.Do(attack.request(b.Context(), url, token))
		if err != nil {
			b.Error(err)
			return sent
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			b.Error(err)
		}
		response.Body.Close()
		sent++
	}
	return sent
}
