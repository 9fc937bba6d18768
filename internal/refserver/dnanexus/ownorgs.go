package dnanexus

import (
	"context"

	"github.com/dxauth/dxauth/internal/refserver/service"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

// findOwnOrgs lists the orgs of the caller and says which ones the caller accepted.
func (h *Handler) findOwnOrgs(c call, in wire.FindOwnOrgsRequest) (wire.FindOwnOrgsResponse, error) {
	limit, after, err := idPage(in.Limit, in.Starting)
	if err != nil {
		return wire.FindOwnOrgsResponse{}, err
	}
	orgs, after, err := h.service.OwnOrgs(c.ctx, c.caller, after, limit)
	if err != nil {
		return wire.FindOwnOrgsResponse{}, err
	}
	response := wire.FindOwnOrgsResponse{Results: make([]wire.OwnOrg, 0, len(orgs))}
	for _, org := range orgs {
		response.Results = append(response.Results, wire.OwnOrg{
			ID: org.OrgID, Name: org.Name, Level: wire.OrgLevel(org.Level), Accepted: org.Accepted, CreatedAccount: org.IsMaker,
			AutoLogoutAfter: policiesOf(org.Org).AutoLogoutAfter,
		})
	}
	response.Results, response.Next, err = fitting(response.Results, idCursor{after}, func(i int) cursor { return idCursor{response.Results[i].ID} })
	return response, err
}

func (h *Handler) acceptOrg(c call, in wire.OwnOrgRequest) (wire.IDResponse, error) {
	return onOwnOrg(c, in, h.service.AcceptOrg)
}

func (h *Handler) leaveOrg(c call, in wire.OwnOrgRequest) (wire.IDResponse, error) {
	return onOwnOrg(c, in, h.service.LeaveOrg)
}

func onOwnOrg(c call, in wire.OwnOrgRequest, do func(context.Context, service.Caller, string) error) (wire.IDResponse, error) {
	if in.Org == "" {
		return wire.IDResponse{}, missing("org")
	}
	return wire.IDResponse{ID: in.Org}, do(c.ctx, c.caller, in.Org)
}
