package credstore

import (
	"errors"
	"fmt"
	"testing"

	"github.com/danieljoos/wincred"
	gokeyring "github.com/zalando/go-keyring"

	"github.com/dxauth/dxauth/pkg/secret"
)

// userNames are equal for the credential manager, or nearly.
func userNames(t *testing.T) []string {
	t.Helper()
	host := fmt.Sprintf("@%p.invalid", t)
	var users []string
	for _, name := range []string{"alice", "Alice", "ALICE", "%41lice", "é", "É", "k", "\u212a"} {
		user := name + host
		users = append(users, user)
		t.Cleanup(func() { _ = systemBackend{}.remove(user) })
	}
	return users
}

func TestUsersWhoseNamesDifferInCase(t *testing.T) {
	users := userNames(t)
	for _, user := range users {
		if err := (systemBackend{}).set(user, secret.New("of "+user)); err != nil {
			t.Fatal(err)
		}
	}
	for i, user := range users {
		wantItem(t, user, "of "+user)
		if err := (systemBackend{}).remove(user); err != nil {
			t.Error(err)
		}
		wantItem(t, user, "")
		for _, other := range users[i+1:] {
			wantItem(t, other, "of "+other)
		}
	}
}

func TestItemsOfEarlierVersions(t *testing.T) {
	for name, change := range map[string]func(earlier, other string) error{
		"read":                  func(string, string) error { return nil },
		"another user signs in": func(_, other string) error { return systemBackend{}.set(other, secret.New("of "+other)) },
		"another user, twice": func(_, other string) error {
			return errors.Join(systemBackend{}.set(other, secret.New("x")), systemBackend{}.set(other, secret.New("of "+other)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			users := userNames(t)
			earlier, other := users[1], users[0]
			if err := gokeyring.Set(service, earlier, "earlier"); err != nil {
				t.Fatal(err)
			}
			wantItem(t, other, "") // it belongs to another user
			if err := change(earlier, other); err != nil {
				t.Fatal(err)
			}
			wantItem(t, earlier, "earlier")
			if err := (systemBackend{}).set(earlier, secret.New("later")); err != nil {
				t.Fatal(err)
			}
			wantItem(t, earlier, "later")
			if err := (systemBackend{}).remove(earlier); err != nil {
				t.Fatal(err)
			}
			wantItem(t, earlier, "")
			wantNoItemUnder(t, earlier)
		})
	}
}

// wantNoItemUnder finds what is left under the name of earlier versions.
func wantNoItemUnder(t *testing.T, user string) {
	t.Helper()
	item, err := wincred.GetGenericCredential(target(user))
	if err == nil && item.UserName == user {
		t.Errorf("an item of an earlier version is left of %s", user)
	}
}

func wantItem(t *testing.T, user, want string) {
	t.Helper()
	got, err := systemBackend{}.get(user)
	if want == "" && errors.Is(err, gokeyring.ErrNotFound) {
		return
	}
	if err != nil || got.Reveal() != want {
		t.Errorf("%s: got %q, %v; want %q", user, got.Reveal(), err, want)
	}
}
