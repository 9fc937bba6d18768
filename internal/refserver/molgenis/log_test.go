package molgenis_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/refserver"
)

// No token or password is logged, whichever way it is sent.
func TestLogHasNoSecrets(t *testing.T) {
	var log bytes.Buffer
	p := newPlatform(t, func(c *refserver.Config) { c.Log = slog.New(slog.NewJSONHandler(&log, nil)) })
	session := p.signIn("alice")
	for _, token := range []string{session, aliceToken, noToken} {
		p.send(request{line: "GET /app-ui-context?molgenis-token=" + token})
		p.send(request{line: "GET /api/v1/csv/sys_sec_Token?molgenis-token=" + token + "&q=token==" + token})
		p.send(request{line: "GET /nowhere?molgenis-token=" + token})
		p.form("POST /api/v1/logout", "molgenis-token="+token+"x", nil)
		p.with(token, "GET /api/v2/sys_sec_Token?q=token%3D%3D"+token, "")
		p.with(token+"x", "BREW /api/v1/login?molgenis-token="+token, `{"token":"`+token+`"}`)
	}
	const code = "c0de-c0de-c0de"
	for _, line := range []string{"GET /account/activate/", "GET //account/activate/", "GET /x/../account/activate/", "POST /account/activate/x/"} {
		p.send(request{line: line + code})
	}
	for _, secret := range []string{session, aliceToken, noToken, "alice-2026", code} {
		if strings.Contains(log.String(), secret) {
			t.Errorf("%s is in the log:\n%s", secret, log.String())
		}
	}
	if n := strings.Count(log.String(), `"msg":"request"`); n < 19 {
		t.Errorf("the log has only %d requests", n)
	}
}
