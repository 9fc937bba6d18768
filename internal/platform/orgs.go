package platform

import (
	"context"
	"encoding/json"
	"time"

	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// OrgDraft asks for an org.
type OrgDraft struct {
	Handle string
	Name   string
}

// OrgMember is a member of an org.
type OrgMember struct {
	ID            string
	Name          string // to sign in with
	First, Last   string
	Level         string // MEMBER or ADMIN
	MayBill       bool
	AppAccess     bool
	ProjectAccess string // a level, or NONE
}

// OrgPolicies are the rules and the licences of an org.
type OrgPolicies struct {
	Name                string
	AutoLogout          time.Duration // 0: the platform's
	MemberList          string        // ADMIN, MEMBER or PUBLIC
	ProjectTransfer     string        // ADMIN or MEMBER
	PHIEnabled          bool
	UserCreationEnabled bool
}

// OrgPolicyChange is what changes of them; nil stays as it is. The licences are
// given by administrators of the platform.
type OrgPolicyChange struct {
	AutoLogout          *time.Duration // 0: the platform's
	MemberList          *string
	ProjectTransfer     *string
	PHIEnabled          *bool
	UserCreationEnabled *bool
}

// Orgs is what admins of orgs do; an org is named by ID or handle.
type Orgs interface {
	// NewOrg makes an org of which the caller is the admin, and returns its ID.
	NewOrg(ctx context.Context, draft OrgDraft) (id string, err error)
	// InviteToOrg makes a user, by ID or e-mail address, a member at a level.
	InviteToOrg(ctx context.Context, org, user, level string) error
	// ListMembers returns a page and the cursor of the next one, which is nil at
	// the end.
	ListMembers(ctx context.Context, org string, cursor json.RawMessage) (page []OrgMember, next json.RawMessage, err error)
	OrgPolicies(ctx context.Context, org string) (OrgPolicies, error)
	ChangeOrgPolicies(ctx context.Context, org string, change OrgPolicyChange) error
}

var _ Orgs = DNAnexus{}

// NewOrg implements Orgs.
func (d DNAnexus) NewOrg(ctx context.Context, draft OrgDraft) (string, error) {
	made, err := d.client.NewOrg(ctx, dnanexus.NewOrgRequest{Handle: draft.Handle, Name: draft.Name})
	return made.ID, explain(err)
}

// InviteToOrg implements Orgs.
func (d DNAnexus) InviteToOrg(ctx context.Context, org, user, level string) error {
	request := dnanexus.OrgInviteRequest{Invitee: user, MemberAccess: dnanexus.MemberAccess{Level: dnanexus.OrgLevel(level)}}
	_, err := d.client.InviteToOrg(ctx, OrgID(org), request)
	return explain(err)
}

// ListMembers implements Orgs.
func (d DNAnexus) ListMembers(ctx context.Context, org string, cursor json.RawMessage) ([]OrgMember, json.RawMessage, error) {
	answer, err := d.client.FindMembers(ctx, OrgID(org), dnanexus.FindMembersRequest{
		Describe: &dnanexus.DescribeOption{Wanted: true}, Starting: cursor,
	})
	if err != nil {
		return nil, nil, explain(err)
	}
	page := make([]OrgMember, 0, len(answer.Results))
	for _, member := range answer.Results {
		var user dnanexus.UserDescription
		if err := json.Unmarshal(member.Describe, &user); err != nil {
			return nil, nil, err
		}
		page = append(page, OrgMember{
			ID: member.ID, Name: user.Handle, First: user.First, Last: user.Last, Level: string(member.Level),
			MayBill: member.AllowBillableActivities, AppAccess: member.AppAccess, ProjectAccess: string(member.ProjectAccess),
		})
	}
	return page, cursorOf(answer.Next), nil
}

// OrgPolicies implements Orgs. A stranger is told the name only.
func (d DNAnexus) OrgPolicies(ctx context.Context, org string) (OrgPolicies, error) {
	answer, err := d.client.DescribeOrg(ctx, OrgID(org))
	if err != nil || answer.OrgInside == nil {
		return OrgPolicies{Name: answer.Name}, explain(err)
	}
	policies := OrgPolicies{
		Name:            answer.Name,
		MemberList:      string(answer.Policies.MemberListVisibility),
		ProjectTransfer: string(answer.Policies.RestrictProjectTransfer),
		PHIEnabled:      answer.PHIFeaturesEnabled, UserCreationEnabled: answer.UserCreationEnabled,
	}
	if limit := answer.Policies.AutoLogoutAfter; limit != nil {
		policies.AutoLogout = time.Duration(*limit) * time.Millisecond
	}
	return policies, nil
}

// ChangeOrgPolicies implements Orgs. The licences come first: what follows may
// need one.
func (d DNAnexus) ChangeOrgPolicies(ctx context.Context, org string, change OrgPolicyChange) error {
	if change.PHIEnabled != nil || change.UserCreationEnabled != nil {
		licences := dnanexus.LicenseOrgRequest{
			Org: OrgID(org), PHIFeaturesEnabled: change.PHIEnabled, UserCreationEnabled: change.UserCreationEnabled,
		}
		if err := d.client.LicenseOrg(ctx, licences); err != nil {
			return explain(err)
		}
	}
	policies := dnanexus.UpdateOrgPolicies{
		MemberListVisibility:    (*dnanexus.OrgLevel)(change.MemberList),
		RestrictProjectTransfer: (*dnanexus.OrgLevel)(change.ProjectTransfer),
	}
	if change.AutoLogout != nil {
		policies.AutoLogoutAfter = millisOrNull(*change.AutoLogout)
	}
	if change.AutoLogout == nil && change.MemberList == nil && change.ProjectTransfer == nil {
		return nil
	}
	return explain(d.client.UpdateOrg(ctx, OrgID(org), dnanexus.UpdateOrgRequest{Policies: policies}))
}

func millisOrNull(d time.Duration) json.RawMessage {
	if d == 0 {
		return json.RawMessage("null")
	}
	encoded, _ := json.Marshal(d.Milliseconds()) // a number has no way to fail
	return encoded
}
