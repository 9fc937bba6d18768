package trustrule

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// testOptions are the flags of admin org trust test, and what it uses.
type testOptions struct {
	*kit.Console
	org    string
	sample string
}

func testCommand(env kit.Env) *cobra.Command {
	var o testOptions
	cmd := &cobra.Command{
		Use:   "test ORG",
		Short: "Say which trust rule an ID token matches",
		Long: `Say which trust rules of an org an ID token matches and, of each other rule,
which claims do not. The ID token is sent to the server, which does not exchange
it: it can be used afterwards. An expired one is compared, too.

The exit code is 3 if no rule matches.`,
		Example: `  ` + env.Program + ` admin org trust test genomics --sample job.jwt`,
		Args:    cobra.ExactArgs(1),
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
			o.Console, o.org = inv.ConsoleReading(o.sample == fromStdin), args[0]
			if o.sample == "" {
				return refusal.Usagef("give the ID token of a job with --sample FILE")
			}
			return withOrgs(ctx, inv.Client(o.Console), func(ctx context.Context, _ kit.SignedIn, orgs *dnanexus.Client) error {
				return o.run(ctx, orgs)
			})
		}),
	}
	cmd.Flags().StringVar(&o.sample, "sample", "", "`FILE` with the ID token of a job; - is standard input")
	return kit.CompleteArgs(cmd, kit.CompleteOrgs)
}

func (o testOptions) run(ctx context.Context, orgs *dnanexus.Client) error {
	token, err := readSample(ctx, o.Console, o.sample)
	if err != nil {
		return err
	}
	if _, err := sampleOf(token); err != nil { // so that another secret is not sent by mistake
		return err
	}
	list, err := rulesOf(ctx, orgs, o.org)
	if err != nil {
		return err
	}
	tested, err := orgs.TestTrustRule(ctx, kit.OrgID(o.org), dnanexus.TestTrustRuleRequest{Token: token.OnWire()})
	if err != nil {
		return err
	}
	report := testedOf(tested)
	if o.JSON {
		err = o.PrintJSON(report)
	} else {
		err = o.Print(reportText(tested, list))
	}
	if err == nil && !report.Matches {
		err = refusal.New(refusal.Denied, "no trust rule of %s matches the ID token", o.org).
			WithHint("add one: " + o.Program + " admin org trust add " + o.org + " --sample FILE --project PROJECT")
	}
	return err
}

// testedJSON is what admin org trust test prints with --json.
type testedJSON struct {
	Matches    bool              `json:"matches"` // a rule matches
	Issuer     string            `json:"issuer"`
	IssuerName *string           `json:"issuerName"` // null: the server does not trust it
	Problem    *string           `json:"problem"`    // why the server would refuse the ID token itself; null: it is good
	Claims     map[string]string `json:"claims"`     // of the token, those that a rule can name
	Rules      []testedRuleJSON  `json:"rules"`
}

type testedRuleJSON struct {
	ID          string            `json:"id"`
	Matches     bool              `json:"matches"`
	OtherIssuer bool              `json:"otherIssuer"` // the rule is about another issuer
	Ended       bool              `json:"ended"`       // its maker is no longer an admin, or its user no longer of the org
	Mismatches  []mismatchJSON    `json:"mismatches"`
	Projects    map[string]string `json:"projects"` // levels by ID that a token would have now
}

type mismatchJSON struct {
	Claim string  `json:"claim"`
	Want  string  `json:"want"`
	Got   *string `json:"got"` // null: the token has no such claim
}

func testedOf(tested dnanexus.TestTrustRuleResponse) testedJSON {
	shown := testedJSON{Issuer: tested.Issuer, Claims: tested.Claims, Rules: []testedRuleJSON{}}
	if tested.IssuerName != "" {
		shown.IssuerName = &tested.IssuerName
	}
	if tested.Problem != "" {
		shown.Problem = &tested.Problem
	}
	for _, rule := range tested.Rules {
		one := testedRuleJSON{
			ID: rule.ID, Matches: rule.Matches, OtherIssuer: rule.OtherIssuer, Ended: rule.Ended,
			Mismatches: []mismatchJSON{}, Projects: levelsOf(rule.Projects),
		}
		for _, mismatch := range rule.Mismatches {
			one.Mismatches = append(one.Mismatches, mismatchJSON(mismatch))
		}
		shown.Matches = shown.Matches || rule.Matches
		shown.Rules = append(shown.Rules, one)
	}
	return shown
}

// reportText has a line about the token, and one or more about each rule.
func reportText(tested dnanexus.TestTrustRuleResponse, list dnanexus.ListTrustRulesResponse) string {
	var text strings.Builder
	fmt.Fprintf(&text, "ID token of %s: %s\n", terminal.Clean(cmp.Or(tested.IssuerName, tested.Issuer, "an unknown issuer")),
		terminal.Clean(cmp.Or(tested.Problem, "valid")))
	users := map[string]string{}
	for _, rule := range list.Rules {
		users[rule.ID] = userText(rule.User)
	}
	for _, rule := range tested.Rules {
		fmt.Fprintf(&text, "Rule %s: %s\n", terminal.Clean(rule.ID), terminal.Clean(resultText(rule, users[rule.ID])))
		for _, mismatch := range rule.Mismatches {
			fmt.Fprintf(&text, "  %s\n", terminal.Clean(mismatchText(mismatch)))
		}
	}
	return text.String()
}

func resultText(rule dnanexus.TestedTrustRule, user string) string {
	switch {
	case rule.Matches:
		return "matches, a token of " + user + " for " + projectsText(rule.Projects)
	case rule.OtherIssuer:
		return "is about another issuer"
	case len(rule.Mismatches) > 0:
		return "does not match"
	case rule.Ended:
		return "has ended: its maker is no longer an admin of the org, or its user no longer belongs to it"
	default:
		return "matches, but reaches no project: its maker and its user need access to projects that the org pays for"
	}
}

func mismatchText(m dnanexus.TrustMismatch) string {
	if m.Got == nil {
		return fmt.Sprintf("%s must be %q, but the token does not have it", m.Claim, m.Want)
	}
	return fmt.Sprintf("%s must be %q, but is %q", m.Claim, m.Want, *m.Got)
}
