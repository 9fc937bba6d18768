// Package trustrule has the commands for the trust rules of an org: which jobs of a CI
// system get a token of the server for their ID token.
//
// It promises that an ID token is read from a file or standard input, is sent only to the
// server of the account, and only to be tested; that a rule is shown in full when it is
// added, with what a job has to ask its CI system for; and that all given rules are found
// before one is removed.
//
// The server decides which rules are good. Jobs themselves use the flag --id-token-file of
// login and exec.
package trustrule

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/duration"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// Command returns the command trust, with those below it.
func Command(env kit.Env) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "trust",
		Short: "Let CI jobs of a repository act for an org",
		Long: `Let jobs of a CI system get a token without a stored secret. A trust rule of an
org says which claims the ID token of such a job must have, whose token the job
gets, and which of the org's projects that token reaches. In the job, "` + env.Program + `
login --id-token auto" or "` + env.Program + ` exec --id-token auto" does the exchange.

The administrator of the server decides which CI systems are trusted. A rule is
as good as its maker: it gives at most the level that its maker has at that
moment, and nothing when its maker is no longer an admin of the org.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(addCommand(env), listCommand(env), testCommand(env), removeCommand(env))
	return cmd
}

// withOrgs runs work with a client for the calls about orgs.
func withOrgs(ctx context.Context, client *kit.Client, work func(context.Context, kit.SignedIn, *dnanexus.Client) error) error {
	return client.Do(ctx, func(ctx context.Context, in kit.SignedIn) error {
		orgs, err := in.Orgs()
		if err != nil {
			return err
		}
		return work(ctx, in, orgs)
	})
}

// rulesOf returns the rules of an org, and the issuers that rules can be about.
func rulesOf(ctx context.Context, orgs *dnanexus.Client, org string) (dnanexus.ListTrustRulesResponse, error) {
	list, err := orgs.ListTrustRules(ctx, kit.OrgID(org))
	if errors.Is(platform.Explain(err), platform.ErrNotFound) {
		return list, refusal.New(refusal.NotFound, "there is no org %s, or this platform has no trust rules", org)
	}
	return list, err
}

// ruleJSON is a rule as the commands print it with --json.
type ruleJSON struct {
	ID              string            `json:"id"`
	Issuer          string            `json:"issuer"`     // URL
	IssuerName      *string           `json:"issuerName"` // null: the server no longer trusts it
	Claims          map[string]string `json:"claims"`     // exact, or with * for any text without / and :
	UserID          string            `json:"userId"`     // whose token a job gets
	Projects        map[string]string `json:"projects"`   // levels by ID
	PHIAccess       bool              `json:"phiAccess"`
	LifetimeSeconds int64             `json:"lifetimeSeconds"`
	CreatedBy       string            `json:"createdBy"` // ID of the admin by whose levels it is limited
	Created         *format.Millis    `json:"created"`
	LastUsed        *format.Millis    `json:"lastUsed"` // null: never
	Uses            int64             `json:"uses"`
}

func ruleOf(r dnanexus.TrustRule) ruleJSON {
	shown := ruleJSON{
		ID: r.ID, Issuer: r.Issuer, Claims: r.Claims, UserID: r.User, Projects: levelsOf(r.Projects), PHIAccess: r.PHIAccess,
		LifetimeSeconds: r.Lifetime / time.Second.Milliseconds(), CreatedBy: r.CreatedBy,
		Created: format.OrNull(format.FromMillis(r.Created)), LastUsed: format.OrNull(lastUse(r)), Uses: r.Uses,
	}
	if r.IssuerName != "" {
		shown.IssuerName = &r.IssuerName
	}
	return shown
}

func levelsOf(projects map[string]dnanexus.Level) map[string]string {
	levels := map[string]string{}
	for id, level := range projects {
		levels[id] = string(level)
	}
	return levels
}

// lastUse returns the zero time for a rule that was never used.
func lastUse(r dnanexus.TrustRule) time.Time {
	if r.LastUsed == nil {
		return time.Time{}
	}
	return format.FromMillis(*r.LastUsed)
}

// issuerText names the issuer of a rule.
func issuerText(r dnanexus.TrustRule) string {
	if r.IssuerName == "" {
		return r.Issuer + " (no longer trusted)"
	}
	return r.IssuerName
}

// claimsText returns claims as --claim takes them, such as "ref=main, repository_id=42".
func claimsText(claims map[string]string) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(claims)) {
		parts = append(parts, name+"="+claims[name])
	}
	return strings.Join(parts, ", ")
}

// projectsText returns levels as --project takes them.
func projectsText(projects map[string]dnanexus.Level) string {
	var parts []string
	for _, id := range slices.Sorted(maps.Keys(projects)) {
		parts = append(parts, id+"="+string(projects[id]))
	}
	return strings.Join(parts, ", ")
}

func userText(id string) string { return strings.TrimPrefix(id, "user-") }

func lifetimeText(r dnanexus.TrustRule) string {
	return duration.Format(time.Duration(r.Lifetime) * time.Millisecond)
}

// Results returns what each command prints with --json, for docs/schema.
func Results() map[string][]any {
	return map[string][]any{
		"admin org trust add":    {ruleJSON{}},
		"admin org trust list":   {rulesJSON{}},
		"admin org trust test":   {testedJSON{}},
		"admin org trust remove": {removedJSON{}},
	}
}
