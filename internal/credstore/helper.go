package credstore

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os/exec"
	"strings"
	"time"

	"github.com/dxauth/dxauth/pkg/secret"
)

// helperPatience bounds a call to a helper, which may prompt the user.
const helperPatience = time.Minute

// helper keeps items with a docker credential helper, a program
// docker-credential-NAME with the verbs get, store and erase. Requests go to its
// standard input, never into its arguments.
type helper struct {
	name     string // with the prefix
	patience time.Duration
}

// helperCredential is an item in the helpers' protocol. It is never kept.
type helperCredential struct {
	ServerURL string
	Username  string
	Secret    string
}

func newHelper(name string) (helper, error) {
	if err := checkHelperName(name); err != nil {
		return helper{}, err
	}
	return helper{name: name, patience: helperPatience}, nil
}

// checkHelperName refuses names that could lead out of PATH.
func checkHelperName(name string) error {
	const longest = 64
	const allowed = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-"
	helper, found := strings.CutPrefix(name, HelperPrefix)
	if !found || helper == "" || len(helper) > longest || strings.Trim(helper, allowed) != "" {
		return fmt.Errorf("the credential store %q is not %sNAME: a name has letters, digits, - and _", name, HelperPrefix)
	}
	return nil
}

func (h helper) Name() string { return h.name }

func (h helper) program() string {
	return "docker-credential-" + strings.TrimPrefix(h.name, HelperPrefix)
}

// Probe looks for the program but does not start it, because it might prompt.
func (h helper) Probe(context.Context) Probe {
	path, err := exec.LookPath(h.program())
	if err != nil {
		return h.probed(Absent, h.program()+" is not in PATH")
	}
	return h.probed(Ready, path+" keeps the credential")
}

func (h helper) Get(ctx context.Context, key Key) (secret.Text, error) {
	if err := errors.Join(ctx.Err(), key.check()); err != nil {
		return secret.Text{}, err
	}
	answer, err := h.run(ctx, "get", secret.New(helperURL(key)))
	if err != nil {
		return secret.Text{}, h.failed("reading", key, err)
	}
	var found helperCredential
	if json.Unmarshal([]byte(answer.Reveal()), &found) != nil { // its error may quote the secret
		return secret.Text{}, unavailable(h.probed(Declined, "its answer is not that of a docker credential helper"))
	}
	if found.Username != key.User { // some helpers return similar items
		return secret.Text{}, h.failed("reading", key, ErrNotFound)
	}
	return secret.New(found.Secret), nil
}

func (h helper) Set(ctx context.Context, key Key, value secret.Text) error {
	if err := errors.Join(ctx.Err(), key.check()); err != nil {
		return err
	}
	if value.Len() > MaxItem {
		return ErrTooBig
	}
	request, err := json.Marshal(helperCredential{ServerURL: helperURL(key), Username: key.User, Secret: value.Reveal()})
	if err != nil {
		return fmt.Errorf("encoding %s for %s: %w", key, h.name, err)
	}
	if _, err := h.run(ctx, "store", secret.New(string(request))); err != nil {
		return h.failed("writing", key, err)
	}
	return confirmKept(ctx, h, key, value)
}

func (h helper) Delete(ctx context.Context, key Key) error {
	if err := errors.Join(ctx.Err(), key.check()); err != nil {
		return err
	}
	_, err := h.run(ctx, "erase", secret.New(helperURL(key)))
	if err != nil && !errors.Is(err, ErrNotFound) {
		return h.failed("deleting", key, err)
	}
	return confirmDeleted(ctx, h, key)
}

// helperURL returns the URL that names an item. Some helpers accept only https URLs;
// the path distinguishes the item from a docker registry on the same host.
func helperURL(key Key) string { return "https://" + key.Host + "/dxauth/" + url.PathEscape(key.User) }

func (h helper) failed(doing string, key Key, err error) error {
	return fmt.Errorf("%s %s with %s: %w", doing, key, h.program(), err)
}

func (h helper) probed(outcome Outcome, detail string) Probe {
	return Probe{Store: h.name, Outcome: outcome, Detail: detail}
}
