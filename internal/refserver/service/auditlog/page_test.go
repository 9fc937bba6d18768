package auditlog_test

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/auditlog"
)

// caller is a caller with a token for the whole account.
func caller(isAdministrator bool) service.Caller {
	return service.Caller{
		User:  identity.Principal{ID: "user-admin", Superuser: isAdministrator},
		Token: access.Token{UserID: "user-admin", Scope: access.Scope{Full: true}},
	}
}

// TestPages: pages have each row that a filter selects once, the newest first, however
// many rows one transaction reads, and the last one has no next.
func TestPages(t *testing.T) {
	const rows = 1201
	s := service.New(service.Config{DB: store(t, rows), Now: time.Now, Random: rand.Reader})
	down := func(first, last, step int) (want []string) {
		for i := first; i >= last; i -= step {
			want = append(want, fmt.Sprint(i))
		}
		return want
	}
	at := func(i int) time.Time { return start.Add(time.Duration(i) * time.Hour) }
	for name, c := range map[string]struct {
		filter audit.Filter
		limit  int
		want   []string
	}{
		"all":               {audit.Filter{}, 100, down(rows-1, 0, 1)},
		"all at once":       {audit.Filter{}, rows, down(rows-1, 0, 1)},
		"all, in a rest":    {audit.Filter{}, 400, down(rows-1, 0, 1)},
		"of a user":         {audit.Filter{Actor: "user-bob"}, 70, down(rows-2, 1, 2)},
		"since":             {audit.Filter{Since: at(900)}, 50, down(rows-1, 900, 1)},
		"one":               {audit.Filter{Subject: "3"}, 50, []string{"3"}},
		"none":              {audit.Filter{Actor: "user-carol"}, 50, nil},
		"in a time":         {audit.Filter{Since: at(10), Until: at(12)}, 1, []string{"11", "10"}},
		"none of an action": {audit.Filter{Action: "token"}, 50, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			pages := 0
			for before, more := int64(0), true; more; more = before != 0 {
				page, next, err := auditlog.Page(t.Context(), s, caller(true), c.filter, before, c.limit)
				if err != nil || len(page) > c.limit || before != 0 && next >= before {
					t.Fatalf("%d rows before %d, next %d: %v", len(page), before, next, err)
				}
				for _, row := range page {
					got = append(got, row.Subject)
				}
				before = next
				pages++
			}
			if !slices.Equal(got, c.want) || pages > len(c.want)/c.limit+2 {
				t.Errorf("%d pages: got %d rows %.60q, want %d", pages, len(got), fmt.Sprint(got), len(c.want))
			}
		})
	}
}

func TestPagesAreForAdministrators(t *testing.T) {
	s := service.New(service.Config{DB: store(t, 1), Now: time.Now, Random: rand.Reader})
	scoped := caller(true)
	scoped.Token.Scope = access.Scope{}
	for name, c := range map[string]service.Caller{"a user": caller(false), "a token of an administrator that is limited": scoped} {
		if rows, _, err := auditlog.Page(t.Context(), s, c, audit.Filter{}, 0, 10); !errors.Is(err, access.ErrNotSuperuser) || rows != nil {
			t.Errorf("%s: %v, %v", name, rows, err)
		}
	}
}
