package tokenscope

import (
	"testing"

	"github.com/dxauth/dxauth/internal/platform"
)

func TestTexts(t *testing.T) {
	for _, tt := range []struct{ got, want string }{
		{Text(platform.Scope{Projects: map[string]string{"*": "VIEW", "a": "VIEW", "b": "VIEW"}}, nil), "*=VIEW, 2 projects"},
		{Text(platform.Scope{Full: true}, nil), "everything"},
		{Text(platform.Scope{Full: true, NoPHI: true}, nil), "everything, no PHI"},
		{Text(platform.Scope{Full: true, WithoutOrgs: []string{"org-a", "org-b"}}, nil), "everything, not org-a, not org-b"},
		{Text(platform.Scope{}, nil), "not known"},
		{Text(platform.Scope{Projects: map[string]string{"project-1": "UPLOAD", "*": "VIEW"}}, nil), "*=VIEW, project-1=UPLOAD"},
		{Text(platform.Scope{Projects: map[string]string{"a": "VIEW", "b": "VIEW", "c": "VIEW"}}, nil), "3 projects"},
	} {
		if tt.got != tt.want {
			t.Errorf("%q, want %q", tt.got, tt.want)
		}
	}
}
