package platform

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestMemberTokens(t *testing.T) {
	s := &server{answers: map[string]string{
		"/org-lab/findMemberTokens": `{"tokens":[
			{"user":"user-bob","signature":"` + otherSignature + `","label":"ci","created":1000,"expires":2000,"lastUsed":null},
			{"user":"user-carol","signature":"` + aliceSignature + `","label":"","created":1000,"expires":2000,"lastUsed":1500}],"next":{"user":"user-carol"}}`,
		"/org-lab/revokeMemberToken": `{"id":"org-lab"}`,
	}}
	p := s.platform(t)
	page, next, err := p.ListMemberTokens(t.Context(), "Lab", "user-bob", []byte(`{"user":"user-a"}`))
	at := func(ms int64) time.Time { return time.UnixMilli(ms).UTC() }
	want := []MemberToken{
		{User: "user-bob", Token: Token{ID: otherSignature, Name: "ci", Created: at(1000), Expires: at(2000)}},
		{User: "user-carol", Token: Token{ID: aliceSignature, Created: at(1000), Expires: at(2000), LastUsed: at(1500)}},
	}
	if diff := cmp.Diff(want, page); err != nil || diff != "" || string(next) != `{"user":"user-carol"}` {
		t.Errorf("%v, next %s, tokens (-want +got):\n%s", err, next, diff)
	}
	if err := p.TakeOrgFromToken(t.Context(), "org-lab", otherSignature); err != nil {
		t.Error(err)
	}
	s.wantAsked(t,
		`/org-lab/findMemberTokens {"user":"user-bob","limit":100,"starting":{"user":"user-a"}}`,
		`/org-lab/revokeMemberToken {"signature":"`+otherSignature+`"}`)
	s.answers["/org-lab/findMemberTokens"] = `{"tokens":[],"next":null}`
	if page, next, err := p.ListMemberTokens(t.Context(), "lab", "", nil); err != nil || len(page) > 0 || next != nil {
		t.Errorf("the last page is %v, next %s, %v", page, next, err)
	}
	s = &server{status: 404, answers: map[string]string{"/org-lab/findMemberTokens": `{"error":{"type":"ResourceNotFound","message":"no"}}`}}
	if _, _, err := s.platform(t).ListMemberTokens(t.Context(), "lab", "", nil); !errors.Is(err, ErrNotFound) {
		t.Errorf("error %v, want not found", err)
	}
}
