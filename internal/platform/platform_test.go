package platform

import (
	"testing"

	"github.com/dxauth/dxauth/internal/refusal"
)

// TestFeatures: what a platform has is returned, and what it lacks is a refusal
// for people.
func TestFeatures(t *testing.T) {
	const webPage = "this platform offers it on its web page only"
	features := map[string]func(*Platform) error{
		"projects":   (*Platform).RequireProjects,
		"orgs":       func(p *Platform) error { _, err := p.Orgs(); return err },
		"accounts":   func(p *Platform) error { _, err := p.Accounts(); return err },
		"sessions":   func(p *Platform) error { _, err := p.Sessions(); return err },
		"settings":   func(p *Platform) error { _, err := p.Settings(); return err },
		"two-factor": func(p *Platform) error { _, err := p.TwoFactor(); return err },
		"approvals":  func(p *Platform) error { _, err := p.Approvals(); return err },
	}
	lacks := map[Type]map[string]string{
		TypeDNAnexus: {},
		TypeMOLGENIS: {
			"projects": "lab.org has no projects: it is a MOLGENIS server",
			"orgs":     "lab.org has no orgs: it is a MOLGENIS server",
			"accounts": "lab.org has no accounts that dxauth administers: it is a MOLGENIS server",
			"sessions": "lab.org has no list of sessions: it is a MOLGENIS server",
			"settings": webPage,
		},
		TypeEMX2: {
			"projects":   "lab.org has no projects: it is a MOLGENIS EMX2 server",
			"orgs":       "lab.org has no orgs: it is a MOLGENIS EMX2 server",
			"accounts":   "lab.org has no accounts that dxauth administers: it is a MOLGENIS EMX2 server",
			"sessions":   "lab.org has no list of sessions: it is a MOLGENIS EMX2 server",
			"two-factor": "lab.org has no two-factor authentication of its own: it is a MOLGENIS EMX2 server",
			"approvals":  "lab.org has no accounts that wait for an administrator: it is a MOLGENIS EMX2 server",
		},
	}
	for kind, refused := range lacks {
		p := Connect(kind, Access{APIServer: "https://lab.org"})
		for name, feature := range features {
			err := feature(p)
			switch want := refused[name]; {
			case want == "" && err != nil:
				t.Errorf("%s of %s: %v", name, kind, err)
			case want != "" && (refusal.CodeOf(err) != refusal.Denied || err.Error() != want):
				t.Errorf("%s of %s: %v, want %q", name, kind, err, want)
			}
		}
		if got := p.ScriptTokens() != nil; got != kind.isMOLGENIS() {
			t.Errorf("tokens for scripts of %s: %v", kind, got)
		}
	}
}
