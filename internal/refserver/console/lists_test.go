package console_test

import (
	"fmt"
	"html"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/testpages"
)

// maxPage is how large a page may be.
const maxPage = 50 << 10

// crowd returns a world with an org that has more members, each with a token for a
// project of the org, than a page lists, and an admin with more orgs than that.
func crowd(n int) string {
	var users, orgs, tokens, members strings.Builder
	for i := range n {
		fmt.Fprintf(&users, "  - {username: member%03d, email: member%03d@example.org, first: Somebody, last: With A Name}\n", i, i)
		fmt.Fprintf(&orgs, "  - {handle: lab%03d, name: Laboratory %03d, admins: [admin]}\n", i, i)
		fmt.Fprintf(&tokens, "  - {user: member%03d, value: 0123456789abcdefghijABCDEFGHI%03d, label: token %03d, expires: 30d, scope: {projects: {project-Exome0000000000000000001: VIEW}}}\n", i, i, i)
		fmt.Fprintf(&members, "member%03d, ", i)
	}
	return "users:\n  - {username: admin, password: admin-pass-2026, email: admin@example.org, superuser: true}\n" + users.String() +
		"orgs:\n  - {handle: genomics, name: Genomics Lab, admins: [admin], members: [" + members.String() + "]}\n" + orgs.String() +
		"projects:\n  - {name: Exome, id: project-Exome0000000000000000001, createdBy: admin, billTo: org-genomics, permissions: {admin: ADMINISTER}}\n" +
		"tokens:\n" + tokens.String()
}

// Long lists have pages, which have each row once and are not large.
func TestLongLists(t *testing.T) {
	const rows = 130
	t.Parallel()
	s := testpages.Open(t, crowd(rows))
	b := s.SignedIn("admin")
	for list, row := range map[string]string{
		"/console/orgs":               `>Laboratory %03d<`,
		genomics:                      `>member%03d</a>`,
		genomics + "/tokens":          `>token %03d<`,
		users:                         `>member%03d</a>`,
		users + "/user-admin":         `>org-lab%03d<`,
		users + "/user-member001":     `>org-genomics<`,
		"/console/admin/audit":        ``,
		"/console/orgs/org-lab001":    `>admin</a>`,
		genomics + "?after=user-zzzz": `There are no more members.`,
	} {
		var found []string
		pages := 0
		for page := list; page != ""; pages++ {
			answer := b.Get(page).Is(http.StatusOK)
			if size := answer.Body.Len(); size > maxPage {
				t.Errorf("%s has %d bytes", page, size)
			}
			page = linkOn(answer, "Next page")
			found = append(found, matches(answer, row, rows)...)
		}
		want := rows
		switch {
		case !strings.Contains(row, "%"):
			want = min(1, len(row))
		case strings.HasPrefix(list, users+"/"):
			want = 99 // of the 100 that it lists one is the first org
		}
		slices.Sort(found)
		if unique := slices.Compact(slices.Clone(found)); len(found) != want || len(unique) != want || pages > 4 {
			t.Errorf("%s: %d rows, of which %d differ, on %d pages, want %d", list, len(found), len(unique), pages, want)
		}
	}
}

// matches returns those texts of a pattern with a number below n that a page has.
func matches(page testpages.Reply, pattern string, n int) (found []string) {
	for i := range n {
		text := pattern
		if strings.Contains(pattern, "%") {
			text = fmt.Sprintf(pattern, i)
		} else if i > 0 {
			break
		}
		if text != "" && strings.Contains(page.Body.String(), text) {
			found = append(found, text)
		}
	}
	return found
}

// linkOn returns where the link with a text leads, "" if there is none.
func linkOn(page testpages.Reply, text string) string {
	before, _, found := strings.Cut(page.Body.String(), `">`+text+`</a>`)
	if !found {
		return ""
	}
	return html.UnescapeString(before[strings.LastIndex(before, `href="`)+len(`href="`):])
}
