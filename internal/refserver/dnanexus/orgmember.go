package dnanexus

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	"github.com/dxauth/dxauth/internal/refserver/httpkit"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refserver/service"
	"github.com/dxauth/dxauth/internal/refusal"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

// inviteToOrg makes a user a member of an org without asking the user.
func (h *Handler) inviteToOrg(c call, in wire.OrgInviteRequest) (wire.InviteResponse, error) {
	if in.Invitee == "" {
		return wire.InviteResponse{}, missing("invitee")
	}
	access, err := accessOf("", in.MemberAccess)
	if err != nil {
		return wire.InviteResponse{}, err
	}
	response := wire.InviteResponse{ID: c.entity, State: "accepted"}
	return response, h.service.InviteMember(c.ctx, c.caller, c.entity, in.Invitee, access)
}

// setMemberAccess changes what members of an org may do. It decodes the members of
// a wire.SetMemberAccessRequest one by one, so that an error names the member.
func (h *Handler) setMemberAccess(c call, in map[string]json.RawMessage) (wire.IDResponse, error) {
	changes := map[string]directory.AccessChange{}
	for _, userID := range slices.Sorted(maps.Keys(in)) {
		var member wire.MemberAccess
		if err := httpkit.Decode(in[userID], &member); err != nil {
			return wire.IDResponse{}, under(userID, err)
		}
		access, err := accessOf(userID+".", member)
		if err != nil {
			return wire.IDResponse{}, err
		}
		changes[userID] = access
	}
	return wire.IDResponse{ID: c.entity}, h.service.SetMemberAccess(c.ctx, c.caller, c.entity, changes)
}

// under prefixes the key of a wrong-type error with another key.
func under(key string, err error) error {
	wrong, ok := refusal.DetailsOf[refusal.Input](err)
	if !ok || refusal.ReasonOf(err) != refusal.WrongType {
		return err
	}
	return httpkit.WrongType(strings.TrimSuffix(key+"."+wrong.Key, "."), wrong.Problem)
}

// accessOf reads what a member may do; the keys of errors begin with path.
func accessOf(path string, in wire.MemberAccess) (access directory.AccessChange, err error) {
	if in.Level != "" {
		if access.Level, err = orgLevelOf(path+"level", in.Level); err != nil {
			return access, err
		}
	}
	if in.ProjectAccess != nil {
		level, err := levelOrNone(*in.ProjectAccess)
		if err != nil {
			return access, inputError(path+"projectAccess", "one of NONE, VIEW, UPLOAD, CONTRIBUTE, ADMINISTER")
		}
		access.ProjectAccess = &level
	}
	access.AllowBillableActivities, access.AppAccess = in.AllowBillableActivities, in.AppAccess
	access.CloudIntegrationManagement, access.TREManagement = in.CloudIntegrationManagement, in.TREManagement
	access.ArchivalManagement, access.DataDeletion = in.ArchivalManagement, in.DataDeletion
	access.DataSearch, access.ProjectMemberDemotion = in.DataSearch, in.ProjectMemberDemotion
	return access, nil
}

func levelOrNone(level wire.Level) (directory.Level, error) {
	if level == wire.LevelNone {
		return directory.None, nil
	}
	return directory.ParseLevel(string(level))
}

// removeMember removes a user from an org. This server has no apps to lose.
func (h *Handler) removeMember(c call, in wire.RemoveMemberRequest) (wire.RemoveMemberResponse, error) {
	if in.User == "" {
		return wire.RemoveMemberResponse{}, missing("user")
	}
	removal := service.Removal{UserID: in.User, KeepProjects: in.RevokeProjectPermissions != nil && !*in.RevokeProjectPermissions}
	removed, err := h.service.RemoveMember(c.ctx, c.caller, c.entity, removal)
	response := wire.RemoveMemberResponse{ID: c.entity, Projects: map[string]wire.Level{}, Apps: map[string]wire.Level{}}
	for project, level := range removed {
		response.Projects[project] = wire.Level(level.String())
	}
	return response, err
}

// findMembers lists the members of an org.
func (h *Handler) findMembers(c call, in wire.FindMembersRequest) (wire.FindMembersResponse, error) {
	query, err := memberQueryOf(in)
	if err != nil {
		return wire.FindMembersResponse{}, err
	}
	members, after, err := h.service.OrgMembers(c.ctx, c.caller, c.entity, query)
	if err != nil {
		return wire.FindMembersResponse{}, err
	}
	response := wire.FindMembersResponse{Results: make([]wire.Membership, 0, len(members))}
	for _, member := range members {
		row := memberRow(member.Membership)
		if query.Users {
			if row.Describe, err = describedUser(member.User, in.Describe.DescribeFields); err != nil {
				return wire.FindMembersResponse{}, err
			}
		}
		response.Results = append(response.Results, row)
	}
	response.Results, response.Next, err = fitting(response.Results, idCursor{after}, func(i int) cursor { return idCursor{response.Results[i].ID} })
	return response, err
}

func memberQueryOf(in wire.FindMembersRequest) (query service.MemberQuery, err error) {
	query.IDs, query.Users = in.ID, in.Describe != nil && in.Describe.Wanted
	if len(query.IDs) > maxPage {
		return query, inputError("id", "an array of at most 1000 IDs")
	}
	if in.Level != "" {
		if query.Level, err = orgLevelOf("level", in.Level); err != nil {
			return query, err
		}
	}
	query.Limit, query.After, err = idPage(in.Limit, in.Starting)
	return query, err
}

func memberRow(m directory.Membership) wire.Membership {
	return wire.Membership{
		ID: m.UserID, Level: wire.OrgLevel(m.Level), ProjectAccess: wire.Level(m.ProjectAccess.String()),
		AllowBillableActivities: m.AllowBillableActivities, AppAccess: m.AppAccess,
		CloudIntegrationManagement: m.CloudIntegrationManagement, TREManagement: m.TREManagement,
		ArchivalManagement: m.ArchivalManagement, DataDeletion: m.DataDeletion, DataSearch: m.DataSearch,
		ProjectMemberDemotion: m.ProjectMemberDemotion,
	}
}

// describedUser encodes the public fields of a user.
func describedUser(user identity.User, wanted wire.DescribeFields) (json.RawMessage, error) {
	fields, err := fieldsOf(nameOf(user))
	if err != nil {
		return nil, err
	}
	return json.Marshal(fields.choose(wanted, nil))
}
