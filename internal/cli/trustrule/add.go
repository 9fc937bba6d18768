package trustrule

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/credentials"
	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/timeinput"
	"github.com/dxauth/dxauth/internal/cli/tokenscope"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// addOptions are the flags of admin org trust add, and what it uses.
type addOptions struct {
	*kit.Console
	org      string
	issuer   string
	sample   string
	claims   []string // NAME=VALUE
	scope    tokenscope.Flags
	phi      bool
	user     string
	lifetime string
	reauth   credentials.Reauth
}

func addCommand(env kit.Env) *cobra.Command {
	var o addOptions
	cmd := &cobra.Command{
		Use:   "add ORG",
		Short: "Add a trust rule to an org",
		Long: `Add a trust rule: a job whose ID token has all given claims gets a token of
yours, or of an account that the org made, for the given projects.

A claim is compared exactly; * stands for any text without / and :, so
refs/heads/* is every branch without a slash. --sample takes the issuer and the
claims from the ID token of a job, except for those given with flags: the ID of
the repository, and its environment or branch. A rule for GitHub or GitLab must
name such an ID, because others can register the name of a repository that was
given up, and an environment, a branch or a workflow.

The projects must be billed to the org. Data of PHI projects is excluded without
--phi. A token lives for at most --lifetime, and never longer than the job's ID
token.

The server requires your password, and a code if the account has two-factor
authentication, unless you logged in within the last few minutes.`,
		Example: `  ` + env.Program + ` admin org trust add genomics --sample job.jwt --project "Exome 2026=CONTRIBUTE"
  ` + env.Program + ` admin org trust add genomics --issuer github --claim repository_id=74 \
      --claim "ref=refs/heads/release-*" --project "Exome 2026" --user genomics_ci`,
		Args: cobra.ExactArgs(1),
	}
	flags := cmd.Flags()
	flags.StringVar(&o.issuer, "issuer", "", "`NAME` of the CI system, as the server calls it")
	flags.StringVar(&o.sample, "sample", "", "take issuer and claims from the ID token in this `FILE`; - is standard input")
	flags.StringArrayVar(&o.claims, "claim", nil, "`NAME=VALUE` of a claim that the ID token must have; can be repeated")
	flags.StringArrayVar(&o.scope.Projects, "project", nil, "reach this `PROJECT[=LEVEL]`; can be repeated")
	flags.StringVar(&o.scope.Level, "level", "", "`LEVEL` for projects without one (default VIEW)")
	flags.BoolVar(&o.phi, "phi", false, "include the data of projects with protected health information")
	flags.StringVar(&o.user, "user", "", "give the job a token of this `USER`: you, or an account that the org made (default you)")
	flags.StringVar(&o.lifetime, "lifetime", "", "`TIME` for which a token lives, from 1m to 1h (default 1h)")
	kit.CompleteFlag(flags, "project", kit.CompleteScope)
	kit.CompleteLevels(flags, "level")
	o.reauth.Bind(flags)
	cmd.RunE = env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
		o.Console, o.org = inv.ConsoleReading(o.reauth.PasswordStdin || o.sample == fromStdin), args[0]
		o.reauth.Console = o.Console
		request, err := o.request(ctx)
		if err != nil {
			return err
		}
		return withOrgs(ctx, inv.Client(o.Console), func(ctx context.Context, in kit.SignedIn, orgs *dnanexus.Client) error {
			return o.run(ctx, in, orgs, request)
		})
	})
	return kit.CompleteArgs(cmd, kit.CompleteOrgs)
}

// request reads the flags and the sample. The projects are looked up later.
func (o addOptions) request(ctx context.Context) (request dnanexus.AddTrustRuleRequest, err error) {
	switch {
	case o.issuer == "" && o.sample == "":
		return request, refusal.Usagef("give the CI system with --issuer, or the ID token of a job with --sample")
	case len(o.claims) == 0 && o.sample == "":
		return request, refusal.Usagef("give the claims of the jobs with --claim, or the ID token of one with --sample")
	case len(o.scope.Projects) == 0:
		return request, refusal.Usagef("give the projects that the jobs reach with --project")
	case o.reauth.PasswordStdin && o.sample == fromStdin:
		return request, refusal.Usagef("--sample - and --password-stdin both read standard input: give one of them a file")
	}
	if err := o.scope.Check(); err != nil {
		return request, err
	}
	if request.Lifetime, err = readLifetime(o.lifetime, o.Now()); err != nil {
		return request, err
	}
	claims, err := readClaims(o.claims)
	if err != nil {
		return request, err
	}
	request.Issuer, request.Claims, request.PHIAccess = o.issuer, claims, o.phi
	if o.user != "" {
		request.User = userID(o.user)
	}
	if o.sample == "" {
		return request, nil
	}
	token, err := readSample(ctx, o.Console, o.sample)
	if err != nil {
		return request, err
	}
	from, err := sampleOf(token)
	request.Issuer, request.Claims = cmp.Or(o.issuer, from.issuer), with(from.suggested(), claims)
	return request, err
}

// userID returns the ID of a user who is given by name or ID.
func userID(name string) string {
	if strings.HasPrefix(name, "user-") {
		return name
	}
	return dnanexus.UserID(name)
}

// readClaims reads the flags --claim.
func readClaims(inputs []string) (map[string]string, error) {
	claims := map[string]string{}
	for _, input := range inputs {
		name, value, found := strings.Cut(input, "=")
		switch {
		case !found || name == "" || value == "":
			return nil, refusal.Usagef("--claim %q: must be NAME=VALUE", input)
		case claims[name] != "":
			return nil, refusal.Usagef("--claim %s is given twice", name)
		}
		claims[name] = value
	}
	return claims, nil
}

// readLifetime returns the flag in milliseconds, or 0 if it is not given.
func readLifetime(input string, now time.Time) (int64, error) {
	if input == "" {
		return 0, nil
	}
	span, err := timeinput.Span("--lifetime", input, now)
	return span.Milliseconds(), err
}

// checkLifetime refuses what no server accepts.
func (o addOptions) checkLifetime(millis int64) error {
	if span := time.Duration(millis) * time.Millisecond; o.lifetime != "" && (span < time.Minute || span > time.Hour) {
		return refusal.Usagef("--lifetime %s: must be from 1m to 1h", o.lifetime)
	}
	return nil
}

func (o addOptions) run(ctx context.Context, in kit.SignedIn, orgs *dnanexus.Client, request dnanexus.AddTrustRuleRequest) error {
	list, err := rulesOf(ctx, orgs, o.org)
	if err != nil {
		return err
	}
	if err := o.checkIssuer(request.Issuer, list.Issuers); err != nil {
		return err
	}
	if err := o.checkLifetime(request.Lifetime); err != nil {
		return err
	}
	if request.Projects, err = o.projects(ctx, in); err != nil {
		return err
	}
	var added dnanexus.TrustRule
	err = o.reauth.IfAsked(ctx, in.Account, func(proof platform.Credentials) (err error) {
		request.Proof = proof.Proof()
		added, err = orgs.AddTrustRule(ctx, kit.OrgID(o.org), request)
		return platform.Explain(err)
	})
	if err != nil {
		return err
	}
	o.Message("Added the trust rule %s to %s", added.ID, o.org)
	o.NoticeTable(format.Pairs(rows(added, list.Audience), o.Columns()))
	if o.JSON {
		return o.PrintJSON(ruleOf(added))
	}
	return o.Printf("%s\n", terminal.Clean(added.ID))
}

// checkIssuer refuses an issuer that the server does not trust, before the password is
// asked for.
func (o addOptions) checkIssuer(name string, trusted []dnanexus.TrustIssuer) error {
	if slices.ContainsFunc(trusted, func(issuer dnanexus.TrustIssuer) bool { return name == issuer.Name || name == issuer.URL }) {
		return nil
	}
	if len(trusted) == 0 {
		return refusal.New(refusal.Denied, "the server trusts no CI system").
			WithHint("its administrator names them under workloads in the file of " + o.Program + " serve --oidc-config")
	}
	var names []string
	for _, issuer := range trusted {
		names = append(names, issuer.Name)
	}
	return refusal.New(refusal.Denied, "the server does not trust the issuer %s", terminal.Clean(name)).
		WithHint("it trusts " + strings.Join(names, ", "))
}

// projects looks up the projects of the flags.
func (o addOptions) projects(ctx context.Context, in kit.SignedIn) (map[string]dnanexus.Level, error) {
	reach, err := o.scope.LookUp(ctx, in, o.Program)
	if err != nil {
		return nil, err
	}
	if reach.IncludesAll() {
		return nil, refusal.Usagef("--project: a trust rule names each project, * is not possible")
	}
	projects := map[string]dnanexus.Level{}
	for id, level := range reach.Scope.Projects {
		projects[id] = dnanexus.Level(level)
	}
	return projects, nil
}

// rows describe a rule, and what its jobs have to do.
func rows(r dnanexus.TrustRule, audience string) [][2]string {
	return [][2]string{
		{"Issuer", r.Issuer}, {"Claims", claimsText(r.Claims)}, {"Token of", userText(r.User)},
		{"Projects", projectsText(r.Projects)}, {"PHI", format.YesOrNo(r.PHIAccess)}, {"Lifetime", "at most " + lifetimeText(r)},
		{"Audience", audience + " (what the job asks its ID token for)"},
	}
}
