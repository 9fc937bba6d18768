package credstore

import (
	"errors"
	"strings"

	"github.com/danieljoos/wincred"
	gokeyring "github.com/zalando/go-keyring"

	"github.com/dxauth/dxauth/pkg/secret"
)

// systemBackend is the credential manager. It takes names that differ only in case
// for the same, so a name is encoded by caseless. Items of earlier versions are
// under the plain name; which user they belong to is in the item.
type systemBackend struct{}

func (systemBackend) get(user string) (secret.Text, error) {
	item, err := find(user)
	if err != nil {
		return secret.Text{}, err
	}
	return secret.New(string(item.CredentialBlob)), nil
}

func (systemBackend) set(user string, value secret.Text) error {
	if err := moveEarlier(user); err != nil {
		return err
	}
	return writeItem(user, []byte(value.Reveal()))
}

func (systemBackend) remove(user string) error {
	item, err := find(user)
	if err != nil {
		return err
	}
	return item.Delete()
}

// find returns the item of a user, also one of an earlier version.
func find(user string) (*wincred.GenericCredential, error) {
	item, err := readItem(caseless(user), user)
	if errors.Is(err, gokeyring.ErrNotFound) {
		return readItem(user, user)
	}
	return item, err
}

// readItem returns the item of a name if it belongs to the user.
func readItem(name, user string) (*wincred.GenericCredential, error) {
	item, err := wincred.GetGenericCredential(target(name))
	switch {
	case errors.Is(err, wincred.ErrElementNotFound):
		return nil, gokeyring.ErrNotFound
	case err != nil:
		return nil, err
	case item.UserName != user:
		return nil, gokeyring.ErrNotFound
	}
	return item, nil
}

func writeItem(user string, value []byte) error {
	item := wincred.NewGenericCredential(target(caseless(user)))
	item.UserName, item.CredentialBlob = user, value
	return item.Write()
}

// moveEarlier gives the item of an earlier version that has the plain name of a user
// its own name. It may belong to another user whose name differs in case.
func moveEarlier(user string) error {
	item, err := wincred.GetGenericCredential(target(user))
	if errors.Is(err, wincred.ErrElementNotFound) {
		return nil
	}
	if err != nil || strings.EqualFold(caseless(item.UserName), user) { // it has its own name
		return err
	}
	if _, err := readItem(caseless(item.UserName), item.UserName); errors.Is(err, gokeyring.ErrNotFound) {
		if err := writeItem(item.UserName, item.CredentialBlob); err != nil {
			return err
		}
	}
	return item.Delete()
}

func target(name string) string { return service + ":" + name }
