package identity_test

import (
	"crypto/rand"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/pkg/secret"
)

// S-03: one network can't fill the queue of the hasher. Many of its sign-ins at once have
// their turn one after the other, further ones are refused, and those of other networks
// need not wait for them.
func TestOneNetworkLeavesRoomAtTheHasher(t *testing.T) {
	const queue, crowd = 20, 300
	synctest.Test(t, func(t *testing.T) {
		hasher, err := passwordhash.NewHasher(passwordhash.Cheapest(), rand.Reader, 1, queue)
		if err != nil {
			t.Fatal(err)
		}
		authenticator := identity.NewAuthenticator(identity.Config{Hasher: hasher})
		admit := func(source string) (passwordhash.Admission, error) {
			return authenticator.Admit(t.Context(), secret.New("a guess"), source)
		}
		first, err := admit("192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		var served, refused atomic.Int32
		for range crowd {
			all.Go(func() {
				admission, err := admit("192.0.2.1")
				if errors.Is(err, identity.ErrBusy) {
					refused.Add(1)
					return
				}
				if err != nil {
					t.Error(err)
					return
				}
				served.Add(1)
				admission.Release()
			})
		}
		synctest.Wait()
		for _, other := range []string{"198.51.100.1", "203.0.113.1"} {
			all.Go(func() {
				admission, err := admit(other)
				if err != nil {
					t.Errorf("%s: %v", other, err)
					return
				}
				admission.Release()
			})
		}
		synctest.Wait()
		first.Release()
		all.Wait()
		if served.Load() < 100 || refused.Load() < 100 || served.Load()+refused.Load() != crowd {
			t.Errorf("%d of the crowd were served, %d refused", served.Load(), refused.Load())
		}
	})
}
