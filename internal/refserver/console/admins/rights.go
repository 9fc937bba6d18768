package admins

import (
	"net/url"

	"github.com/dxauth/dxauth/internal/refserver/console/kit"
	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refusal"
)

// accessData is the part of a form that has the level and the rights of a member.
type accessData struct {
	Levels   kit.Choices
	Projects kit.Choices // the greatest level on projects through the org
	Rights   []rightBox
}

// rightBox is a right to tick.
type rightBox struct {
	Field, Text string
	On          bool
}

// memberRight is a right that a member can have.
type memberRight struct {
	field, text string
	of          func(*directory.Rights) *bool
}

func memberRights() []memberRight {
	return []memberRight{
		{"bill", "Let the org pay for projects", func(r *directory.Rights) *bool { return &r.AllowBillableActivities }},
		{"apps", "Use apps of the org", func(r *directory.Rights) *bool { return &r.AppAccess }},
		{"archival", "Archive data", func(r *directory.Rights) *bool { return &r.ArchivalManagement }},
		{"deletion", "Delete data", func(r *directory.Rights) *bool { return &r.DataDeletion }},
		{"search", "Search the data of all projects", func(r *directory.Rights) *bool { return &r.DataSearch }},
		{"demotion", "Lower the level of members of projects", func(r *directory.Rights) *bool { return &r.ProjectMemberDemotion }},
		{"clouds", "Manage cloud integrations", func(r *directory.Rights) *bool { return &r.CloudIntegrationManagement }},
		{"tre", "Manage research environments", func(r *directory.Rights) *bool { return &r.TREManagement }},
	}
}

// accessFields are the fields of the form.
func accessFields() []string {
	fields := []string{"level", "projects"}
	for _, right := range memberRights() {
		fields = append(fields, right.field)
	}
	return fields
}

// accessOf returns the form of a membership.
func accessOf(level directory.OrgLevel, rights directory.Rights) (data accessData) {
	for _, one := range []directory.OrgLevel{directory.Member, directory.Admin} {
		data.Levels = append(data.Levels, kit.Choice{Text: string(one), Chosen: one == level})
	}
	for one := directory.None; one <= directory.Administer; one++ {
		data.Projects = append(data.Projects, kit.Choice{Text: one.String(), Chosen: one == rights.ProjectAccess})
	}
	for _, right := range memberRights() {
		data.Rights = append(data.Rights, rightBox{right.field, right.text, *right.of(&rights)})
	}
	return data
}

// accessIn reads the level and the rights in a form, as far as they can be read.
func accessIn(form url.Values) (level directory.OrgLevel, rights directory.Rights, err error) {
	level = directory.OrgLevel(form.Get("level"))
	if level != directory.Member && level != directory.Admin {
		err = refusal.New(refusal.Invalid, "choose a level from the list")
	}
	if text := form.Get("projects"); text != directory.None.String() && text != "" {
		var wrong error
		if rights.ProjectAccess, wrong = directory.ParseLevel(text); wrong != nil {
			err = refusal.New(refusal.Invalid, "choose a level from the list")
		}
	}
	for _, right := range memberRights() {
		*right.of(&rights) = form.Has(right.field)
	}
	return level, rights, err
}

// accessChange returns the change that leads to a level and rights. An admin has every
// right, so none is named.
func accessChange(level directory.OrgLevel, rights directory.Rights) directory.AccessChange {
	if level == directory.Admin {
		return directory.AccessChange{Level: level}
	}
	return directory.AccessChange{Level: level, RightsChange: directory.RightsChange{
		ProjectAccess: &rights.ProjectAccess, AllowBillableActivities: &rights.AllowBillableActivities, AppAccess: &rights.AppAccess,
		CloudIntegrationManagement: &rights.CloudIntegrationManagement, TREManagement: &rights.TREManagement,
		ArchivalManagement: &rights.ArchivalManagement, DataDeletion: &rights.DataDeletion, DataSearch: &rights.DataSearch,
		ProjectMemberDemotion: &rights.ProjectMemberDemotion,
	}}
}
