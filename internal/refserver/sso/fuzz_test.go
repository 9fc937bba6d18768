package sso

import (
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/testfuzz"
)

// A file of providers is read or refused: what is read passes the checks, and a refusal
// names the line and no value that may be a secret.
func FuzzReadConfig(f *testing.F) {
	const canary = "canary-of-a-secret"
	for _, seed := range []string{
		"providers:\n  - name: lab\n    title: Lab\n    issuer: https://login.example.org\n    client_id: dxauth\n    mail_domains: [example.org]\n    sign_up: open\n",
		"workloads:\n  - name: ci\n    issuer: https://ci.example.org\n    replay: once\n",
		"providers:\n  - name: lab\n    client_secret: " + canary + "\n", canary + ": [", "providers: {" + canary + ": 1}", "- " + canary, "a: &a [*a]", "",
	} {
		testfuzz.Add(f, seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r := &reader{name: "providers.yaml"}
		config := r.config([]byte(text))
		for _, problem := range r.problems {
			if !strings.HasPrefix(problem, "providers.yaml") {
				t.Errorf("%q does not say where it is", problem)
			}
			if strings.Contains(problem, ": "+canary) {
				t.Errorf("%q shows a value", problem)
			}
		}
		if len(r.problems) > 0 {
			return
		}
		for _, provider := range config.Providers {
			if err := provider.check(); err != nil {
				t.Errorf("%q is accepted: %v", text, err)
			}
		}
		for _, workload := range config.Workloads {
			if err := workload.check(); err != nil {
				t.Errorf("%q is accepted: %v", text, err)
			}
		}
	})
}
