package dnanexus

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

// newOrg creates an org with the caller as its admin.
func (h *Handler) newOrg(c call, in wire.NewOrgRequest) (wire.IDResponse, error) {
	switch {
	case in.Handle == "":
		return wire.IDResponse{}, missing("handle")
	case in.Name == "":
		return wire.IDResponse{}, missing("name")
	}
	change, err := policyChange(in.Policies)
	if err != nil {
		return wire.IDResponse{}, err
	}
	digest, err := digestOf(in)
	if err != nil {
		return wire.IDResponse{}, err
	}
	org := change.Apply(directory.NewOrg(in.Handle, in.Name, h.service.Now()))
	id, err := h.service.NewOrg(c.ctx, c.caller, org, in.Nonce, digest)
	return wire.IDResponse{ID: id}, err
}

// digestOf returns the same digest for requests with the same content.
func digestOf(in any) (string, error) {
	encoded, err := json.Marshal(in)
	sum := sha256.Sum256(encoded)
	return hex.EncodeToString(sum[:]), err
}

// describeOrg describes an org; members also see its policies.
func (h *Handler) describeOrg(c call, in wire.DescribeFields) (fieldSet, error) {
	view, err := h.service.Org(c.ctx, c.caller, c.entity)
	if err != nil {
		return nil, err
	}
	return orgFields(view, in)
}

func orgFields(view directory.OrgView, in wire.DescribeFields) (fieldSet, error) {
	fields, err := fieldsOf(orgDescription(view))
	if err != nil {
		return nil, err
	}
	return fields.choose(in, nil), nil
}

func orgDescription(org directory.OrgView) wire.OrgDescription {
	description := wire.OrgDescription{ID: org.ID, Class: wire.ClassOrg, Handle: org.Handle, Name: org.Name}
	if org.Level == "" {
		return description
	}
	description.OrgInside = &wire.OrgInside{
		Admins: append([]string{}, org.Admins...), Level: wire.OrgLevel(org.Level),
		AllowBillableActivities: org.Own.AllowBillableActivities, AppAccess: org.Own.AppAccess,
		ProjectAccess: wire.Level(org.Own.ProjectAccess.String()), Policies: policiesOf(org.Org),
		PHIFeaturesEnabled: org.PHIEnabled, UserCreationEnabled: org.UserCreationEnabled,
		DefaultRegion: directory.DefaultRegion, PermittedRegions: directory.Regions(), Created: org.Created.UnixMilli(),
	}
	if org.Level != directory.Admin {
		return description
	}
	settings := &wire.OrgSettings{}
	if org.JobLogsForwarding != "" {
		settings.JobLogsForwarding = json.RawMessage(org.JobLogsForwarding)
	}
	if org.SAMLIdP != "" {
		settings.SAMLIdP = &org.SAMLIdP
	}
	description.OrgSettings = settings
	return description
}

func policiesOf(org directory.Org) wire.OrgPolicies {
	policies := wire.OrgPolicies{
		MemberListVisibility: wire.OrgLevel(org.MemberList), RestrictProjectTransfer: wire.OrgLevel(org.ProjectTransfer),
		JobReuse: org.JobReuse, DetailedJobMetrics: org.DetailedJobMetrics,
	}
	if org.AutoLogout > 0 {
		millis := org.AutoLogout.Milliseconds()
		policies.AutoLogoutAfter = &millis
	}
	return policies
}

// updateOrg changes the name, the policies and the settings of an org.
func (h *Handler) updateOrg(c call, in wire.UpdateOrgRequest) (wire.IDResponse, error) {
	change, err := policyChange(in.Policies)
	if err != nil {
		return wire.IDResponse{}, err
	}
	change.Name = in.Name
	if in.SAMLIdP.Present {
		change.SAMLIdP = orZero(in.SAMLIdP.Value)
	}
	if in.JobLogsForwarding.Present {
		if change.JobLogsForwarding, err = forwardingOf(in.JobLogsForwarding.Value); err != nil {
			return wire.IDResponse{}, err
		}
	}
	return wire.IDResponse{ID: c.entity}, h.service.UpdateOrg(c.ctx, c.caller, c.entity, change)
}

// orZero returns the zero value for null.
func orZero[T any](value *T) *T {
	if value == nil {
		return new(T)
	}
	return value
}

// forwardingOf accepts null or any JSON object.
func forwardingOf(value *json.RawMessage) (*string, error) {
	if value == nil || string(*value) == "null" {
		return new(string), nil
	}
	var object map[string]any
	if err := json.Unmarshal(*value, &object); err != nil {
		return nil, inputError("jobLogsForwarding", "null or a hash")
	}
	text := string(*value)
	return &text, nil
}

func policyChange(in wire.UpdateOrgPolicies) (directory.OrgChange, error) {
	autoLogout, err := autoLogoutOf(in.AutoLogoutAfter)
	return directory.OrgChange{
		AutoLogout: autoLogout, JobReuse: in.JobReuse, DetailedJobMetrics: in.DetailedJobMetrics,
		MemberList:      (*directory.OrgLevel)(in.MemberListVisibility),
		ProjectTransfer: (*directory.OrgLevel)(in.RestrictProjectTransfer),
	}, err
}

// autoLogoutOf returns nil if the policy does not change, and 0 if it is removed.
func autoLogoutOf(value json.RawMessage) (*time.Duration, error) {
	if len(value) == 0 {
		return nil, nil
	}
	var millis *int64
	if err := json.Unmarshal(value, &millis); err != nil {
		return nil, inputError("policies.autoLogoutAfter", "null or an integer")
	}
	if millis == nil {
		return new(time.Duration), nil
	}
	policy, err := directory.ParseAutoLogout(*millis)
	return &policy, err
}

// findOrgs lists the orgs of the caller.
func (h *Handler) findOrgs(c call, in wire.FindOrgsRequest) (wire.FindOrgsResponse, error) {
	query, err := orgQueryOf(in)
	if err != nil {
		return wire.FindOrgsResponse{}, err
	}
	orgs, after, err := h.service.FindOrgs(c.ctx, c.caller, query)
	if err != nil {
		return wire.FindOrgsResponse{}, err
	}
	response := wire.FindOrgsResponse{Results: make([]wire.FoundOrg, 0, len(orgs))}
	for _, org := range orgs {
		found := wire.FoundOrg{
			ID: org.OrgID, Level: wire.OrgLevel(org.Level), AllowBillableActivities: org.AllowBillableActivities,
		}
		if query.Describe {
			if found.Describe, err = describedOrg(org.View, in.Describe.DescribeFields); err != nil {
				return wire.FindOrgsResponse{}, err
			}
		}
		response.Results = append(response.Results, found)
	}
	response.Results, response.Next, err = fitting(response.Results, idCursor{after}, func(i int) cursor { return idCursor{orgs[i].OrgID} })
	return response, err
}

func orgQueryOf(in wire.FindOrgsRequest) (query directory.OrgQuery, err error) {
	query = directory.OrgQuery{
		MinLevel: directory.Member, Billable: in.AllowBillableActivities,
		Describe: in.Describe != nil && in.Describe.Wanted,
	}
	if query.Limit, query.After, err = idPage(in.Limit, in.Starting); err != nil {
		return query, err
	}
	if in.Level != "" {
		query.MinLevel, err = orgLevelOf("level", in.Level)
	}
	return query, err
}

func describedOrg(view directory.OrgView, wanted wire.DescribeFields) (json.RawMessage, error) {
	fields, err := orgFields(view, wanted)
	if err != nil {
		return nil, err
	}
	return json.Marshal(fields)
}

func orgLevelOf(key string, level wire.OrgLevel) (directory.OrgLevel, error) {
	switch level {
	case wire.OrgMember:
		return directory.Member, nil
	case wire.OrgAdmin:
		return directory.Admin, nil
	default:
		return "", inputError(key, "MEMBER or ADMIN")
	}
}
