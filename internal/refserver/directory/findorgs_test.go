package directory_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
)

// membershipCounter counts the memberships that are read in lists.
type membershipCounter struct {
	transaction.Tx
	read int
}

func (c *membershipCounter) MembershipsAfter(ctx context.Context, userID, after string, limit int) ([]directory.Membership, error) {
	list, err := c.Tx.MembershipsAfter(ctx, userID, after, limit)
	c.read += len(list)
	return list, err
}

// A page reads about as many memberships as it has, and the pages together have each
// org once that the query admits.
func TestPagesOfManyOrgs(t *testing.T) {
	const orgs = 450
	inWorld(t, openStore(t), func(w world) {
		w.must(w.tx.InsertUser(w.ctx, identity.User{ID: "user-many", Created: noon}))
		var all, admins []string
		for n := range orgs {
			id, level := fmt.Sprintf("org-%03d", n), directory.Member
			if n%150 == 149 {
				level = directory.Admin
				admins = append(admins, id)
			}
			all = append(all, id)
			w.must(w.tx.InsertOrg(w.ctx, directory.NewOrg(id[len("org-"):], "", noon)))
			w.must(w.tx.SetMember(w.ctx, id, directory.NewMembership(id, "user-many", level)))
		}
		viewer := w.viewer("user-many")
		viewer.Excluded = []string{"org-000", "org-149", "org-449"}
		shown := func(list []string) []string {
			return slices.DeleteFunc(slices.Clone(list), func(id string) bool { return slices.Contains(viewer.Excluded, id) })
		}
		for name, c := range map[string]struct {
			level directory.OrgLevel
			limit int
			want  []string
		}{
			"one at a time": {directory.Member, 1, shown(all)}, "ten": {directory.Member, 10, shown(all)},
			"a window": {directory.Member, 99, shown(all)}, "more": {directory.Member, 150, shown(all)},
			"all": {directory.Member, orgs, shown(all)}, "few": {directory.Admin, 1, shown(admins)}, "few at once": {directory.Admin, 10, shown(admins)},
		} {
			var got []string
			query := directory.OrgQuery{MinLevel: c.level, Limit: c.limit}
			for more := true; more; more = query.After != "" {
				counter := &membershipCounter{Tx: w.tx}
				page, err := w.service.FindOrgs(w.ctx, counter, viewer, query)
				w.must(err)
				for _, org := range page.Rows {
					got = append(got, org.OrgID)
				}
				if counter.read > 2*max(c.limit+1, 100) && c.level == directory.Member {
					t.Errorf("%s: %d memberships are read for a page", name, counter.read)
				}
				query.After = page.Next
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("%s: got %v, want %v", name, got, c.want)
			}
		}
	})
}
