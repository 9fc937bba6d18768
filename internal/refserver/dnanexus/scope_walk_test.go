package dnanexus_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/dxauth/dxauth/internal/refserver/dnanexus"
	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/refserver/web"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

// A probe is a call of a route that reads or changes a project. If the level is
// enough, the project stays unchanged: the call changes nothing, or the platform
// refuses it for another reason.
type probe struct {
	needs wire.Level
	body  string // PROJECT stands for the ID
	path  string // empty: a method of the project itself
}

// projectProbes has an entry for each route that reads or changes a project.
var projectProbes = map[string]probe{
	"project-*/describe":            {needs: "VIEW", body: `{}`},
	"project-*/listFolder":          {needs: "VIEW", body: `{}`},
	"project-*/newFolder":           {needs: "UPLOAD", body: `{"folder": "/there"}`},
	"project-*/removeFolder":        {needs: "CONTRIBUTE", body: `{"folder": "/none"}`},
	"project-*/renameFolder":        {needs: "CONTRIBUTE", body: `{"folder": "/none", "newpath": "/x"}`},
	"project-*/removeObjects":       {needs: "CONTRIBUTE", body: `{"objects": []}`},
	"project-*/addTags":             {needs: "CONTRIBUTE", body: `{"tags": []}`},
	"project-*/removeTags":          {needs: "CONTRIBUTE", body: `{"tags": []}`},
	"project-*/setProperties":       {needs: "CONTRIBUTE", body: `{"properties": {}}`},
	"project-*/update":              {needs: "CONTRIBUTE", body: `{"summary": "x", "version": 99}`},
	"project-*/invite":              {needs: "ADMINISTER", body: `{"invitee": "user-nobody", "level": "VIEW"}`},
	"project-*/decreasePermissions": {needs: "ADMINISTER", body: `{}`},
	"system/findDataObjects":        {needs: "VIEW", body: `{"scope": {"project": "PROJECT"}}`, path: "/system/findDataObjects"},
	"system/resolveDataObjects":     {needs: "VIEW", body: `{"project": "PROJECT", "objects": []}`, path: "/system/resolveDataObjects"},
}

// finalProbes always change the project, so only their refusals are tested.
var finalProbes = map[string]probe{
	"project-*/destroy": {needs: "ADMINISTER", body: `{}`},
	"project-*/leave":   {needs: "VIEW", body: `{}`}, // and as much as the user has there
}

// otherRoutes may be called with any scope, because they touch no project or have a
// separate test.
var otherRoutes = []string{
	"system/newAuthToken", "system/destroyAuthToken", "system/getUserInfo", "system/whoami",
	"user-*/describe", "system/findProjects", "project/new",
	"system/findApps", "system/findGlobalWorkflows", "system/findExecutions", "system/comeBackLater", "system/headers",
}

// S-33: a token without full scope can call only the routes listed above. A new route
// needs web.WholeAccount or an entry.
func TestEveryRouteSaysWhatAScopeMayDo(t *testing.T) {
	p := newPlatform(t)
	for _, route := range dnanexus.New(nil, dnanexus.Extensions{}, nil).Routes() {
		name := route.Resource + "/" + route.Method
		_, isVisit := projectProbes[name]
		_, isFinal := finalProbes[name]
		isNothing := strings.HasSuffix(name, "-*/*") // an absent class
		isListed := isVisit || isFinal || isNothing || slices.Contains(otherRoutes, name)
		isOpen := route.Access == web.Token || route.Access == web.OptionalToken
		if isListed != isOpen {
			t.Errorf("%s: listed is %v, and open to scoped tokens is %v", name, isListed, isOpen)
		}
		if route.Access == web.WholeAccount {
			p.post("/"+strings.Replace(name, "*", "x", 1), aliceRead, `{}`).refuses(t, 401, "PermissionDenied", beyondScope)
		}
	}
}

// levelOrder has the levels from the least to the greatest.
var levelOrder = []wire.Level{"NONE", "VIEW", "UPLOAD", "CONTRIBUTE", "ADMINISTER"}

func rank(level wire.Level) int { return slices.Index(levelOrder, level) }

// site is a project of this test.
type site struct {
	id              string
	own, byOrg      wire.Level
	isPublic, isPHI bool
}

// userLevel is the level of alice herself, a member of the lab with at most CONTRIBUTE.
func (s site) userLevel() int {
	level := max(rank(s.own), min(rank(s.byOrg), rank("CONTRIBUTE")))
	if s.isPublic {
		level = max(level, rank("VIEW"))
	}
	return level
}

// sites has one project for each combination of grants.
func sites() []site {
	var list []site
	for _, own := range []wire.Level{"NONE", "VIEW", "ADMINISTER"} {
		for _, byOrg := range []wire.Level{"NONE", "ADMINISTER"} {
			for _, isPublic := range []bool{false, true} {
				for _, isPHI := range []bool{false, true} {
					list = append(list, site{
						id: fmt.Sprintf("project-Site%020d", len(list)), own: own, byOrg: byOrg, isPublic: isPublic, isPHI: isPHI,
					})
				}
			}
		}
	}
	return list
}

// pass is a scope and the level that it leaves on a project.
type pass struct {
	scope   string
	ceiling func(site) wire.Level
}

// passes returns the kinds of scopes; named is a project that a scope names.
func passes(named string) []pass {
	everywhere := func(level wire.Level) func(site) wire.Level { return func(site) wire.Level { return level } }
	except := func(other, ofNamed wire.Level) func(site) wire.Level {
		return func(s site) wire.Level {
			if s.id == named {
				return ofNamed
			}
			return other
		}
	}
	withoutPHI := func(ceiling func(site) wire.Level) func(site) wire.Level {
		return func(s site) wire.Level {
			if s.isPHI {
				return "NONE"
			}
			return ceiling(s)
		}
	}
	list := []pass{
		{`{"full": true}`, everywhere("ADMINISTER")},
		{`{"full": true, "phiAccess": false}`, withoutPHI(everywhere("ADMINISTER"))},
		{`{"full": true, "phiAccess": true}`, everywhere("ADMINISTER")},
		{`{"full": true, "excludedOrgs": ["org-ward"]}`, withoutPHI(everywhere("ADMINISTER"))}, // it pays for all with PHI
		{`{"projects": {"*": "CONTRIBUTE"}, "excludedOrgs": ["org-lab"]}`, everywhere("CONTRIBUTE")},
		{`{"projects": {"*": "ADMINISTER"}, "phiAccess": false}`, withoutPHI(everywhere("ADMINISTER"))},
		{`{"projects": {}}`, everywhere("NONE")},
		{fmt.Sprintf(`{"projects": {"*": "VIEW", %q: "ADMINISTER"}}`, named), except("VIEW", "ADMINISTER")},
		{fmt.Sprintf(`{"projects": {"*": "ADMINISTER", %q: "VIEW"}}`, named), except("ADMINISTER", "VIEW")},
		{fmt.Sprintf(`{"projects": {"*": "UPLOAD", %q: "CONTRIBUTE"}, "phiAccess": false}`, named), withoutPHI(except("UPLOAD", "CONTRIBUTE"))},
	}
	for _, level := range levelOrder[1:] {
		list = append(list,
			pass{fmt.Sprintf(`{"projects": {"*": %q}}`, level), everywhere(level)},
			pass{fmt.Sprintf(`{"projects": {%q: %q}}`, named, level), except("NONE", level)})
	}
	return list
}

// walkFixture returns a fixture with the sites, all of them carol's.
func walkFixture(sites []site) fixture.File {
	file := fixture.File{
		Users: []fixture.User{{Username: "alice", Password: wonderland()}, {Username: "carol", Password: secret.New("singer-2026")}},
		Orgs: []fixture.Org{
			{Handle: "lab", Name: "Lab", Admins: []string{"carol"}, Members: []fixture.Member{{User: "alice"}}},
			{Handle: "ward", Name: "Ward", Admins: []string{"carol"}, PHIFeaturesEnabled: true},
		},
	}
	for _, s := range sites {
		project := fixture.Project{
			ID: s.id, Name: s.id, CreatedBy: "carol", Folders: []string{"/there"}, Permissions: map[string]string{"carol": "ADMINISTER"},
		}
		if s.own != "NONE" {
			project.Permissions["alice"] = string(s.own)
		}
		if s.byOrg != "NONE" {
			project.Permissions["org-lab"] = string(s.byOrg)
		}
		if s.isPublic {
			project.Permissions["PUBLIC"] = "VIEW"
		}
		if s.isPHI {
			project.ContainsPHI, project.BillTo = true, "org-ward"
		}
		file.Projects = append(file.Projects, project)
	}
	return file
}

// On every route, a token has the level of its user, limited by its scope, for every
// combination of permissions and scope.
func TestTheLevelOfATokenOnEveryRoute(t *testing.T) {
	all := sites()
	named := all[len(all)-2] // ADMINISTER by alice and the org, public, without PHI
	p := newPlatformWith(t, walkFixture(all))
	for _, pass := range passes(named.id) {
		a := p.post("/system/newAuthToken", "", `{"username": "alice", "password": "wonderland-2026", "scope": `+pass.scope+`}`)
		token := a.text(t, "access_token")
		t.Run(pass.scope, func(t *testing.T) { p.in(t).walk(token, all, pass) })
	}
}

// kind is everything that decides about access to a project. Describe is called for
// every project, the other routes for one project of each kind.
type kind struct {
	user    int
	isPHI   bool
	ceiling wire.Level
}

// walk calls the routes for the projects with one token.
func (p *platform) walk(token string, all []site, pass pass) {
	var requests []string
	var checks []func(answer)
	seen := map[kind]bool{}
	for _, s := range all {
		level := min(s.userLevel(), rank(pass.ceiling(s)))
		kind := kind{s.userLevel(), s.isPHI, pass.ceiling(s)}
		isNew := !seen[kind]
		seen[kind] = true
		for name, probe := range projectProbes {
			if !isNew && name != "project-*/describe" {
				continue
			}
			requests = append(requests, probe.request(p, name, token, s))
			checks = append(checks, func(a answer) { checkProbe(p.t, name, probe.needs, s, level, a) })
		}
		for name, probe := range finalProbes {
			if !isNew && name != "project-*/leave" { // which depends on the user's own grant
				continue
			}
			needs := probe.needs
			if name == "project-*/leave" && level >= rank("VIEW") {
				needs = levelOrder[max(rank("VIEW"), rank(s.own))]
				level := rank(pass.ceiling(s))
				if level >= rank(needs) {
					continue
				}
			} else if level >= rank(needs) {
				continue
			}
			requests = append(requests, probe.request(p, name, token, s))
			checks = append(checks, func(a answer) { a.refuses(p.t, 401, "PermissionDenied", denial(needs)) })
		}
	}
	for i, a := range p.onOneConnection(requests...) {
		checks[i](a)
	}
	p.checkFound(token, all, pass)
}

func (v probe) request(p *platform, name, token string, s site) string {
	path := v.path
	if path == "" {
		path = strings.Replace("/"+name, "project-*", s.id, 1)
	}
	return dx("test").request(p, path, "Bearer "+token, strings.ReplaceAll(v.body, "PROJECT", s.id))
}

func denial(needs wire.Level) string { return fmt.Sprintf("Requires %s access to the project", needs) }

func checkProbe(t *testing.T, name string, needs wire.Level, s site, level int, a answer) {
	t.Helper()
	if level < rank(needs) {
		a.refuses(t, 401, "PermissionDenied", denial(needs))
		return
	}
	if a.status == 401 || a.status >= 500 {
		t.Errorf("%s on %+v with %s: %d %s", name, s, levelOrder[level], a.status, a.body)
	}
	if name == "project-*/describe" {
		a.expect(t, 200, fmt.Sprintf(`{"level": %q}`, levelOrder[level]))
	}
}

// checkFound compares the projects that a search finds, and their levels.
func (p *platform) checkFound(token string, all []site, pass pass) {
	p.t.Helper()
	want, got := map[string]wire.Level{}, map[string]wire.Level{}
	for _, s := range all {
		if level := min(s.userLevel(), rank(pass.ceiling(s))); level >= rank("VIEW") {
			want[s.id] = levelOrder[level]
		}
	}
	for _, body := range []string{`{"level": "VIEW"}`, `{"level": "VIEW", "public": true}`} {
		var page wire.FindProjectsResponse
		if err := json.Unmarshal(p.post("/system/findProjects", token, body).body, &page); err != nil {
			p.t.Fatal(err)
		}
		for _, found := range page.Results {
			got[found.ID] = found.Level
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		p.t.Errorf("found (-want +got):\n%s", diff)
	}
}

// Routes that always change the project work if the level is enough.
func TestAScopedAdministratorLeavesAndDestroys(t *testing.T) {
	all := sites()
	p := newPlatformWith(t, walkFixture(all))
	a := p.post("/system/newAuthToken", "", `{"username": "alice", "password": "wonderland-2026", "scope": {"projects": {"*": "ADMINISTER"}}}`)
	token := a.text(t, "access_token")
	mine := all[len(all)-1]
	for _, method := range []string{"leave", "destroy"} {
		p.post("/"+mine.id+"/"+method, token, `{}`).expect(t, 200, fmt.Sprintf(`{"id": %q}`, mine.id))
		mine = all[len(all)-2]
	}
	p.post("/project/new", token, `{"name": "mine"}`).expect(t, 200, `{"id": "<project>"}`)
}
