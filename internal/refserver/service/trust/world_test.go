package trust_test

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json/v2"
	"errors"
	"net/netip"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/passwordhash"
	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/projects"
	"github.com/dxauth/dxauth/internal/refserver/service/trust"
	"github.com/dxauth/dxauth/internal/refserver/store/twice"
	"github.com/dxauth/dxauth/internal/refserver/testaudit"
	"github.com/dxauth/dxauth/internal/refserver/testclock"
	"github.com/dxauth/dxauth/internal/refserver/teststore"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	rules "github.com/dxauth/dxauth/internal/refserver/trust"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

const (
	password = "wonderland-2026"
	lab      = "org-lab"
	rival    = "org-rival"

	onRequest = "https://token.actions.githubusercontent.com" // mode once
	shared    = "https://gitlab.example.org"                  // mode until-expiry
)

var home = service.Origin{Address: netip.MustParseAddr("192.0.2.1"), UserAgent: "dxauth", RequestID: "1-1", Protocol: "dnanexus"}

// world is a service with alice, an admin of the lab, its member bob, the account bot that
// it made, and carol, an admin of another org.
//
// The lab pays for project-data (alice ADMINISTER, bot CONTRIBUTE) and project-phi, with
// protected health information; alice pays for project-own herself.
type world struct {
	*testing.T
	service *service.Service
	trust   *trust.Service
	db      *failing
	log     *testaudit.DB
	clock   *testclock.Clock
}

// failing lets look-ups of permissions in reads fail.
type failing struct {
	transaction.DB
	permissions func() error // called for each look-up; nil: none
}

func (d *failing) Read(ctx context.Context, f func(transaction.Tx) error) error {
	return d.DB.Read(ctx, func(tx transaction.Tx) error { return f(&failingTx{tx, d.permissions}) })
}

type failingTx struct {
	transaction.Tx
	permissions func() error
}

func (t *failingTx) Permissions(ctx context.Context, projectID string) (map[string]directory.Level, error) {
	if t.permissions != nil {
		if err := t.permissions(); err != nil {
			return nil, err
		}
	}
	return t.Tx.Permissions(ctx, projectID)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	t.Parallel()
	hasher, err := passwordhash.NewHasher(passwordhash.Cheapest(), rand.Reader, 2, 256)
	if err != nil {
		t.Fatal(err)
	}
	key, err := seal.New(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{
		T: t, log: testaudit.New(twice.Writes(teststore.Open(t))),
		clock: testclock.New(time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)),
	}
	w.db = &failing{DB: w.log}
	w.service = service.New(service.Config{
		DB: w.db, Now: w.clock.Now, Random: rand.Reader, Hasher: hasher, Key: key, Limits: access.DefaultLimits(),
		TwoFactor: identity.FactorsEnabled, Name: "dxauth",
	})
	w.trust = trust.New(trust.Config{
		Service: w.service, Limits: access.DefaultLimits(), Random: rand.Reader,
		Issuers: []trust.Issuer{
			{Issuer: rules.Issuer{Name: "github", URL: onRequest, Once: true}, Verify: w.verifier(onRequest)},
			{Issuer: rules.Issuer{Name: "gitlab", URL: shared}, Verify: w.verifier(shared)},
			{Issuer: rules.Issuer{Name: "dead", URL: "https://dead.example.org"}, Verify: func(context.Context, secret.Text) (trust.Verified, error) {
				return trust.Verified{}, refusal.New(refusal.Unavailable, "the issuer does not respond")
			}},
		},
	})
	w.fill(hasher)
	return w
}

func (w *world) fill(hasher *passwordhash.Hasher) {
	w.Helper()
	hash, err := hasher.Hash(w.Context(), secret.New(password))
	w.check(err)
	places := directory.NewService(w.clock.Now, rand.Reader)
	w.write(func(ctx context.Context, tx transaction.Tx) error {
		for _, handle := range []string{"alice", "bob", "carol", "bot"} {
			user := identity.User{ID: identity.UserID(handle), Handle: handle, PasswordHash: hash, Created: w.clock.Now()}
			if handle == "bot" {
				user.ProvisioningOrg = lab
			}
			w.check(tx.InsertUser(ctx, user))
		}
		for org, admin := range map[string]string{lab: "user-alice", rival: "user-carol"} {
			w.check(tx.InsertOrg(ctx, directory.Org{ID: org, Handle: org[4:], Name: org, PHIEnabled: true, Created: w.clock.Now()}))
			w.check(tx.SetMember(ctx, org, directory.NewMembership(org, admin, directory.Admin)))
		}
		w.check(tx.SetMember(ctx, lab, directory.NewMembership(lab, "user-bob", directory.Member)))
		for id, billTo := range map[string]string{"project-data": lab, "project-phi": lab, "project-own": "user-alice", "project-rival": rival} {
			levels := map[string]directory.Level{"user-alice": directory.Administer, "user-bot": directory.Contribute}
			if billTo == rival {
				levels = map[string]directory.Level{"user-carol": directory.Administer}
			}
			w.check(places.AddProject(ctx, tx, directory.Project{
				ID: id, Name: id, BillTo: billTo, ContainsPHI: id == "project-phi", Created: w.clock.Now(), Modified: w.clock.Now(),
			}, levels))
		}
		return nil
	})
}

// write runs a transaction of the test itself.
func (w *world) write(f func(context.Context, transaction.Tx) error) {
	w.Helper()
	w.check(w.log.Write(w.Context(), func(tx transaction.Tx) error { return f(w.Context(), tx) }))
}

func (w *world) check(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// refused checks the reason of a refusal.
func (w *world) refused(err error, want refusal.Reason) {
	w.Helper()
	if refusal.ReasonOf(err) != want {
		w.Fatalf("got %v (%s), want the reason %s", err, refusal.ReasonOf(err), want)
	}
}

// verifier stands for an issuer. It takes the tokens that idToken makes.
func (w *world) verifier(url string) func(context.Context, secret.Text) (trust.Verified, error) {
	return func(_ context.Context, token secret.Text) (trust.Verified, error) {
		claims, signature := w.read(token)
		expires, isNumber := claims["exp"].(float64)
		id, _ := claims["jti"].(string)
		subject, _ := claims["sub"].(string)
		if signature != "signed" && signature != "signed-too" || claims["iss"] != url || claims["aud"] != "https://dxauth.example.org" || !isNumber {
			return trust.Verified{}, refusal.New(refusal.WrongCredentials, "the ID token is not valid").Because(refusal.WrongIDToken)
		}
		issued, _ := claims["iat"].(float64)
		return trust.Verified{ID: id, Subject: subject, Issued: time.Unix(int64(issued), 0), Expires: time.Unix(int64(expires), 0), Claims: claims}, nil
	}
}

func (w *world) read(token secret.Text) (claims map[string]any, signature string) {
	w.Helper()
	parts := splitToken(token)
	if len(parts) != 3 {
		w.Fatalf("%d parts", len(parts))
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	w.check(err)
	w.check(json.Unmarshal(payload, &claims))
	return claims, parts[2]
}

// claims are those of an ID token.
type claims map[string]any

// with returns the claims with others.
func (c claims) with(changes claims) claims {
	all := claims{}
	for _, some := range []claims{c, changes} {
		for name, value := range some {
			all[name] = value
			if value == nil {
				delete(all, name)
			}
		}
	}
	return all
}

// job is a job of GitHub Actions.
func (w *world) job() claims {
	return claims{
		"iss": onRequest, "aud": "https://dxauth.example.org", "iat": w.clock.Now().Unix(), "exp": w.clock.Now().Add(10 * time.Minute).Unix(), "jti": rand.Text(),
		"sub": "repo:acme/tools:ref:refs/heads/main", "repository": "acme/tools", "repository_id": "42", "repository_owner_id": "7",
		"ref": "refs/heads/main", "environment": "prod",
	}
}

// idToken returns a token with that signature.
func idToken(c claims, signature string) secret.Text {
	payload, err := json.Marshal(c, json.Deterministic(true))
	if err != nil {
		panic(err)
	}
	return secret.New("header." + base64.RawURLEncoding.EncodeToString(payload) + "." + signature)
}

func signed(c claims) secret.Text { return idToken(c, "signed") }

// signIn returns a caller who has just signed in.
func (w *world) signIn(handle string) service.Caller {
	w.Helper()
	result, err := w.service.SignIn(w.Context(), identity.Attempt{Username: handle, Password: secret.New(password)}, access.Order{}, home)
	w.check(err)
	return w.callerOf(result.Secret)
}

func (w *world) callerOf(bearer secret.Text) service.Caller {
	w.Helper()
	caller, err := w.service.Authenticate(w.Context(), bearer, access.WithinScope, home)
	w.check(err)
	return caller
}

// prodRule is about jobs of one repository in one environment.
func prodRule() rules.Rule {
	return rules.Rule{
		OrgID: lab, Issuer: "github", Claims: map[string]string{"repository_id": "42", "environment": "prod"},
		UserID: "user-bot", Projects: map[string]directory.Level{"project-data": directory.Contribute}, Lifetime: 30 * time.Minute,
	}
}

// add adds a rule of alice.
func (w *world) add(rule rules.Rule) rules.Rule {
	w.Helper()
	added, err := w.trust.Add(w.Context(), w.signIn("alice"), service.Proof{}, rule)
	w.check(err)
	return added
}

func (w *world) exchange(token secret.Text) (trust.Exchanged, error) {
	return w.trust.Exchange(w.Context(), token, rules.Choice{}, home)
}

// mustExchange exchanges a new ID token of a job.
func (w *world) mustExchange() trust.Exchanged {
	w.Helper()
	made, err := w.exchange(signed(w.job()))
	w.check(err)
	return made
}

// level returns what a caller can do in a project.
func (w *world) level(caller service.Caller, project string) directory.Level {
	w.Helper()
	view, err := projects.View(w.Context(), w.service, caller, project)
	if needs, denied := refusal.DetailsOf[directory.Level](err); denied && needs == directory.View {
		return directory.None
	}
	w.check(err)
	return view.Level
}

// ended reports whether a token is refused because it was revoked.
func (w *world) ended(bearer secret.Text) bool {
	w.Helper()
	_, err := w.service.Authenticate(w.Context(), bearer, access.WithinScope, home)
	if err != nil && !errors.Is(err, access.Ended(access.Revoked)) {
		w.Fatal(err)
	}
	return err != nil
}
