package dnanexus_test

import (
	"fmt"
	"strings"
	"testing"
)

// A search by ID answers those of the named projects that match, and no others.
func TestFindProjectsByID(t *testing.T) {
	p := newPlatform(t)
	find := func(body string) answer { return p.post("/system/findProjects", aliceFull, body) }
	for name, test := range map[string]struct {
		body string
		want []string
	}{
		"one":                           {`{"id": ["` + exome + `"]}`, []string{exome}},
		"one as a string":               {`{"id": "` + exome + `"}`, []string{exome}},
		"one that is not there":         {`{"id": ["` + exome + `", "project-x", "user-alice", ""]}`, []string{exome}},
		"the same twice":                {`{"id": ["` + exome + `", "` + exome + `"]}`, []string{exome}},
		"none":                          {`{"id": []}`, nil},
		"one with another name":         {`{"id": ["` + exome + `"], "name": "x"}`, nil},
		"one that matches a pattern":    {`{"id": ["` + exome + `"], "name": {"glob": "Exome*"}}`, []string{exome}},
		"one whose level is too little": {`{"id": ["` + rare + `"], "level": "ADMINISTER"}`, nil},
		"only public ones":              {`{"id": ["` + rare + `"], "public": true}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var rows []string
			for _, id := range test.want {
				rows = append(rows, `{"id": "`+id+`"}`)
			}
			find(test.body).expect(t, 200, `{"results": [`+strings.Join(rows, ",")+`], "next": null}`)
		})
	}
	many := strings.Repeat(`"x",`, 1000)
	find(`{"id": [`+many+`"`+exome+`"]}`).refuses(t, 422, "InvalidInput", "id names more than 1000")
	find(`{"id": [`+many[4:]+`"`+exome+`"]}`).expect(t, 200, `{"results": [{"id": "`+exome+`"}]}`)
	find(`{"id": 5}`).expect(t, 422, `{"error": {"type": "InvalidInput"}}`)
}

// The rows of an org's projects have no other keys than the platform's, and an ID
// selects here, too.
func TestFindOrgProjectsByID(t *testing.T) {
	p := newIsolated(t)
	const treasure = "project-0000000000000000000000bb"
	a := p.post("/org-piratelabs/findProjects", aliceToken, `{"id": ["`+treasure+`", "project-x"]}`)
	a.expect(t, 200, "{}")
	a.isExactly(t, `{"results": [{"id": "`+treasure+`", "level": "NONE", "public": false}], "next": null}`)
	p.post("/org-piratelabs/findProjects", aliceToken, `{"id": []}`).isExactly(t, `{"results": [], "next": null}`)
}

// All folder paths are part of a description when they are asked for, in either way.
func TestDescribeListsFolders(t *testing.T) {
	p := newPlatform(t)
	id := p.post("/project/new", aliceFull, `{"name": "Folders"}`).text(t, "id")
	p.post("/"+id+"/newFolder", aliceFull, `{"folder": "/raw/batch 1", "parents": true}`).expect(t, 200, `{}`)
	describe := func(body string) answer { return p.post("/"+id+"/describe", aliceFull, body) }
	const folders = `"folders": ["/", "/raw", "/raw/batch 1"]`
	describe(`{"folders": true}`).expect(t, 200, `{"name": "Folders", `+folders+`}`)
	describe(`{"fields": {"folders": true}}`).isExactly(t, `{"id": "`+id+`", `+folders+`}`)
	describe(`{"fields": {"name": true}, "folders": true}`).isExactly(t, `{"id": "`+id+`", "name": "Folders", `+folders+`}`)
	for _, body := range []string{`{}`, `{"folders": false}`, `{"fields": {"name": true, "folders": false}}`, `{"defaultFields": true, "fields": {}}`} {
		if a := describe(body); strings.Contains(string(a.body), `"folders"`) {
			t.Errorf("%s is answered %s", body, a.body)
		}
	}
	p.post("/system/findProjects", aliceFull, `{"id": "`+id+`", "describe": {"fields": {"folders": true}}}`).
		expect(t, 200, `{"results": [{"describe": {`+folders+`}}]}`)
	p.post("/"+exome+"/describe", aliceFull, `{"folders": true}`).expect(t, 200, `{}`)
}

// A grantee who does not exist is not found; one without a permission keeps none.
func TestDecreasingThePermissionOfNobody(t *testing.T) {
	p := newPlatform(t)
	decrease := func(body string) answer { return p.post("/"+exome+"/decreasePermissions", aliceFull, body) }
	for _, grantee := range []string{"user-nobody", "org-nowhere", "nobody", "", "public", "project-x"} {
		for _, level := range []string{"null", `"VIEW"`, `"NONE"`} {
			decrease(fmt.Sprintf(`{%q: %s}`, grantee, level)).refuses(t, 404, "ResourceNotFound", "The invitee could not be found")
			decrease(fmt.Sprintf(`{"user-bob": null, %q: %s}`, grantee, level)).expect(t, 404, `{}`)
		}
	}
	p.post("/"+exome+"/describe", aliceFull, `{"permissions": true}`).expect(t, 200, `{"permissions": {"user-bob": "VIEW"}}`)
	decrease(`{"user-dave": null, "PUBLIC": null, "org-clinic": null}`).expect(t, 200, `{}`)
}

// dx sends a negative duration as it is given; the code is then good for the usual time.
func TestNewUserWithANegativeTokenDuration(t *testing.T) {
	p := newIsolated(t)
	for i, duration := range []string{"-1", "-86400000", "-9223372036854775808", "0"} {
		p.post("/user/new", aliceToken, fmt.Sprintf(`{"username": "dora%d", "email": "dora%d@example.org", "last": "D", "tokenDuration": %s}`, i, i, duration)).
			expect(t, 200, fmt.Sprintf(`{"activationExpires": %d}`, start().UnixMilli()+7*24*3600*1000))
	}
}

// A key comes back byte for byte.
func TestSSHKeysAreKeptAsTheyAre(t *testing.T) {
	p := newIsolated(t)
	for _, key := range []string{"ssh-rsa AAAA alice\n", "\n ssh-rsa AAAA\t", "ssh-rsa AAAA\r\nssh-rsa BBBB\r\n\n", "ssh-rsa äöü"} {
		quoted := strings.NewReplacer("\n", `\n`, "\t", `\t`, "\r", `\r`).Replace(key)
		p.post("/user-alice/update", aliceToken, `{"sshPublicKey": "`+quoted+`"}`).expect(t, 200, `{}`)
		p.post("/user-alice/describe", aliceToken, `{}`).expect(t, 200, `{"sshPublicKey": "`+quoted+`"}`)
	}
}

// An execution that is not here is refused to everybody alike.
func TestExecutionsAreDenied(t *testing.T) {
	p := newPlatform(t)
	for _, id := range []string{"job-B0K01f000000000000000000", "analysis-B0K01f000000000000000000", "job-x", "analysis-"} {
		for _, method := range []string{"describe", "terminate", "addTags"} {
			for _, token := range []string{"", "PUBLIC", aliceRead, aliceFull} {
				p.post("/"+id+"/"+method, token, `{}`).refuses(t, 401, "PermissionDenied", "VIEW permission required in the project of "+id)
			}
		}
	}
}
