package orgmember

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/cli/suggest"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// right is something that a member may do in an org, beside its level.
type right struct {
	name string // as the flags take it
	has  func(dnanexus.Membership) bool
	in   func(*dnanexus.MemberAccess) **bool
}

// rights returns all rights, in the order of the help.
func rights() []right {
	type (
		member = dnanexus.Membership
		access = *dnanexus.MemberAccess
	)
	return []right{
		{"billing", func(m member) bool { return m.AllowBillableActivities }, func(a access) **bool { return &a.AllowBillableActivities }},
		{"apps", func(m member) bool { return m.AppAccess }, func(a access) **bool { return &a.AppAccess }},
		{"archival", func(m member) bool { return m.ArchivalManagement }, func(a access) **bool { return &a.ArchivalManagement }},
		{"cloud-integration", func(m member) bool { return m.CloudIntegrationManagement }, func(a access) **bool { return &a.CloudIntegrationManagement }},
		{"deletion", func(m member) bool { return m.DataDeletion }, func(a access) **bool { return &a.DataDeletion }},
		{"demotion", func(m member) bool { return m.ProjectMemberDemotion }, func(a access) **bool { return &a.ProjectMemberDemotion }},
		{"search", func(m member) bool { return m.DataSearch }, func(a access) **bool { return &a.DataSearch }},
		{"tre", func(m member) bool { return m.TREManagement }, func(a access) **bool { return &a.TREManagement }},
	}
}

// aboutRights is what the help says about the rights.
const aboutRights = `A member's rights in the org are:

  billing            have the org pay for projects and jobs
  apps               use the org's apps
  archival           archive and unarchive data of the org's projects
  cloud-integration  manage the org's cloud storage
  deletion           delete data of the org's projects
  demotion           lower the levels of others in the org's projects
  search             search the data of all of the org's projects
  tre                manage trusted research environments

Admins have all of them but cloud-integration and tre.`

func rightNames() []string {
	var names []string
	for _, r := range rights() {
		names = append(names, r.name)
	}
	return names
}

func rightsOf(m dnanexus.Membership) []string {
	held := []string{}
	for _, r := range rights() {
		if r.has(m) {
			held = append(held, r.name)
		}
	}
	return held
}

// accessFlags are the flags that say what a member may do.
type accessFlags struct {
	level, projects string
	allow, deny     []string
}

func (f *accessFlags) bind(flags *pflag.FlagSet) {
	flags.StringVar(&f.level, "level", "", "`LEVEL` of the member: MEMBER or ADMIN")
	flags.StringVar(&f.projects, "project-access", "", "highest `LEVEL` that projects shared with the org give: NONE, VIEW, UPLOAD, CONTRIBUTE or ADMINISTER")
	flags.StringSliceVar(&f.allow, "allow", nil, "give this `RIGHT`; can be repeated")
	flags.StringSliceVar(&f.deny, "deny", nil, "take this `RIGHT` away; can be repeated")
	kit.CompleteValues(flags, "level", string(dnanexus.OrgMember), string(dnanexus.OrgAdmin))
	kit.CompleteValues(flags, "project-access", projectLevels()...)
	kit.CompleteValues(flags, "allow", rightNames()...)
	kit.CompleteValues(flags, "deny", rightNames()...)
}

// projectLevels lists the values of --project-access, the lowest first.
func projectLevels() []string {
	levels := []string{string(dnanexus.LevelNone)}
	for _, level := range dnanexus.Levels() {
		levels = append(levels, string(level))
	}
	return levels
}

// isEmpty reports whether no flag was given.
func (f *accessFlags) isEmpty() bool {
	return f.level == "" && f.projects == "" && len(f.allow) == 0 && len(f.deny) == 0
}

// read returns what the flags say.
func (f *accessFlags) read() (dnanexus.MemberAccess, error) {
	access := dnanexus.MemberAccess{Level: dnanexus.OrgLevel(strings.ToUpper(f.level))}
	if f.level != "" && access.Level != dnanexus.OrgMember && access.Level != dnanexus.OrgAdmin {
		return access, refusal.Usagef("--level %s: must be MEMBER or ADMIN", f.level)
	}
	if access.Level == dnanexus.OrgAdmin && (f.projects != "" || len(f.allow)+len(f.deny) > 0) {
		return access, refusal.Usagef("--level ADMIN excludes --project-access, --allow and --deny: an admin has these rights")
	}
	if f.projects != "" {
		level := dnanexus.Level(strings.ToUpper(f.projects))
		if !slices.Contains(projectLevels(), string(level)) {
			return access, refusal.Usagef("--project-access %s: must be NONE, VIEW, UPLOAD, CONTRIBUTE or ADMINISTER", f.projects)
		}
		access.ProjectAccess = &level
	}
	if err := set(&access, "--allow", f.allow, true); err != nil {
		return access, err
	}
	return access, set(&access, "--deny", f.deny, false)
}

// set writes rights into an access. One that is both given and taken away is refused.
func set(access *dnanexus.MemberAccess, flag string, names []string, given bool) error {
	for _, name := range names {
		i := slices.IndexFunc(rights(), func(r right) bool { return r.name == strings.ToLower(name) })
		if i < 0 {
			hint := suggest.Hint(name, rightNames(), func(known string) string { return flag + " " + known })
			if hint == "" {
				hint = "the rights are " + strings.Join(rightNames(), ", ")
			}
			return refusal.Usagef("%s %s: there is no such right", flag, name).WithHint(hint)
		}
		value := rights()[i].in(access)
		if *value != nil && **value != given {
			return refusal.Usagef("--allow %s and --deny %s exclude each other", name, name)
		}
		*value = &given
	}
	return nil
}

// rows describes a member.
func rows(m memberJSON) [][2]string {
	held := strings.Join(m.Rights, ", ")
	if held == "" {
		held = "none"
	}
	return [][2]string{
		{"User", fmt.Sprintf("%s (%s)", m.User, m.UserID)}, {"Level", m.Level}, {"Projects up to", m.ProjectAccess}, {"Rights", held},
	}
}
