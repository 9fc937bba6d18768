package orgmember

import (
	"context"
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/format"
	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/pages"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// membersOptions are the arguments of admin org members, and what it uses.
type membersOptions struct {
	*kit.Console
	org string
}

func membersCommand(env kit.Env) *cobra.Command {
	return kit.CompleteArgs(&cobra.Command{
		Use:     "members ORG",
		Short:   "List the members of an org",
		Long:    `List the members of an org. Its policy decides who may see them.`,
		Example: `  ` + env.Program + ` admin org members genomics`,
		Args:    cobra.ExactArgs(1),
		RunE: env.RunE(func(ctx context.Context, inv kit.Invocation, args []string) error {
			o := membersOptions{inv.Console(), args[0]}
			return inv.Client(o.Console).WithOrgs(ctx, o.run)
		}),
	}, kit.CompleteOrgs)
}

func (o membersOptions) run(ctx context.Context, orgs *dnanexus.Client) error {
	list, err := find(ctx, orgs, o.org)
	if err = o.ShowCut(err); err != nil {
		return err
	}
	members, err := membersOf(list)
	if err != nil {
		return err
	}
	if o.JSON {
		return o.PrintJSON(members)
	}
	return o.Print(memberTable(members).Fit(o.Columns()))
}

// find returns the members of an org, of the given IDs or all.
func find(ctx context.Context, orgs *dnanexus.Client, org string, ids ...string) ([]dnanexus.Membership, error) {
	return pages.All(func(cursor json.RawMessage) ([]dnanexus.Membership, json.RawMessage, error) {
		answer, err := orgs.FindMembers(ctx, kit.OrgID(org), dnanexus.FindMembersRequest{
			ID: ids, Describe: &dnanexus.DescribeOption{Wanted: true}, Starting: cursor,
		})
		return answer.Results, pages.Next(answer.Next), err
	})
}

// membersJSON is what admin org members prints with --json.
type membersJSON struct {
	Members []memberJSON `json:"members"`
}

// memberJSON is what admin org access prints with --json.
type memberJSON struct {
	User                    string   `json:"user"`
	UserID                  string   `json:"userId"`
	First                   string   `json:"first"`
	Last                    string   `json:"last"`
	Level                   string   `json:"level"` // MEMBER or ADMIN
	AllowBillableActivities bool     `json:"allowBillableActivities"`
	AppAccess               bool     `json:"appAccess"`
	ProjectAccess           string   `json:"projectAccess"`
	Rights                  []string `json:"rights"` // as --allow takes them
}

func membersOf(list []dnanexus.Membership) (membersJSON, error) {
	shown := membersJSON{Members: []memberJSON{}}
	for _, m := range list {
		var user dnanexus.UserDescription
		if err := json.Unmarshal(m.Describe, &user); err != nil {
			return shown, err
		}
		shown.Members = append(shown.Members, memberJSON{
			User: user.Handle, UserID: m.ID, First: user.First, Last: user.Last, Level: string(m.Level),
			AllowBillableActivities: m.AllowBillableActivities, AppAccess: m.AppAccess, ProjectAccess: string(m.ProjectAccess),
			Rights: rightsOf(m),
		})
	}
	return shown, nil
}

func memberTable(list membersJSON) *format.Table {
	shown := format.NewTable("USER", "NAME", "LEVEL", "MAY BILL", "PROJECTS UP TO")
	for _, m := range list.Members {
		shown.Row(m.User, m.First+" "+m.Last, m.Level, format.YesOrNo(m.AllowBillableActivities), m.ProjectAccess)
	}
	return shown
}
