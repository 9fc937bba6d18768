package dnanexus

import (
	"bytes"
	"encoding/json"

	"github.com/dxauth/dxauth/pkg/httpcall"
)

// checked is a response that knows whether a program can work with it.
type checked interface {
	// wrong returns the first field whose value no platform gives, or "".
	wrong() string
}

// decode reads an answer into an Out. JSON's null is not an answer, except to a caller
// who asks for raw JSON.
func decode[Out any](answer httpcall.Answer, base, route string) (Out, error) {
	var none, out Out
	raw, isRaw := any(&out).(*json.RawMessage)
	if !isRaw && string(bytes.TrimSpace(answer.Body)) == "null" {
		return none, answer.Unexpected()
	}
	if err := answer.Decode(&out); err != nil {
		return none, err
	}
	if isRaw {
		*raw = answer.JSON(*raw)
	}
	if c, ok := any(out).(checked); ok {
		if field := c.wrong(); field != "" {
			return none, httpcall.Incomplete(base, route, field)
		}
	}
	return out, nil
}

// isEntityID reports whether s has the form of an entity's ID: a class, a dash, and
// one harmless segment of a path.
func isEntityID(s string) bool {
	const longest = 300
	return ClassOf(s) != "" && len(s) <= longest && isName(s)
}

// firstWrong returns field if one of the values is not of its form.
func firstWrong[T any](field string, list []T, isGood func(T) bool) string {
	for _, element := range list {
		if !isGood(element) {
			return field
		}
	}
	return ""
}

func (w WhoAmI) wrong() string {
	if !isEntityID(w.ID) {
		return "id"
	}
	return ""
}

func (i UserInfo) wrong() string {
	if !httpcall.ValidName(i.Username) {
		return "username"
	}
	return ""
}

func (r IDResponse) wrong() string {
	if !isEntityID(r.ID) {
		return "id"
	}
	return ""
}

func (r FindProjectsResponse) wrong() string {
	return firstWrong("results.id", r.Results, func(p FoundProject) bool { return isEntityID(p.ID) })
}

func (r FindOrgsResponse) wrong() string {
	return firstWrong("results.id", r.Results, func(o FoundOrg) bool { return isEntityID(o.ID) })
}

func (r FindMembersResponse) wrong() string {
	return firstWrong("results.id", r.Results, func(m Membership) bool { return isEntityID(m.ID) })
}

func (r FindUsersResponse) wrong() string {
	return firstWrong("results.username", r.Results, func(u AdminUser) bool {
		return isEntityID(u.ID) && httpcall.ValidName(u.Username)
	})
}

func (r ListAuthTokensResponse) wrong() string {
	return firstWrong("tokens.signature", r.Tokens, func(t AuthToken) bool { return isName(t.Signature) })
}

func (r FindAccessTokensResponse) wrong() string {
	return firstWrong("tokens.signature", r.Tokens, func(t AuthToken) bool { return isName(t.Signature) })
}

func (r FindMemberTokensResponse) wrong() string {
	return firstWrong("tokens.signature", r.Tokens, func(t MemberToken) bool { return isName(t.Signature) })
}

func (r ListSessionsResponse) wrong() string {
	return firstWrong("sessions.id", r.Sessions, func(s Session) bool { return isName(s.ID) })
}
