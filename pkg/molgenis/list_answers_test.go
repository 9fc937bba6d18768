package molgenis_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/molgenis"
)

// An answer without its list is not an empty list, on any protocol.
func TestListsMustBeInAnswers(t *testing.T) {
	const session = `"email": "alice", "admin": false, "roles": []`
	for name, c := range map[string]struct {
		route  string
		call   func(*molgenis.Client) error
		bodies []string
	}{
		"tokens": {"GET " + molgenis.RouteV2 + molgenis.EntityToken, func(c *molgenis.Client) error {
			_, err := c.Tokens(t.Context(), 0)
			return err
		}, []string{`{}`, `null`, `{"total": 0}`, `{"items": null, "total": 3}`}},
		"settings of a session": {"POST " + molgenis.RouteGraphQL, func(c *molgenis.Client) error {
			_, err := c.SessionWithSettings(t.Context())
			return err
		}, []string{`{"data": {"_session": {` + session + `}}}`, `{"data": {"_session": {` + session + `, "settings": null}}}`, `{"data": {}}`}},
		"recovery codes": {"GET " + molgenis.RouteRecoveryCodes, func(c *molgenis.Client) error {
			_, err := c.RecoveryCodes(t.Context())
			return err
		}, []string{`{}`, `{"recoveryCodes": null}`, `null`}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, body := range c.bodies {
				p := newPlatform(t, map[string][]answer{c.route: {{status: http.StatusOK, body: body}}})
				err := c.call(p.asAlice())
				if _, isUnexpected := errors.AsType[*httpcall.UnexpectedAnswerError](err); !isUnexpected || len(p.calls()) != 1 {
					t.Errorf("%s is taken: %v, after %v", body, err, p.calls())
				}
			}
		})
	}
}
