package dnanexus

import (
	"encoding/json"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/directory"
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

// describeOrg tells members what their org is and which policies hold.
func (f *Face) describeOrg(c call, in wire.DescribeFields) (fieldSet, error) {
	org, err := f.domain.Org(c.ctx, c.caller, c.entity)
	if err != nil {
		return nil, err
	}
	description := wire.OrgDescription{
		ID: org.ID, Class: wire.ClassOrg, Handle: org.Handle, Name: org.Name, Level: string(org.Level),
	}
	if org.AutoLogout > 0 {
		millis := org.AutoLogout.Milliseconds()
		description.Policies.AutoLogoutAfter = &millis
	}
	fields, err := fieldsOf(description)
	if err != nil {
		return nil, err
	}
	return fields.choose(in, nil), nil
}

// updateOrg changes the name and the policies of an org.
func (f *Face) updateOrg(c call, in wire.UpdateOrgRequest) (wire.IDResponse, error) {
	autoLogout, err := autoLogoutOf(in.Policies.AutoLogoutAfter)
	if err != nil {
		return wire.IDResponse{}, err
	}
	change := directory.OrgChange{Name: in.Name, AutoLogout: autoLogout}
	return wire.IDResponse{ID: c.entity}, f.domain.UpdateOrg(c.ctx, c.caller, c.entity, change)
}

// autoLogoutOf reads the policy: nil where it stays as it is, 0 where there is
// to be none.
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
