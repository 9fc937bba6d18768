package trustrule

import (
	"encoding/base64"
	"encoding/json"
	"maps"
	"testing"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// A sample fills in an ID that is never given out twice, and what the job runs for.
func TestSuggestedClaims(t *testing.T) {
	for name, test := range map[string]struct{ token, want map[string]string }{
		"GitHub, with an environment": {
			map[string]string{"sub": "repo:a/b:environment:prod", "repository": "a/b", "repository_id": "74", "environment": "prod", "ref": "refs/heads/main"},
			map[string]string{"repository_id": "74", "environment": "prod"},
		},
		"GitHub, without one": {
			map[string]string{"sub": "repo:a/b:ref:refs/heads/main", "repository_id": "74", "ref": "refs/heads/main"},
			map[string]string{"repository_id": "74", "ref": "refs/heads/main"},
		},
		"GitLab": {
			map[string]string{"sub": "project_path:a/b:ref_type:branch:ref:main", "project_id": "74", "ref": "main", "ref_path": "refs/heads/main"},
			map[string]string{"project_id": "74", "ref_path": "refs/heads/main"},
		},
		"GitLab before it had the path": {
			map[string]string{"project_id": "74", "ref": "main"},
			map[string]string{"project_id": "74", "ref": "main"},
		},
		"another system":   {map[string]string{"sub": "system:serviceaccount:a:b"}, map[string]string{"sub": "system:serviceaccount:a:b"}},
		"without a place":  {map[string]string{"repository_id": "74", "sub": "s"}, map[string]string{"sub": "s"}},
		"without anything": {map[string]string{}, nil},
	} {
		test.token["iss"] = "https://ci.example.org"
		payload, err := json.Marshal(test.token)
		if err != nil {
			t.Fatal(err)
		}
		found, err := sampleOf(secret.New("header." + base64.RawURLEncoding.EncodeToString(payload) + ".signature"))
		if err != nil || found.issuer != "https://ci.example.org" {
			t.Errorf("%s: %v, issuer %q", name, err, found.issuer)
		}
		if got := found.suggested(); !maps.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}

func TestSamplesThatAreNone(t *testing.T) {
	for _, text := range []string{"", "0123456789abcdefghijABCDEFGHIJ01", "a.b", "a.!.c", "a.bm90IEpTT04.c", "a.b.c.d"} {
		if _, err := sampleOf(secret.New(text)); refusal.CodeOf(err) != refusal.Usage {
			t.Errorf("%q: %v", text, err)
		}
	}
}

func TestReadingClaims(t *testing.T) {
	got, err := readClaims([]string{"ref=refs/heads/*", "sub=a=b"})
	if want := map[string]string{"ref": "refs/heads/*", "sub": "a=b"}; err != nil || !maps.Equal(got, want) {
		t.Errorf("%v, %v", got, err)
	}
	for _, inputs := range [][]string{{"ref"}, {"=x"}, {"ref="}, {""}, {"ref=a", "ref=b"}} {
		if _, err := readClaims(inputs); refusal.CodeOf(err) != refusal.Usage {
			t.Errorf("%q: %v", inputs, err)
		}
	}
}
