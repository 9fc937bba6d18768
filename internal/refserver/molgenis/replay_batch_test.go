package molgenis_test

import (
	"fmt"
	"strings"
	"testing"

	wire "github.com/dxauth/dxauth/pkg/molgenis"
)

// Requests of molgenis-py-client 2.4.1 for whole rows: update_all() sends rows as they
// were read, upsert() reads the IDs and then adds and updates, get(uploadable=True)
// reads the description of the entity and of those that it refers to.
func TestPythonClientWithWholeRows(t *testing.T) {
	p := newPlatform(t)
	token := p.signIn("alice")
	var created wire.Created
	p.with(token, "POST /api/v2/sys_sec_Token", `{"entities": [
		{"User": "user-alice", "token": "10112233445566778899aabbccddeeff", "description": "one"},
		{"User": "user-alice", "token": "20112233445566778899aabbccddeeff", "description": "two"}]}`).is(201).into(&created)
	read := func(i int) (item wire.TokenItem) {
		p.with(token, "GET "+created.Resources[i].Href, "").is(200).into(&item)
		return item
	}

	// update_all() with what to_upload_format() makes of the rows.
	one, two := read(0), read(1)
	rows := func(first, second string) string {
		row := `{"id": %q, "User": %q, "expirationDate": %q, "creationDate": %q, "description": %q}`
		return `{"entities": [` + fmt.Sprintf(row, one.ID, one.User.ID, *one.ExpirationDate, one.CreationDate, first) + "," +
			fmt.Sprintf(row, two.ID, two.User.ID, *two.ExpirationDate, two.CreationDate, second) + `]}`
	}
	answer := p.with(token, "PUT /api/v2/sys_sec_Token", rows("ONE", "two")).is(200)
	if answer.Body.Len() > 0 {
		t.Errorf("the answer has a body: %s", answer.Body)
	}
	if got := read(0).Description + read(1).Description; got != "ONEtwo" {
		t.Errorf("the descriptions are %q", got)
	}

	// upsert() sends an empty batch if there is nothing to add or to update.
	var ids wire.Collection[wire.TokenItem]
	p.with(token, "GET /api/v2/sys_sec_Token?attrs=id&num=10000&sort=id", "").is(200).into(&ids)
	if ids.Total < 2 {
		t.Errorf("%+v", ids)
	}
	p.with(token, "POST /api/v2/sys_sec_Token", `{"entities": []}`).refused(400, "entities")
	p.with(token, "PUT /api/v2/sys_sec_Token", `{"entities": []}`).refused(400, "entities")

	// get_meta() and get(uploadable=True).
	for _, flatten := range []string{"", "?flattenAttributes=True", "?flattenAttributes=False"} {
		var meta wire.MetadataResponse
		p.with(token, "GET /api/metadata/sys_sec_Token"+flatten, "").is(200).into(&meta)
		idAttribute, reference := "", ""
		for _, item := range meta.Data.Attributes.Items {
			if item.Data.IDAttribute {
				idAttribute += item.Data.Name
			}
			if item.Data.RefEntityType != nil {
				reference += item.Data.Name + " " + item.Data.RefEntityType.Self[strings.LastIndex(item.Data.RefEntityType.Self, "/"):]
			}
		}
		if meta.Data.ID != wire.EntityToken || idAttribute != "id" || reference != "User /sys_sec_User" {
			t.Errorf("%s: ID %q, reference %q of %+v", flatten, idAttribute, reference, meta)
		}
	}
	p.with(token, "GET /api/metadata/sys_sec_User?flattenAttributes=True", "").is(200)
	p.with(token, "GET /api/metadata/nothing", "").refused(404, "Unknown entity type 'nothing'.")

	// get_attribute_meta_data().
	var attribute wire.Attribute
	p.with(token, "GET /api/v1/sys_sec_Token/meta/expirationDate", "").is(200).into(&attribute)
	if attribute.Name != "expirationDate" || attribute.FieldType != "DATE_TIME" || !attribute.Nillable {
		t.Errorf("%+v", attribute)
	}
	p.with(token, "GET /api/v1/sys_sec_Token/meta/nothing", "").refused(404, "Unknown attribute 'nothing'")

	// delete() without an ID removes every row that the caller sees, the session too.
	p.with(token, "DELETE /api/v1/sys_sec_User", "").refused(403, "can't be deleted")
	p.with(token, "DELETE /api/v1/sys_sec_Token", "").is(204)
	p.with(token, "GET /api/v2/sys_sec_Token?sort=id", "").refused(401, "Invalid token")
	var left wire.Collection[wire.TokenItem]
	p.with(p.signIn("admin"), "GET /api/v2/sys_sec_Token?q=User==user-alice", "").is(200).into(&left)
	if left.Total != 0 {
		t.Errorf("%d tokens are left", left.Total)
	}
}

// Nothing of a batch is changed if a row of it is not there, or has no ID; users
// change only what is theirs.
func TestUpdatesOfABatchThatAreRefused(t *testing.T) {
	p := newPlatform(t)
	token := p.signIn("alice")
	var all wire.Collection[wire.TokenItem]
	p.with(token, "GET /api/v2/sys_sec_Token", "").is(200).into(&all)
	own := all.Items[0]
	for body, want := range map[string]struct {
		status int
		text   string
	}{
		`{"entities": [{"id": %q, "description": "new"}, {"id": "nothing", "description": "new"}]}`: {404, "Unknown entity with 'id' 'nothing' of type 'Token'."},
		`{"entities": [{"id": %q, "description": "new"}, {"description": "new"}]}`:                  {400, "'id'"},
		`{"entities": [{"id": %q, "creationDate": "2020-01-01"}]}`:                                  {400, "can't be changed"},
		`{"entities": [{"id": %q, "colour": "red"}]}`:                                               {400, "Unknown attribute 'colour'"},
		`{"entities": [{"id": %q, "description": "new"}], "more": `:                                 {400, ""},
	} {
		if strings.Contains(body, "%q") {
			body = fmt.Sprintf(body, own.ID)
		}
		p.with(token, "PUT /api/v2/sys_sec_Token", body).refused(want.status, want.text)
	}
	var after wire.TokenItem
	p.with(token, "GET /api/v2/sys_sec_Token/"+own.ID, "").is(200).into(&after)
	if after.Description != own.Description {
		t.Errorf("the description is %q", after.Description)
	}
	p.with(token, "PUT /api/v2/sys_sec_User", `{"entities": [{"id": "user-admin", "FirstName": "Eve"}]}`).refused(404, "Unknown entity with 'id' 'user-admin' of type 'User'.")
	p.with(token, "PUT /api/v2/nothing", `{"entities": [{"id": "x"}]}`).refused(404, "Unknown entity type 'nothing'.")
}

// What is not there is refused with the codes of the platform.
func TestCodesOfWhatIsNotThere(t *testing.T) {
	p := newPlatform(t)
	token := p.signIn("alice")
	for line, code := range map[string]string{
		"GET /api/v1/nothing": wire.CodeUnknownType, "GET /api/v2/nothing/x": wire.CodeUnknownType, "GET /api/v1/nothing/meta": wire.CodeUnknownType,
		"DELETE /api/v1/nothing": wire.CodeUnknownType, "GET /api/v2/sys_sec_Token/x": wire.CodeUnknownEntity, "GET /api/v1/sys_sec_User/x": wire.CodeUnknownEntity,
		"DELETE /api/v1/sys_sec_Token/x": wire.CodeUnknownEntity,
	} {
		var refused wire.ErrorResponse
		p.with(token, line, "").is(404).into(&refused)
		if refused.Errors[0].Code != code || !strings.HasSuffix(refused.Errors[0].Message, ".") {
			t.Errorf("%s: %+v", line, refused.Errors)
		}
	}
}
