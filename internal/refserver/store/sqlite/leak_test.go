package sqlite

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/grant"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/grants"
	"github.com/dxauth/dxauth/internal/refserver/service/projects"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

var origin = service.Origin{Address: netip.MustParseAddr("192.0.2.1"), UserAgent: "dxauth", RequestID: "1-1"}

// newService returns a service over s in which alice has a password, a second
// factor and a recovery code.
func newService(t testing.TB, s transaction.DB) (*service.Service, *identity.Authenticator) {
	t.Helper()
	hasher, err := passwordhash.NewHasher(passwordhash.Cheapest(), rand.Reader, 1, 1)
	if err != nil {
		t.Fatal(err)
	}
	key, err := seal.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	d := service.New(service.Config{
		DB: s, Now: func() time.Time { return now }, Random: rand.Reader, Hasher: hasher, Key: key, Limits: access.DefaultLimits(),
	})
	authenticator := identity.NewAuthenticator(identity.Config{Hasher: hasher, Key: key, Now: func() time.Time { return now }, Random: rand.Reader})
	encoded, err := hasher.Hash(t.Context(), secret.New(password))
	if err != nil {
		t.Fatal(err)
	}
	err = s.Write(t.Context(), func(tx transaction.Tx) error {
		alice := identity.User{ID: "user-alice", Handle: "alice", PasswordHash: encoded, Created: now}
		if err := tx.InsertUser(t.Context(), alice); err != nil {
			return err
		}
		return authenticator.Provision(t.Context(), tx, alice.ID, seed, []secret.Text{secret.New(recoveryCode)})
	})
	if err != nil {
		t.Fatal(err)
	}
	return d, authenticator
}

const (
	password     = "wonderland-2026"
	mistyped     = "looking-glass-2026"
	recoveryCode = "aaaaa-bbbbb"
)

var (
	now  = time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	seed = []byte("12345678901234567890")
)

// S-30, S-70: the database contains no token, password, code or seed, not even a
// mistyped one.
func TestNoSecretInTheDatabase(t *testing.T) {
	s := openMemory(t)
	d, authenticator := newService(t, s)
	code := identity.TOTP(seed, now.Unix()/30)
	secrets := []string{password, mistyped, recoveryCode, strings.ReplaceAll(recoveryCode, "-", ""),
		code, string(seed), identity.EncodeSeed(seed).Reveal()}

	signIn := func(user, password, code string) (service.SignInResult, error) {
		attempt := identity.Attempt{Username: user, Password: secret.New(password), Code: secret.New(code)}
		return d.SignIn(t.Context(), attempt, access.Order{}, origin)
	}
	for _, code := range []string{code, recoveryCode} {
		grant, err := signIn("alice", password, code)
		if err != nil {
			t.Fatal(err)
		}
		secrets = append(secrets, grant.Secret.Reveal())
		caller, err := d.Authenticate(t.Context(), grant.Secret, access.WithinScope, origin)
		if err != nil {
			t.Fatal(err)
		}
		child, err := d.MakeTokens(t.Context(), caller, service.TokenDraft{Order: access.Order{Label: "ci"}})
		if err != nil {
			t.Fatal(err)
		}
		secrets = append(secrets, child[0].Secret.Reveal())
		for _, form := range []access.Form{access.Base62, access.Hex} {
			secrets = append(secrets, useToken(t, d, caller, child[0].Secret, form).Reveal())
		}
		secrets = append(secrets, letProgramsIn(t, d, caller)...)
	}
	for _, wrong := range [][3]string{
		{"alice", mistyped, ""}, {"alice", password, mistyped}, {mistyped, mistyped, ""}, {password, "", ""},
	} {
		if _, err := signIn(wrong[0], wrong[1], wrong[2]); err == nil {
			t.Fatalf("%v signed in", wrong)
		}
	}
	secrets = append(secrets, enroll(t, d, authenticator, s)...)
	unknown := secret.New("0123456789abcdefghijABCDEFGHIJ01")
	if _, err := d.Authenticate(t.Context(), unknown, access.WithinScope, origin); err == nil {
		t.Fatal("an unknown token was accepted")
	}
	secrets = append(secrets, unknown.Reveal())

	all := dump(t, s)
	for _, secret := range secrets {
		if strings.Contains(strings.ToLower(all), strings.ToLower(secret)) {
			t.Errorf("%q is in the database", secret)
		}
	}
	for _, there := range []string{"user-alice", "sign-in", "token.new", "token.use", "token.update", "argon2id", "192.0.2.1", "198.51.100.7"} {
		if !strings.Contains(all, there) {
			t.Errorf("%q is not in the dump", there)
		}
	}
}

// letProgramsIn gives programs a session by an authorization code and by the code of a
// device, and returns the secrets that they got.
func letProgramsIn(t *testing.T, d *service.Service, caller service.Caller) []string {
	t.Helper()
	programs := grants.New(grants.Config{Service: d, Random: rand.Reader})
	redirect, err := grant.ParseRedirect("http://127.0.0.1:43121/callback")
	if err != nil {
		t.Fatal(err)
	}
	verifier := rand.Text() + rand.Text()
	hash := sha256.Sum256([]byte(verifier))
	code, err := programs.IssueCode(t.Context(), caller, grant.Request{
		Client: grant.CommandLine, Redirect: redirect, Challenge: grant.Challenge(base64.RawURLEncoding.EncodeToString(hash[:])),
	})
	if err != nil {
		t.Fatal(err)
	}
	byCode, err := programs.RedeemCode(t.Context(), grant.Redemption{
		Client: grant.CommandLine, Code: code, Redirect: redirect.String(), Verifier: secret.New(verifier),
	}, origin)
	if err != nil {
		t.Fatal(err)
	}
	device, err := programs.BeginDevice(t.Context(), grant.CommandLine, origin)
	if err != nil {
		t.Fatal(err)
	}
	if err := programs.ApproveDevice(t.Context(), caller, string(device.Typed)); err != nil {
		t.Fatal(err)
	}
	byDevice, err := programs.PollDevice(t.Context(), grant.CommandLine, device.DeviceCode, origin)
	if err != nil {
		t.Fatal(err)
	}
	return []string{
		verifier, code.Reveal(), byCode.Secret.Reveal(), device.DeviceCode.Reveal(), string(device.Typed), byDevice.Secret.Reveal(),
	}
}

// enroll replaces the second factor of alice during a partial sign-in, and
// returns the secrets that she got.
func enroll(t *testing.T, d *service.Service, authenticator *identity.Authenticator, s *Store) []string {
	t.Helper()
	attempt := identity.Attempt{Username: "alice", Password: secret.New(password)}
	_, err := d.SignInInSteps(t.Context(), attempt, access.Order{}, origin)
	half, found := refusal.DetailsOf[service.PartialSignIn](err)
	if !found {
		t.Fatal(err)
	}
	var secrets []string
	err = s.Write(t.Context(), func(tx transaction.Tx) error {
		secrets = nil
		for range 2 { // the first is confirmed and turned on, the other stays pending
			alice, err := tx.UserByID(t.Context(), "user-alice")
			if err != nil {
				return err
			}
			offer, err := authenticator.Begin(t.Context(), tx, alice)
			if err != nil {
				return err
			}
			seed, err := identity.DecodeSeed(offer.Secret.Reveal())
			if err != nil {
				return err
			}
			secrets = append(secrets, string(seed), offer.Secret.Reveal(), identity.TOTP(seed, now.Unix()/30))
			if len(secrets) > 3 {
				continue
			}
			codes, err := authenticator.TurnOn(t.Context(), tx, identity.CodeAttempt{User: alice, Code: secret.New(secrets[2]), Source: "192.0.2.1"})
			if err != nil {
				return err
			}
			for _, code := range codes {
				secrets = append(secrets, code.Reveal(), identity.NormalizeRecoveryCode(code).Reveal())
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return append(secrets, half.Ticket.Reveal())
}

// useToken makes a token with a token, uses it from another address, finds,
// renames and revokes it.
func useToken(t *testing.T, d *service.Service, caller service.Caller, bearer secret.Text, form access.Form) secret.Text {
	t.Helper()
	parent, err := d.Authenticate(t.Context(), bearer, access.WholeAccount, origin)
	if err != nil {
		t.Fatal(err)
	}
	made, err := d.MakeTokens(t.Context(), parent, service.TokenDraft{Order: access.Order{Label: "job", Form: form}})
	if err != nil {
		t.Fatal(err)
	}
	issued := made[0]
	elsewhere := origin
	elsewhere.Address = netip.MustParseAddr("198.51.100.7")
	if _, err := d.Authenticate(t.Context(), issued.Secret, access.WithinScope, elsewhere); err != nil {
		t.Fatal(err)
	}
	query := access.Query{Kind: access.APIToken, Prefix: issued.Token.Signature[:8], Limit: 1}
	if page, err := d.FindTokens(t.Context(), caller, query); err != nil || len(page.Tokens) != 1 {
		t.Fatalf("found %d tokens, %v", len(page.Tokens), err)
	}
	label := "renamed"
	if err := d.UpdateToken(t.Context(), caller, access.Ref{Signature: issued.Token.Signature}, access.Change{Label: &label}); err != nil {
		t.Fatal(err)
	}
	if err := d.RevokeTokens(t.Context(), caller, access.Ref{Signature: issued.Token.Signature}); err != nil {
		t.Fatal(err)
	}
	return issued.Secret
}

// S-70: a row of the audit log is written together with its change, or not at
// all.
func TestFailedChangeLeavesNoAuditRow(t *testing.T) {
	s := openMemory(t)
	db := &withoutFolders{DB: s}
	d, _ := newService(t, db)
	attempt := identity.Attempt{Username: "alice", Password: secret.New(password), Code: secret.New(recoveryCode)}
	grant, err := d.SignIn(t.Context(), attempt, access.Order{}, origin)
	if err != nil {
		t.Fatal(err)
	}
	caller, err := d.Authenticate(t.Context(), grant.Secret, access.WithinScope, origin)
	if err != nil {
		t.Fatal(err)
	}
	before := count(t, s, "audit")
	if _, err := projects.Create(t.Context(), d, caller, directory.Project{Name: "X"}); !errors.Is(err, errNoFolder) {
		t.Fatalf("a project without a folder: %v", err)
	}
	if rows, projects := count(t, s, "audit")-before, count(t, s, "projects"); rows != 0 || projects != 0 {
		t.Errorf("%d rows and %d projects of a failed change", rows, projects)
	}
}

var errNoFolder = errors.New("no folder can be made")

// withoutFolders is a store that cannot make a folder, which is the last step of
// a new project.
type withoutFolders struct{ transaction.DB }

func (w *withoutFolders) Write(ctx context.Context, f func(transaction.Tx) error) error {
	return w.DB.Write(ctx, func(tx transaction.Tx) error { return f(txWithoutFolders{tx}) })
}

type txWithoutFolders struct{ transaction.Tx }

func (txWithoutFolders) InsertRoot(context.Context, string) error { return errNoFolder }

// dump returns all rows of all tables as text, with bytes unchanged.
func dump(t testing.TB, s *Store) string {
	t.Helper()
	var out strings.Builder
	for _, table := range tables(t, s) {
		rows, err := s.writer.QueryContext(t.Context(), "SELECT * FROM "+table)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		columns, err := rows.Columns()
		if err != nil {
			t.Fatal(err)
		}
		for rows.Next() {
			values := make([]any, len(columns))
			into := make([]any, len(columns))
			for i := range values {
				into[i] = &values[i]
			}
			if err := rows.Scan(into...); err != nil {
				t.Fatal(err)
			}
			for i, value := range values {
				if bytes, ok := value.([]byte); ok {
					values[i] = string(bytes)
				}
			}
			fmt.Fprintln(&out, append([]any{table}, values...)...)
		}
		if err := rows.Err(); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

func tables(t testing.TB, s *Store) (names []string) {
	t.Helper()
	rows, err := s.writer.QueryContext(t.Context(), "SELECT name FROM sqlite_schema WHERE type = 'table'")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(names, "audit") {
		t.Fatalf("tables are %v", names)
	}
	return names
}
