package kit

import (
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/session"
)

func TestEndText(t *testing.T) {
	tests := []struct {
		kind         session.Kind
		reason, want string
	}{
		{session.Interactive, "idle", "logged out of lab.org after 15 minutes of inactivity"},
		{session.Interactive, "", "logged out: lab.org no longer accepts the session of alice"},
		{session.Interactive, "revoked", "logged out: the session of alice at lab.org has ended (revoked)"},
		{session.Token, "expired", "logged out: the token of alice at lab.org has ended (expired)"},
	}
	for _, tt := range tests {
		account := session.Account{Host: "lab.org", User: "alice", Kind: tt.kind, IdleSeconds: 900}
		if got := endText(account, tt.reason, 15*time.Minute); got != tt.want {
			t.Errorf("for %q: %q, want %q", tt.reason, got, tt.want)
		}
	}
}
