package molgenis_test

import (
	"context"
	"sync/atomic"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	wire "github.com/dxauth/dxauth/pkg/molgenis"
)

// readCounter counts the transactions that read.
type readCounter struct {
	transaction.DB
	reads atomic.Int64
}

func (c *readCounter) Read(ctx context.Context, f func(transaction.Tx) error) error {
	c.reads.Add(1)
	return c.DB.Read(ctx, f)
}

// A session is described without its tokens, which may be many, unless the request
// selects the settings.
func TestEMX2SessionReadsWhatIsSelected(t *testing.T) {
	counter := &readCounter{}
	p := newPlatform(t, asEMX2, func(c *refserver.Config) {
		c.WrapStore = func(db transaction.DB) transaction.DB {
			counter.DB = db
			return counter
		}
	})
	alice := p.mustSignIn("alice")
	for query, reads := range map[string]bool{
		`{_session{email}}`:                               false,
		`{_session{email admin roles schemas}}`:           false,
		`{_session{email settings{key value}}}`:           true,
		`{_session{email mine:settings{key value}}}`:      true,
		`{who:_session{email} _schemas{id}}`:              false,
		`{_session{email} again:_session{settings{key}}}`: true,
	} {
		before := counter.reads.Load()
		p.query(alice, query, nil).is(200)
		if got := counter.reads.Load() > before; got != reads {
			t.Errorf("%s reads the tokens: %v, want %v", query, got, reads)
		}
	}
	var got wire.SessionResult
	p.query(alice, `{_session{email}}`, nil).data("_session", &got)
	if got.Email != "alice" || got.Settings != nil {
		t.Errorf("got %+v", got)
	}
}
