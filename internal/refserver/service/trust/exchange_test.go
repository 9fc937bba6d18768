package trust_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/access"
	"github.com/dxauth/dxauth/internal/refserver/audit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refserver/service/projects"
	"github.com/dxauth/dxauth/internal/refserver/transaction"
	rules "github.com/dxauth/dxauth/internal/refserver/trust"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

func splitToken(token secret.Text) []string { return strings.Split(token.Reveal(), ".") }

// A job gets a token of the rule's user, for the rule's projects, and no longer than its
// own token lives.
func TestAJobExchangesItsToken(t *testing.T) {
	w := newWorld(t)
	rule := w.add(prodRule())
	made := w.mustExchange()
	token := made.Token
	if made.User.ID != "user-bot" || made.Rule.ID != rule.ID || made.Issuer != "github" {
		t.Errorf("made %s by %s of %s", made.User.ID, made.Rule.ID, made.Issuer)
	}
	if token.Kind != access.APIToken || !token.Authenticated.IsZero() || token.Parent != "" || !token.Scope.NoPHI || token.Scope.Full {
		t.Errorf("token %+v", token)
	}
	if want := w.clock.Now().Add(10 * time.Minute); !token.Expires.Equal(want) {
		t.Errorf("expires %v, want the end of the ID token, %v", token.Expires, want)
	}
	caller := w.callerOf(made.Secret)
	for project, want := range map[string]directory.Level{
		"project-data": directory.Contribute, "project-phi": directory.None, "project-own": directory.None,
	} {
		if got := w.level(caller, project); got != want {
			t.Errorf("%s: %s, want %s", project, got, want)
		}
	}
	if _, err := w.service.Authenticate(t.Context(), made.Secret, access.WholeAccount, home); !errors.Is(err, access.ErrBeyondScope) {
		t.Errorf("a token of a job is good for the whole account: %v", err)
	}
	rows := w.log.Of(audit.TrustExchange)
	if len(rows) != 1 || rows[0].Actor != "user-bot" || rows[0].Subject != lab+"/"+rule.ID+"/"+audit.ShortSignature(token.Signature) {
		t.Errorf("audit rows %+v", rows)
	}
	long := w.job().with(claims{"exp": w.clock.Now().Add(24 * time.Hour).Unix()})
	made, err := w.exchange(signed(long))
	w.check(err)
	if want := w.clock.Now().Add(30 * time.Minute); !made.Token.Expires.Equal(want) {
		t.Errorf("expires %v, want the lifetime of the rule, %v", made.Token.Expires, want)
	}
}

// What is wrong with an ID token, or nearly right, gives nothing and spends nothing.
func TestRefusedExchanges(t *testing.T) {
	w := newWorld(t)
	w.add(prodRule())
	for name, test := range map[string]struct {
		token secret.Text
		want  refusal.Reason
	}{
		"not a token":                               {secret.New("0123456789"), refusal.WrongIDToken},
		"claims that are not JSON":                  {secret.New("a.!.c"), refusal.WrongIDToken},
		"claims that are empty":                     {secret.New("a.e30.c"), refusal.WrongIDToken},
		"a large one":                               {secret.New("a." + strings.Repeat("x", 70_000) + ".c"), refusal.WrongIDToken},
		"another signature":                         {idToken(w.job(), "forged"), refusal.WrongIDToken},
		"an unknown issuer":                         {signed(w.job().with(claims{"iss": "https://evil.example.org"})), refusal.WrongIDToken},
		"no issuer":                                 {signed(w.job().with(claims{"iss": nil})), refusal.WrongIDToken},
		"an issuer with a slash":                    {signed(w.job().with(claims{"iss": onRequest + "/"})), refusal.WrongIDToken},
		"another audience":                          {signed(w.job().with(claims{"aud": "https://other.example.org"})), refusal.WrongIDToken},
		"an expired one, within the skew of clocks": {signed(w.job().with(claims{"exp": w.clock.Now().Unix()})), refusal.WrongIDToken},
		"another environment":                       {signed(w.job().with(claims{"environment": "prod2"})), refusal.NotTrusted},
		"the environment in capitals":               {signed(w.job().with(claims{"environment": "PROD"})), refusal.NotTrusted},
		"no environment":                            {signed(w.job().with(claims{"environment": nil})), refusal.NotTrusted},
		"a list of environments":                    {signed(w.job().with(claims{"environment": []string{"prod"}})), refusal.NotTrusted},
		// Somebody else registered the name of a repository that was given up.
		"the repository of another owner": {signed(w.job().with(claims{"repository_id": "43", "repository_owner_id": "8"})), refusal.NotTrusted},
		"the issuer of another rule":      {signed(w.job().with(claims{"iss": shared})), refusal.NotTrusted},
	} {
		_, err := w.exchange(test.token)
		w.refused(err, test.want)
		if strings.Contains(err.Error(), test.token.Reveal()) {
			t.Errorf("%s: the refusal shows the token", name)
		}
	}
	if _, err := w.exchange(signed(w.job().with(claims{"iss": "https://dead.example.org"}))); refusal.CodeOf(err) != refusal.Unavailable {
		t.Errorf("an issuer that does not respond: %v", err)
	}
	if rows := w.log.Of(audit.TrustExchange); len(rows) > 0 {
		t.Errorf("audit rows of exchanges: %v", rows)
	}
}

// A token that was issued on request is exchanged once, also with another signature that
// is right, with another text that has the same jti, and after a clock was set back.
func TestATokenIsExchangedOnce(t *testing.T) {
	w := newWorld(t)
	w.add(prodRule())
	withID, without := w.job(), w.job().with(claims{"jti": nil})
	for _, token := range []secret.Text{signed(withID), signed(without)} {
		_, err := w.exchange(token)
		w.check(err)
	}
	for name, token := range map[string]secret.Text{
		"again":                             signed(withID),
		"another text":                      signed(withID.with(claims{"run": "2"})),
		"without jti":                       signed(without),
		"without jti, with other signature": idToken(without, "signed-too"),
	} {
		_, err := w.exchange(token)
		if !errors.Is(err, rules.ErrUsed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	var repeated int
	for _, row := range w.log.Of(audit.TrustExchange) {
		if row.Result == "used_id_token" {
			repeated++
		}
	}
	if repeated != 4 {
		t.Errorf("%d audit rows of repeated exchanges", repeated)
	}
	w.clock.Advance(time.Hour)
	_, err := w.exchange(signed(w.job())) // forgets what expired a day ago
	w.check(err)
	w.clock.Advance(-time.Hour)
	if _, err := w.exchange(signed(withID)); !errors.Is(err, rules.ErrUsed) {
		t.Errorf("after the clock was set back: %v", err)
	}
}

// A store that was restored does not know which tokens were exchanged since: those that are
// exchanged once have to be newer, also if the clock of their issuer is a minute ahead.
func TestTokensOlderThanARestore(t *testing.T) {
	w := newWorld(t)
	w.add(prodRule())
	w.write(func(ctx context.Context, tx transaction.Tx) error { return tx.SetRestored(ctx, w.clock.Now()) })
	issued := func(ago time.Duration) claims { return claims{"iat": w.clock.Now().Add(-ago).Unix()} }
	for name, test := range map[string]struct {
		token claims
		good  bool
	}{
		"before":                       {w.job().with(issued(time.Hour)), false},
		"after, by a clock that is on": {w.job().with(issued(-time.Minute)), false},
		"well after":                   {w.job().with(issued(-time.Minute - time.Second)), true},
		"without a time":               {w.job().with(claims{"iat": nil}), false},
	} {
		_, err := w.exchange(signed(test.token))
		if good := err == nil; good != test.good || !good && !errors.Is(err, rules.ErrUsed) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Of many who exchange a token at the same time, one wins.
func TestARaceForATokenHasOneWinner(t *testing.T) {
	w := newWorld(t)
	w.add(prodRule())
	token := signed(w.job())
	var won atomic.Int32
	var all sync.WaitGroup
	for range 12 {
		all.Go(func() {
			_, err := w.exchange(token)
			switch {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, rules.ErrUsed) && refusal.CodeOf(err) != refusal.Throttled:
				t.Error(err)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Errorf("%d won", won.Load())
	}
}

// A token that all commands of a job share is exchanged until it expires, but not without
// end, and each exchange is counted and audited.
func TestASharedTokenIsCounted(t *testing.T) {
	w := newWorld(t)
	rule := prodRule()
	rule.Issuer, rule.Claims = "gitlab", map[string]string{"project_id": "3", "ref": "main", "ref_protected": "true"}
	rule = w.add(rule)
	w.write(func(ctx context.Context, tx transaction.Tx) error { return tx.SetRestored(ctx, w.clock.Now()) }) // makes no difference
	token := signed(claims{
		"iss": shared, "aud": "https://dxauth.example.org", "exp": w.clock.Now().Add(time.Hour).Unix(), "jti": "1",
		"sub": "project_path:acme/tools:ref_type:branch:ref:main", "project_id": "3", "ref": "main", "ref_protected": "true",
	})
	const most = 200
	for range most {
		_, err := w.exchange(token)
		w.check(err)
	}
	_, err := w.exchange(token)
	w.refused(err, refusal.UsedIDToken)
	list, err := w.trust.List(t.Context(), w.signIn("alice"), lab)
	w.check(err)
	if len(list) != 1 || list[0].Uses != most || !list[0].LastUsed.Equal(w.clock.Now()) {
		t.Errorf("rules %+v", list)
	}
	if rows := w.log.Of(audit.TrustExchange); len(rows) != most+1 || rows[0].Subject[:len(lab)+17] != lab+"/"+rule.ID {
		t.Errorf("%d audit rows", len(rows))
	}
}

// Several rules that match are not a choice: the job names the org or the rule. An org of
// somebody else cannot slip in.
func TestAJobChoosesAmongRules(t *testing.T) {
	w := newWorld(t)
	prod, data := prodRule(), prodRule()
	prod = w.add(prod)
	data.Claims, data.UserID = map[string]string{"repository_id": "42", "ref": "refs/heads/*"}, ""
	data = w.add(data)
	theirs := prodRule()
	theirs.OrgID, theirs.UserID, theirs.Projects = rival, "", map[string]directory.Level{"project-rival": directory.View}
	theirs, err := w.trust.Add(t.Context(), w.signIn("carol"), service.Proof{}, theirs)
	w.check(err)
	contribute := map[string]directory.Level{"project-data": directory.Contribute}
	for name, test := range map[string]struct {
		choice rules.Choice
		want   string // a rule; empty: a refusal
		reason refusal.Reason
	}{
		"nothing":               {rules.Choice{}, "", refusal.AmbiguousID},
		"the org":               {rules.Choice{OrgID: lab}, "", refusal.AmbiguousID},
		"another org":           {rules.Choice{OrgID: rival}, theirs.ID, ""},
		"a rule":                {rules.Choice{RuleID: data.ID}, data.ID, ""},
		"a rule of the org":     {rules.Choice{OrgID: lab, RuleID: prod.ID}, prod.ID, ""},
		"a rule of another":     {rules.Choice{OrgID: rival, RuleID: prod.ID}, "", refusal.NotTrusted},
		"an unknown rule":       {rules.Choice{RuleID: "0000000000000000"}, "", refusal.NotTrusted},
		"a level":               {rules.Choice{RuleID: prod.ID, Levels: contribute}, prod.ID, ""},
		"a lower one":           {rules.Choice{RuleID: prod.ID, Levels: map[string]directory.Level{"project-data": directory.View}}, prod.ID, ""},
		"a higher one":          {rules.Choice{RuleID: prod.ID, Levels: map[string]directory.Level{"project-data": directory.Administer}}, "", refusal.BeyondScope},
		"a project of nobody's": {rules.Choice{RuleID: prod.ID, Levels: map[string]directory.Level{"project-own": directory.View}}, "", refusal.NotTrusted},
	} {
		made, err := w.trust.Exchange(t.Context(), signed(w.job()), test.choice, home)
		if test.want == "" {
			w.refused(err, test.reason)
			continue
		}
		if err != nil || made.Rule.ID != test.want {
			t.Errorf("%s: %v by rule %s", name, err, made.Rule.ID)
		}
		if level := made.Token.Scope.Projects["project-data"]; test.choice.Levels != nil && level != test.choice.Levels["project-data"] {
			t.Errorf("%s: the level %s", name, level)
		}
	}
}

// What a token reaches is looked up at each use: the levels of maker and user, and who
// pays for the project. A rule that no longer stands ends its tokens, and gives none.
func TestARuleIsAsGoodAsItsMaker(t *testing.T) {
	level := func(userID string, level directory.Level) func(context.Context, transaction.Tx) error {
		return func(ctx context.Context, tx transaction.Tx) error {
			if level == directory.None {
				return tx.RemovePermissions(ctx, []string{"project-data"}, []string{userID})
			}
			return tx.SetPermission(ctx, "project-data", userID, level)
		}
	}
	member := func(level directory.OrgLevel) func(context.Context, transaction.Tx) error {
		return func(ctx context.Context, tx transaction.Tx) error {
			return tx.SetMember(ctx, lab, directory.NewMembership(lab, "user-alice", level))
		}
	}
	payer := func(billTo string) func(context.Context, transaction.Tx) error {
		return func(ctx context.Context, tx transaction.Tx) error {
			project, err := tx.ProjectByID(ctx, "project-data")
			if err != nil {
				return err
			}
			project.BillTo = billTo
			return tx.UpdateProject(ctx, project)
		}
	}
	locked := func(ctx context.Context, tx transaction.Tx) error {
		maker, err := tx.UserByID(ctx, "user-alice")
		if err != nil {
			return err
		}
		maker.Locked = true
		return tx.UpdateUser(ctx, maker)
	}
	for name, test := range map[string]struct {
		change func(context.Context, transaction.Tx) error
		want   directory.Level
		ended  bool
	}{
		"nothing changes":            {func(context.Context, transaction.Tx) error { return nil }, directory.Contribute, false},
		"the maker's level falls":    {level("user-alice", directory.View), directory.View, false},
		"the maker has no access":    {level("user-alice", directory.None), directory.None, false},
		"the user's level falls":     {level("user-bot", directory.Upload), directory.Upload, false},
		"the user's level rises":     {level("user-bot", directory.Administer), directory.Contribute, false},
		"another pays":               {payer("user-alice"), directory.None, false},
		"another org pays":           {payer(rival), directory.None, false},
		"the maker is a member only": {member(directory.Member), directory.None, true},
		"the maker is locked":        {locked, directory.None, true},
		"the maker left the org": {func(ctx context.Context, tx transaction.Tx) error {
			return tx.RemoveMember(ctx, lab, "user-alice")
		}, directory.None, true},
		"the user left the org": {func(ctx context.Context, tx transaction.Tx) error {
			bot, err := tx.UserByID(ctx, "user-bot")
			bot.ProvisioningOrg = ""
			return errors.Join(err, tx.UpdateUser(ctx, bot))
		}, directory.None, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.add(prodRule())
			made := w.mustExchange()
			before := w.callerOf(made.Secret)
			w.write(test.change)
			if ended := w.ended(made.Secret); ended != test.ended {
				t.Errorf("the token has ended: %v, want %v", ended, test.ended)
			}
			if test.ended {
				// A request that was authenticated just before gets nothing either.
				_, err := projects.View(t.Context(), w.service, before, "project-data")
				w.refused(err, access.Revoked)
			} else if got := w.level(w.callerOf(made.Secret), "project-data"); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
			again, err := w.exchange(signed(w.job()))
			if test.want == directory.None {
				w.refused(err, refusal.NotTrusted)
			} else if got := again.Token.Scope.Projects["project-data"]; err != nil || got != test.want {
				t.Errorf("another exchange gives %s, %v", got, err)
			}
		})
	}
}

// If the level of the maker cannot be looked up, the request fails: it is neither allowed
// nor refused. Projects that the scope does not name cost no look-up.
func TestALevelThatCannotBeLookedUp(t *testing.T) {
	w := newWorld(t)
	w.add(prodRule())
	caller := w.callerOf(w.mustExchange().Secret)
	lookUps := 0
	w.db.permissions = func() error {
		if lookUps++; lookUps == 2 { // the first is that of the operation
			return transaction.ErrUnavailable
		}
		return nil
	}
	if _, err := projects.View(t.Context(), w.service, caller, "project-data"); !errors.Is(err, transaction.ErrUnavailable) {
		t.Errorf("got %v", err)
	}
	lookUps = 0
	if level := w.level(caller, "project-own"); level != directory.None || lookUps != 1 {
		t.Errorf("%s on a project of others, with %d look-ups", level, lookUps)
	}
}

// A search shows what a token of a rule reaches, and nothing else.
func TestASearchWithATokenOfARule(t *testing.T) {
	w := newWorld(t)
	w.add(prodRule())
	made := w.mustExchange()
	found := func() []directory.Hit {
		page, err := projects.Find(t.Context(), w.service, w.callerOf(made.Secret), directory.Query{Limit: 10})
		w.check(err)
		return page.Hits
	}
	if hits := found(); len(hits) != 1 || hits[0].ID != "project-data" || hits[0].Level != directory.Contribute {
		t.Errorf("found %+v", hits)
	}
	w.write(func(ctx context.Context, tx transaction.Tx) error {
		return tx.SetPermission(ctx, "project-data", "user-alice", directory.View)
	})
	if hits := found(); len(hits) != 1 || hits[0].Level != directory.View {
		t.Errorf("found %+v", hits)
	}
}

// A narrower token that a job makes has the limits of the rule, and ends with it.
func TestATokenMadeWithATokenOfARule(t *testing.T) {
	w := newWorld(t)
	rule := w.add(prodRule())
	caller := w.callerOf(w.mustExchange().Secret)
	order := access.Order{
		Scope:   &access.Scope{Projects: map[string]directory.Level{"project-data": directory.Upload}, NoPHI: true},
		Expires: w.clock.Now().Add(time.Hour),
	}
	made, err := w.service.MakeTokens(t.Context(), caller, service.TokenDraft{Order: order})
	w.check(err)
	narrow := made[0]
	if narrow.Token.Expires.After(caller.Token.Expires) {
		t.Errorf("it expires %v, after %v", narrow.Token.Expires, caller.Token.Expires)
	}
	w.write(func(ctx context.Context, tx transaction.Tx) error {
		return tx.SetPermission(ctx, "project-data", "user-alice", directory.View)
	})
	if got := w.level(w.callerOf(narrow.Secret), "project-data"); got != directory.View {
		t.Errorf("%s, although the maker can only view", got)
	}
	order.Scope = &access.Scope{Projects: map[string]directory.Level{"project-data": directory.View}}
	if _, err := w.service.MakeTokens(t.Context(), caller, service.TokenDraft{Order: order}); !errors.Is(err, access.ErrBeyondScope) {
		t.Errorf("a token that includes protected health information: %v", err)
	}
	w.check(w.trust.Remove(t.Context(), w.signIn("alice"), lab, rule.ID))
	if !w.ended(narrow.Secret) {
		t.Error("it is good after the rule was removed")
	}
}
