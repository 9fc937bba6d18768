package dnanexus

import "encoding/json"

// Routes of the API server that are about orgs and need no ID of one. What is
// done to an org is /org-xxxx/ and describe, update, invite, removeMember,
// setMemberAccess, findMembers or findProjects.
const (
	RouteNewOrg   = "/org/new"
	RouteFindOrgs = "/system/findOrgs"
)

// OrgLevel is a standing in an org.
type OrgLevel string

// The standings, and who beside them a policy can mean.
const (
	OrgMember OrgLevel = "MEMBER"
	OrgAdmin  OrgLevel = "ADMIN"
	OrgPublic OrgLevel = "PUBLIC" // in a policy: all users
)

// MaxNonce is the greatest length of a nonce in bytes. A server remembers one for
// an hour.
const MaxNonce = 128

// NewOrgRequest makes an org of which the caller is the admin. With a nonce it
// may be sent twice: the second response names the org of the first, or is
// InvalidInput where the rest of the request is another. A handle that is taken
// is InvalidState. dx always sends a nonce and the first two policies. Input of
// /org/new.
type NewOrgRequest struct {
	Handle   string            `json:"handle"` // letters, digits, dots and underscores; the ID is org- and this in lower case
	Name     string            `json:"name"`   // 1 to 512 bytes, no NUL
	Policies UpdateOrgPolicies `json:"policies,omitzero"`
	Nonce    string            `json:"nonce,omitempty"`
}

// OrgDescription is the description of an org: to other users these four fields, to
// members also the OrgInside, to admins the OrgSettings, too. The
// names of the fields are those that precisionFDA reads. Response of
// /org-xxxx/describe.
type OrgDescription struct {
	ID     string `json:"id"`
	Class  string `json:"class"` // "org"
	Handle string `json:"handle"`
	Name   string `json:"name"`

	*OrgInside
}

// OrgInside is the part of an OrgDescription for members.
type OrgInside struct {
	Admins                  []string    `json:"admin"` // IDs of the admins
	Level                   OrgLevel    `json:"level"` // of the caller
	AllowBillableActivities bool        `json:"allowBillableActivities"`
	AppAccess               bool        `json:"appAccess"`
	ProjectAccess           Level       `json:"projectAccess"`
	Policies                OrgPolicies `json:"policies"`
	PHIFeaturesEnabled      bool        `json:"phiFeaturesEnabled"`
	UserCreationEnabled     bool        `json:"userCreationFeaturesEnabled"`
	DefaultRegion           string      `json:"defaultRegion"`
	PermittedRegions        []string    `json:"permittedRegions"`
	Created                 int64       `json:"created"` // ms since 1970

	*OrgSettings
}

// OrgSettings is the part of an OrgDescription for admins.
type OrgSettings struct {
	SAMLIdP            *string         `json:"samlIdP"`            // null: none
	JobLogsForwarding  json.RawMessage `json:"jobLogsForwarding"`  // null: none
	BillingInformation json.RawMessage `json:"billingInformation"` // null: the platform sends no bills
}

// OrgPolicies are what an org decides for its members.
type OrgPolicies struct {
	MemberListVisibility    OrgLevel `json:"memberListVisibility"`    // who sees the members: ADMIN, MEMBER or PUBLIC
	RestrictProjectTransfer OrgLevel `json:"restrictProjectTransfer"` // who may transfer the costs of a project: ADMIN or MEMBER
	JobReuse                bool     `json:"jobReuse"`
	DetailedJobMetrics      bool     `json:"detailedJobMetricsCollectDefault"`
	AutoLogoutAfter         *int64   `json:"autoLogoutAfter"` // idle limit of a session in ms; null: the platform's
}

// UpdateOrgRequest changes an org; absent fields do not change. Only admins
// may, all others get PermissionDenied. Input of /org-xxxx/update.
type UpdateOrgRequest struct {
	Name              *string                   `json:"name,omitempty"`
	Policies          UpdateOrgPolicies         `json:"policies,omitzero"`
	SAMLIdP           Nullable[string]          `json:"samlIdP,omitzero"`
	JobLogsForwarding Nullable[json.RawMessage] `json:"jobLogsForwarding,omitzero"`
}

// UpdateOrgPolicies changes policies of an org; absent fields do not change.
type UpdateOrgPolicies struct {
	MemberListVisibility    *OrgLevel       `json:"memberListVisibility,omitempty"`
	RestrictProjectTransfer *OrgLevel       `json:"restrictProjectTransfer,omitempty"`
	JobReuse                *bool           `json:"jobReuse,omitempty"`
	DetailedJobMetrics      *bool           `json:"detailedJobMetricsCollectDefault,omitempty"`
	AutoLogoutAfter         json.RawMessage `json:"autoLogoutAfter,omitempty"` // ms from 1 minute to 30 days, or null for none
}

// Membership is a member as findMembers returns one, with the eleven keys that a
// membership has.
type Membership struct {
	ID                         string          `json:"id"` // of the user
	Level                      OrgLevel        `json:"level"`
	AllowBillableActivities    bool            `json:"allowBillableActivities"`
	CloudIntegrationManagement bool            `json:"cloudIntegrationManagement"`
	AppAccess                  bool            `json:"appAccess"`
	ProjectAccess              Level           `json:"projectAccess"` // the most through the org; may be NONE
	TREManagement              bool            `json:"treManagement"`
	ArchivalManagement         bool            `json:"archivalManagement"`
	DataDeletion               bool            `json:"dataDeletion"`
	DataSearch                 bool            `json:"dataSearch"`
	ProjectMemberDemotion      bool            `json:"projectMemberDemotion"`
	Describe                   json.RawMessage `json:"describe,omitempty"` // a UserDescription, or the asked fields of it
}

// MemberAccess is what a member may do in an org; what is absent gets the default
// in an invitation, and no change in setMemberAccess. An ADMIN has every
// right but cloudIntegrationManagement and treManagement.
type MemberAccess struct {
	Level                      OrgLevel `json:"level,omitempty"`
	AllowBillableActivities    *bool    `json:"allowBillableActivities,omitempty"` // default false
	CloudIntegrationManagement *bool    `json:"cloudIntegrationManagement,omitempty"`
	AppAccess                  *bool    `json:"appAccess,omitempty"`     // default true
	ProjectAccess              *Level   `json:"projectAccess,omitempty"` // default CONTRIBUTE; may be NONE
	TREManagement              *bool    `json:"treManagement,omitempty"`
	ArchivalManagement         *bool    `json:"archivalManagement,omitempty"`
	DataDeletion               *bool    `json:"dataDeletion,omitempty"`
	DataSearch                 *bool    `json:"dataSearch,omitempty"`
	ProjectMemberDemotion      *bool    `json:"projectMemberDemotion,omitempty"`
}

// OrgInviteRequest makes a user a member. Level is MEMBER unless it says ADMIN,
// beside which the other keys of the access are ignored. Input of
// /org-xxxx/invite.
type OrgInviteRequest struct {
	Invitee string `json:"invitee"` // the ID of a user, or an e-mail address
	MemberAccess
	SuppressEmailNotification bool `json:"suppressEmailNotification,omitempty"`
}

// SetMemberAccessRequest maps the IDs of members to what they may do. Beside
// level ADMIN any other key is InvalidInput. Input of
// /org-xxxx/setMemberAccess.
type SetMemberAccessRequest map[string]MemberAccess

// RemoveMemberRequest removes a user from an org; it is not an error if the user is
// not a member. Input of /org-xxxx/removeMember.
type RemoveMemberRequest struct {
	User                     string `json:"user"`
	RevokeProjectPermissions *bool  `json:"revokeProjectPermissions,omitempty"` // absent: true
	RevokeAppPermissions     *bool  `json:"revokeAppPermissions,omitempty"`     // absent: true
}

// RemoveMemberResponse lists what the user lost with the membership. Response of
// /org-xxxx/removeMember.
type RemoveMemberResponse struct {
	ID       string           `json:"id"`       // of the org
	Projects map[string]Level `json:"projects"` // that the org pays for, with the level that was the user's own
	Apps     map[string]Level `json:"apps"`
}

// FindMembersRequest searches the members of an org, by the policy
// memberListVisibility. To get the next page, every field is repeated with
// starting set to the last response's next. Input of /org-xxxx/findMembers.
type FindMembersRequest struct {
	ID       StringList      `json:"id,omitempty"`       // of users
	Level    OrgLevel        `json:"level,omitempty"`    // exactly
	Describe *DescribeOption `json:"describe,omitempty"` // absent: no descriptions
	Limit    *int            `json:"limit,omitempty"`    // 1 to 1000, the default
	Starting json.RawMessage `json:"starting,omitempty"` // opaque
}

// FindMembersResponse is one page. Next is always there, null at the end.
// Response of /org-xxxx/findMembers.
type FindMembersResponse struct {
	Results []Membership    `json:"results"`
	Next    json.RawMessage `json:"next"`
}

// FindOrgsRequest searches the orgs of the caller. Input of /system/findOrgs.
type FindOrgsRequest struct {
	Level                   OrgLevel        `json:"level,omitempty"`                   // a minimum; absent: MEMBER
	AllowBillableActivities *bool           `json:"allowBillableActivities,omitempty"` // whether the caller may bill to it
	Describe                *DescribeOption `json:"describe,omitempty"`
	Limit                   *int            `json:"limit,omitempty"` // 1 to 1000, the default
	Starting                json.RawMessage `json:"starting,omitempty"`
}

// FindOrgsResponse is one page. Next is always there, null at the end. Response
// of /system/findOrgs.
type FindOrgsResponse struct {
	Results []FoundOrg      `json:"results"`
	Next    json.RawMessage `json:"next"`
}

// FoundOrg is one row of findOrgs.
type FoundOrg struct {
	ID                      string          `json:"id"`
	Level                   OrgLevel        `json:"level"`
	AllowBillableActivities bool            `json:"allowBillableActivities"`
	Describe                json.RawMessage `json:"describe,omitempty"` // an OrgDescription, or the asked fields of it
}
