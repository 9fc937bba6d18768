//go:build unix

// Package history checks what clients of several servers saw against a model. The checker
// is a dependency of the module internal/interop alone.
package history

import (
	"context"
	"crypto/rand"
	"fmt"
	mathrand "math/rand/v2"
	"net/netip"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/teststore"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// request is what a client sends about a session; works is the response to one that only
// uses it.
type (
	request struct {
		session int
		end     bool
	}
	works bool
)

// session is the model: it works until it is ended, and never again, whichever server is
// asked.
var session = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		bySession := map[int][]porcupine.Operation{}
		for _, operation := range history {
			no := operation.Input.(request).session
			bySession[no] = append(bySession[no], operation)
		}
		var parts [][]porcupine.Operation
		for _, part := range bySession {
			parts = append(parts, part)
		}
		return parts
	},
	Init: func() any { return works(true) },
	Step: func(state, input, output any) (bool, any) {
		if input.(request).end {
			return true, works(false)
		}
		return output == state, state
	},
	DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v: %v", input, output) },
}

const (
	sessions = 20
	clients  = 8
	requests = 60 // of each client
)

var origin = service.Origin{Address: netip.MustParseAddr("192.0.2.1"), UserAgent: "dxauth", RequestID: "1-1"}

// S-36: what clients of two servers saw while sessions ended is what one server could have
// told them, one request after the other.
func TestHistoryOfRevocations(t *testing.T) {
	servers := newServers(t)
	var tokens [sessions]secret.Text
	for i := range tokens {
		attempt := identity.Attempt{Username: "alice", Password: secret.New("wonderland-2026")}
		grant, err := servers[i%2].SignIn(t.Context(), attempt, access.Order{}, origin)
		if err != nil {
			t.Fatal(err)
		}
		tokens[i] = grant.Secret
	}
	var mutex sync.Mutex
	var history []porcupine.Operation
	began := time.Now()
	var all sync.WaitGroup
	for client := range clients {
		all.Go(func() {
			for n := range requests {
				// All clients are about the same few sessions at the same time.
				no := (n*sessions/requests + mathrand.IntN(2)) % sessions
				sent := request{session: no, end: mathrand.IntN(6) == 0}
				call := time.Since(began)
				output, err := send(t.Context(), servers[mathrand.IntN(2)], tokens[no], sent)
				if err != nil {
					t.Error(err)
					return
				}
				operation := porcupine.Operation{ClientId: client, Input: sent, Call: int64(call), Output: output, Return: int64(time.Since(began))}
				mutex.Lock()
				history = append(history, operation)
				mutex.Unlock()
			}
		})
	}
	all.Wait()
	if result := porcupine.CheckOperationsTimeout(session, history, time.Minute); result != porcupine.Ok {
		t.Errorf("the history is %v", result)
	}
	if forged := forge(history); porcupine.CheckOperations(session, forged) {
		t.Error("a history in which a session works after its end is accepted")
	}
}

// forge adds a use of a session after everything else.
func forge(history []porcupine.Operation) []porcupine.Operation {
	last := int64(time.Hour)
	for _, operation := range history {
		if in := operation.Input.(request); in.end {
			late := porcupine.Operation{Input: request{session: in.session}, Call: last, Output: works(true), Return: last + 1}
			return append(history, late)
		}
	}
	return history
}

// send ends or uses a session.
func send(ctx context.Context, server *service.Service, token secret.Text, sent request) (works, error) {
	caller, err := server.Authenticate(ctx, token, access.WithinScope, origin)
	if refusal.CodeOf(err) == refusal.SessionEnded {
		return false, nil
	}
	if err == nil && sent.end {
		err = server.SignOut(ctx, caller)
	}
	return true, err
}

// newServers returns two servers on one database in which alice has a password.
func newServers(t *testing.T) (servers [2]*service.Service) {
	t.Helper()
	hasher, err := passwordhash.NewHasher(passwordhash.Cheapest(), rand.Reader, 2, 256)
	if err != nil {
		t.Fatal(err)
	}
	key, err := seal.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	address := teststore.NewDatabase(t)
	for i := range servers {
		db, err := teststore.OpenAddress(t.Context(), address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { db.Close() })
		limits := access.DefaultLimits()
		servers[i] = service.New(service.Config{DB: db, Now: db.Now, Random: rand.Reader, Hasher: hasher, Key: key, Limits: limits})
		if i > 0 {
			continue
		}
		encoded, err := hasher.Hash(t.Context(), secret.New("wonderland-2026"))
		if err != nil {
			t.Fatal(err)
		}
		err = db.Write(t.Context(), func(tx transaction.Tx) error {
			return tx.InsertUser(t.Context(), identity.User{ID: "user-alice", Handle: "alice", PasswordHash: encoded, Created: db.Now()})
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return servers
}
