package account

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/pages"
	"github.com/dxauth/dxauth/internal/cli/suggest"
	"github.com/dxauth/dxauth/internal/namecache"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// orgsOptions are what account orgs uses.
type orgsOptions struct {
	*kit.Console
	client *kit.Client
}

func orgsCommand(env kit.Env) *cobra.Command {
	list := env.RunE(func(ctx context.Context, inv kit.Invocation, _ []string) error {
		o := orgsOptions{Console: inv.Console()}
		o.client = inv.Client(o.Console)
		return o.client.Do(ctx, o.run)
	})
	cmd := &cobra.Command{
		Use:   "orgs",
		Short: "List, accept or leave your orgs",
		Long: `List the orgs of which you are a member, and whether you accepted them.

An admin can make you a member without asking you, which gives you rights in the
org. Only an org that you accepted, or that created your account, has power over
you: it sets the idle limit of your sessions, sees which of your API tokens name
its projects, and can exclude tokens from them.`,
		Args: cobra.NoArgs,
		RunE: list,
	}
	cmd.AddCommand(
		&cobra.Command{
			Use:     "list",
			Aliases: []string{"ls"},
			Short:   "List your orgs",
			Long:    `List the orgs of which you are a member, like "` + env.Program + ` account orgs".`,
			Args:    cobra.NoArgs,
			RunE:    list,
		},
		orgsAcceptCommand(env),
		orgsLeaveCommand(env),
	)
	return cmd
}

func (o orgsOptions) run(ctx context.Context, in kit.SignedIn) error {
	_, list, err := ownOrgs(ctx, in)
	if err != nil {
		return err
	}
	o.client.Accounts.Remember(in, func(names *namecache.Names) { names.Orgs = orgEntries(list) })
	switch {
	case o.JSON:
		return o.PrintJSON(orgsOf(list))
	case len(list) == 0:
		o.Message("You are not a member of any org")
		return nil
	}
	return o.Print(orgTable(list).Fit(o.Columns()))
}

func orgEntries(list []dnanexus.OwnOrg) []namecache.Entry {
	entries := make([]namecache.Entry, len(list))
	for i, org := range list {
		entries[i] = namecache.Entry{ID: org.ID, Name: org.Name}
	}
	return entries
}

// ownOrgs lists the orgs of the user, and returns the client to accept or leave them.
// A server without these calls is platform.ErrNotOffered.
func ownOrgs(ctx context.Context, in kit.SignedIn) (*dnanexus.Client, []dnanexus.OwnOrg, error) {
	client, err := in.Orgs()
	if err != nil {
		return nil, nil, err
	}
	list, err := pages.All(func(cursor json.RawMessage) ([]dnanexus.OwnOrg, json.RawMessage, error) {
		answer, err := client.FindOwnOrgs(ctx, dnanexus.FindOwnOrgsRequest{Starting: cursor})
		return answer.Results, pages.Next(answer.Next), err
	})
	return client, list, offered(err)
}

// findOrgs returns the IDs of the named orgs, each once. It fails before any of them is
// changed.
func findOrgs(program string, names []string, list []dnanexus.OwnOrg) ([]string, error) {
	var ids []string
	for _, name := range names {
		id := kit.OrgID(name)
		if !slices.ContainsFunc(list, func(org dnanexus.OwnOrg) bool { return org.ID == id }) {
			return nil, refusal.New(refusal.NotFound, "you are not a member of %s; nothing was changed", id).
				WithHint(cmp.Or(suggest.Hint(id, orgIDs(list), strings.Clone), "see "+program+" account orgs"))
		}
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func orgIDs(list []dnanexus.OwnOrg) []string {
	ids := make([]string, len(list))
	for i, org := range list {
		ids[i] = org.ID
	}
	return ids
}

// orgsJSON is what account orgs prints with --json.
type orgsJSON struct {
	Orgs []orgJSON `json:"orgs"`
}

type orgJSON struct {
	ID                 string `json:"id"`
	Name               string `json:"name"`
	Level              string `json:"level"`              // MEMBER or ADMIN
	Accepted           bool   `json:"accepted"`           // whether you accepted it, which gives it power over the account
	CreatedAccount     bool   `json:"createdAccount"`     // whether it created the account, which gives it the same power
	IdleTimeoutSeconds *int64 `json:"idleTimeoutSeconds"` // null: the org sets no idle limit
}

func orgsOf(list []dnanexus.OwnOrg) orgsJSON {
	shown := orgsJSON{Orgs: []orgJSON{}}
	for _, org := range list {
		shown.Orgs = append(shown.Orgs, orgJSON{
			ID: org.ID, Name: org.Name, Level: string(org.Level), Accepted: org.Accepted,
			CreatedAccount: org.CreatedAccount, IdleTimeoutSeconds: idleLimitOf(org),
		})
	}
	return shown
}

func idleLimitOf(org dnanexus.OwnOrg) *int64 {
	if org.AutoLogoutAfter == nil {
		return nil
	}
	return format.SecondsOrNull(time.Duration(*org.AutoLogoutAfter) * time.Millisecond)
}

func orgTable(list []dnanexus.OwnOrg) *format.Table {
	shown := format.NewTable("ORG", "NAME", "LEVEL", "ACCEPTED")
	for _, org := range list {
		shown.Row(org.ID, org.Name, string(org.Level), acceptedText(org))
	}
	return shown
}

func acceptedText(org dnanexus.OwnOrg) string {
	if org.CreatedAccount {
		return "created your account"
	}
	return format.YesOrNo(org.Accepted)
}
