//go:build !windows

package credstore

import (
	gokeyring "github.com/zalando/go-keyring"

	"github.com/dxauth/dxauth/pkg/secret"
)

// systemBackend is the Secret Service or macOS's keychain.
type systemBackend struct{}

func (systemBackend) get(user string) (secret.Text, error) {
	value, err := gokeyring.Get(service, user)
	return secret.New(value), err
}

func (systemBackend) set(user string, value secret.Text) error {
	return gokeyring.Set(service, user, value.Reveal())
}

func (systemBackend) remove(user string) error { return gokeyring.Delete(service, user) }
