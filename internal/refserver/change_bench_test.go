package refserver

import (
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/internal/refserver/quota"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// A change is what a user without rights can do again and again, as much of it as the limits
// allow: what it makes, it removes.
type change struct {
	name string
	make func(greedy) error
}

// greedy is mallory on one of several connections, each of which has a project of its own.
type greedy struct {
	context.Context
	*dnanexus.Client
	connection, turn int
}

func (g greedy) project() string { return fmt.Sprintf("project-%024d", g.connection) }

// numbered returns a number of names.
func numbered(prefix string, count int) []string {
	list := make([]string, count)
	for i := range list {
		list[i] = fmt.Sprintf("%s%d", prefix, i)
	}
	return list
}

// members are those of the org, as many as the body of a request has room for.
func members() []string { return numbered("user", 900) }

// changes returns the most expensive requests to the routes that change something.
func changes() []change {
	long := strings.Repeat("a", 60<<10)
	deep := strings.Repeat("/f", quota.FolderDepth.Max())
	scope := &dnanexus.Scope{Projects: map[string]dnanexus.Level{}}
	for i := range 500 {
		scope.Projects[fmt.Sprintf("project-%024d", i)] = dnanexus.LevelView
	}
	return []change{
		{"tokens", func(g greedy) error { return g.makeTokens(1, scope) }},
		{"tokens of a token", func(g greedy) error { return g.makeTokens(100, nil) }},
		{"sessions", func(g greedy) error {
			made, err := g.WithToken(secret.Text{}, "").NewAuthToken(g, dnanexus.NewAuthTokenRequest{Username: "mallory", Password: secret.New("wonderland-2026").OnWire()})
			if err != nil {
				return err
			}
			return g.DestroyAuthToken(g, made.TokenSignature)
		}},
		{"projects", func(g greedy) error {
			made, err := g.NewProject(g, dnanexus.NewProjectRequest{Name: "x", Description: long})
			if err != nil {
				return err
			}
			return g.DestroyProject(g, made.ID)
		}},
		{"description", func(g greedy) error {
			text := long + fmt.Sprint(g.turn)
			return g.UpdateProject(g, g.project(), dnanexus.UpdateProjectRequest{Description: &text})
		}},
		{"deep folders", func(g greedy) error {
			if err := g.NewFolder(g, g.project(), dnanexus.NewFolderRequest{Folder: deep, Parents: true}); err != nil {
				return err
			}
			_, err := g.RemoveFolder(g, g.project(), dnanexus.RemoveFolderRequest{Folder: "/f", Recurse: true})
			return err
		}},
		{"a folder with many", func(g greedy) error {
			if err := g.RenameFolder(g, g.project(), dnanexus.RenameFolderRequest{Folder: "/many", NewPath: "/renamed"}); err != nil {
				return err
			}
			return g.RenameFolder(g, g.project(), dnanexus.RenameFolderRequest{Folder: "/renamed", NewPath: "/many"})
		}},
		{"tags", func(g greedy) error {
			tags := numbered("tag", quota.Tags.Max())
			if err := g.AddTags(g, g.project(), tags...); err != nil {
				return err
			}
			return g.RemoveTags(g, g.project(), tags...)
		}},
		{"properties", func(g greedy) error {
			set, removed := map[string]*string{}, map[string]*string{}
			for _, name := range numbered("property", quota.Properties.Max()) {
				set[name], removed[name] = &name, nil
			}
			if err := g.SetProperties(g, g.project(), dnanexus.SetPropertiesRequest{Properties: set}); err != nil {
				return err
			}
			return g.SetProperties(g, g.project(), dnanexus.SetPropertiesRequest{Properties: removed})
		}},
		{"permissions", func(g greedy) error {
			member := fmt.Sprintf("user-%s", members()[g.turn%len(members())])
			if _, err := g.Invite(g, g.project(), dnanexus.InviteRequest{Invitee: member, Level: dnanexus.LevelView}); err != nil {
				return err
			}
			return g.DecreasePermissions(g, g.project(), dnanexus.DecreasePermissionsRequest{member: nil})
		}},
		{"members", func(g greedy) error {
			access := dnanexus.SetMemberAccessRequest{}
			mayBill := g.turn%2 == 0
			for _, member := range members() {
				access["user-"+member] = dnanexus.MemberAccess{Level: dnanexus.OrgMember, AllowBillableActivities: &mayBill}
			}
			return g.SetMemberAccess(g, "org-full", access)
		}},
		{"settings", func(g greedy) error {
			first := strings.Repeat("a", 100) + fmt.Sprint(g.turn)
			return g.UpdateSettings(g, dnanexus.UpdateSettingsRequest{First: &first, Proof: dnanexus.Proof{Password: secret.New("wonderland-2026").OnWire()}})
		}},
	}
}

// makeTokens makes tokens with a token, and ends them by ending that one.
func (g greedy) makeTokens(count int, scope *dnanexus.Scope) error {
	label := strings.Repeat("a", 100)
	parent, err := g.NewAuthToken(g, dnanexus.NewAuthTokenRequest{Label: label, Scope: scope})
	if err != nil {
		return err
	}
	with := g.WithToken(parent.AccessToken.Text(), "")
	for range count - 1 {
		if _, err := with.NewAuthToken(g, dnanexus.NewAuthTokenRequest{Label: label}); err != nil {
			return err
		}
	}
	return g.DestroyAuthToken(g, parent.TokenSignature)
}

// openGreedy returns a server on which mallory has nearly as much as the limits allow: tokens,
// an org with members, and for each connection a project with folders.
func openGreedy(b *testing.B) *Server {
	b.Helper()
	const room = 300 // for what changes make
	var text strings.Builder
	text.WriteString("users:\n  - {username: alice, password: wonderland-2026}\n  - {username: mallory, password: wonderland-2026}\n")
	for _, member := range members() {
		fmt.Fprintf(&text, "  - {username: %s}\n", member)
	}
	fmt.Fprintf(&text, "orgs: [{handle: full, name: Full, admins: [mallory], members: [%s]}]\n", strings.Join(members(), ", "))
	fmt.Fprintf(&text, "tokens:\n  - {user: alice, value: %s, label: ci, expires: 1d}\n  - {user: mallory, value: %s, label: ci, expires: 1d}\n", benchToken, malloryToken)
	for i := range quota.Tokens.Max() - room {
		fmt.Fprintf(&text, "  - {user: mallory, value: %032d, label: ci, expires: 1d}\n", i)
	}
	text.WriteString("projects:\n")
	for connection := range disturbers {
		folders := numbered("/many/f", quota.Folders.Max())
		fmt.Fprintf(&text, "  - {name: Full, id: project-%024d, createdBy: mallory, permissions: {mallory: ADMINISTER}, folders: [%s]}\n", connection, strings.Join(folders[room:], ", "))
	}
	file, err := fixture.Parse([]byte(text.String()))
	if err != nil {
		b.Fatal(err)
	}
	server, err := Open(b.Context(), Config{
		Fixture: &file, StoreFile: filepath.Join(b.TempDir(), "platform.db"), HashParams: passwordhash.Cheapest(),
	})
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

// BenchmarkWhoamiDuringChanges measures how much a user without rights delays whoami by making
// and removing as much as the limits allow, on two connections: the 99th percentile of its
// times, compared with that of an idle server before. It also reports how long such a change
// takes. A change that is refused fails the benchmark.
func BenchmarkWhoamiDuringChanges(b *testing.B) {
	server := openGreedy(b)
	b.Cleanup(TuneProcess()) // as the command serve does
	url := serveForBenchmark(b, server)
	whoami := askedServer{&http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 64}}, url}
	client := dnanexus.New(dnanexus.Config{APIServer: url, AuthServer: url, Token: secret.New(malloryToken)})
	for _, c := range changes() {
		b.Run(strings.ReplaceAll(c.name, " ", "-"), func(b *testing.B) {
			whoamiDuring(b, whoami, "change", func(ctx context.Context, connection int) int { return changeUntil(b, ctx, client, c, connection) })
		})
	}
}

// changeUntil makes a change again and again until ctx is done, and returns how often.
func changeUntil(b *testing.B, ctx context.Context, client *dnanexus.Client, c change, connection int) (made int) {
	for ctx.Err() == nil && !b.Failed() {
		if err := c.make(greedy{b.Context(), client, connection, made}); err != nil {
			b.Errorf("%s: %v", c.name, err)
		}
		made++
	}
	return made
}
