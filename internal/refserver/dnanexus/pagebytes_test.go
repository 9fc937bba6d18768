package dnanexus_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/budget"
)

// TestPagesEndByBytes lists things with long texts, by each route that has pages. No
// response is much longer than a page may be, and together they have everything once.
func TestPagesEndByBytes(t *testing.T) {
	p := newIsolated(t)
	const rows, tokens = 6, 40
	projects := map[string]string{}
	for n := range 700 {
		projects[fmt.Sprintf("project-%024d", n)] = "VIEW"
	}
	scope, err := json.Marshal(projects)
	if err != nil {
		t.Fatal(err)
	}
	for n := range rows {
		text := strings.Repeat("<", 60_000) // six bytes each in JSON
		p.post("/project/new", aliceToken, fmt.Sprintf(`{"name": "long %d", "description": %q}`, n, text)).expect(t, 200, `{"id": "<project>"}`)
	}
	for n := range tokens {
		p.post("/system/newAuthToken", aliceToken, fmt.Sprintf(`{"label": "long %d", "scope": {"projects": %s}}`, n, scope)).expect(t, 200, `{}`)
	}
	for name, list := range map[string]struct {
		path, body string
		want       int
	}{
		"projects":              {"/system/findProjects", `"name": {"glob": "long *"}, "describe": {"fields": {"description": true}}`, rows},
		"projects by a pattern": {"/system/findProjects", `"level": "ADMINISTER", "name": {"regexp": "^long"}, "describe": true`, rows},
		"tokens":                {"/account/findAccessTokens", `"label": true`, tokens},
	} {
		t.Run(name, func(t *testing.T) {
			found, next := map[string]bool{}, "null"
			for pages := 0; pages == 0 || next != "null"; pages++ {
				a := p.post(list.path, aliceToken, `{`+list.body+`, "starting": `+next+`}`)
				var page struct {
					Results []struct{ ID string }
					Tokens  []struct{ Signature, Label string }
					Next    json.RawMessage
				}
				if err := json.Unmarshal(a.body, &page); err != nil || a.status != 200 {
					t.Fatalf("status %d: %v", a.status, err)
				}
				if len(a.body) > budget.MaxBytes+1000 {
					t.Errorf("a response has %d bytes", len(a.body))
				}
				for _, project := range page.Results {
					found[project.ID] = true
				}
				for _, token := range page.Tokens {
					if strings.HasPrefix(token.Label, "long") {
						found[token.Signature] = true
					}
				}
				if next = string(page.Next); pages > 3*tokens {
					t.Fatal("the pages do not end")
				}
			}
			if len(found) != list.want {
				t.Errorf("found %d, want %d", len(found), list.want)
			}
		})
	}
	a := p.post("/account/listAuthTokens", aliceToken, `{"label": true}`)
	if a.status != 200 || len(a.body) > budget.MaxBytes+1000 {
		t.Errorf("the list without pages: status %d, %d bytes", a.status, len(a.body))
	}
}
