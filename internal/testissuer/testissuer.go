// Package testissuer has issuers of ID tokens for tests: CI systems whose jobs ask for a
// token, as GitHub Actions, GitLab, Kubernetes and Jenkins have them.
//
// It promises that the tokens are signed with a key that the issuer publishes as OpenID
// Connect says, and that their claims have the names and forms of those of the system:
// they are the examples of its documentation, with other names.
//
// The key is new for each process. The clock is passed in.
package testissuer

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// The systems.
const (
	GitHub     = "github"
	GitLab     = "gitlab"
	Kubernetes = "kubernetes"
	Jenkins    = "jenkins"
)

// Systems returns the names of all of them.
func Systems() []string { return []string{GitHub, GitLab, Kubernetes, Jenkins} }

// Issuers are the issuers of all systems, on one server of this machine. Make them with
// Start, and close them after use.
type Issuers struct {
	server *httptest.Server
	signer jose.Signer
	public jose.JSONWebKeySet
	now    func() time.Time
}

// Start starts the server.
func Start(now func() time.Time) (*Issuers, error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	const keyID = "key"
	options := (&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", keyID)
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: private}, options)
	if err != nil {
		return nil, err
	}
	issuers := &Issuers{signer: signer, now: now, public: jose.JSONWebKeySet{
		Keys: []jose.JSONWebKey{{Key: private.Public(), KeyID: keyID, Algorithm: string(jose.ES256), Use: "sig"}},
	}}
	issuers.server = httptest.NewServer(http.HandlerFunc(issuers.serve))
	return issuers, nil
}

// Close stops the server.
func (i *Issuers) Close() { i.server.Close() }

// URL returns the issuer of a system.
func (i *Issuers) URL(system string) string { return i.server.URL + "/" + system }

// requestToken is what a runner of GitHub Actions shows to ask for an ID token.
const requestToken = "request-token"

// Runner returns the variables by which a job of GitHub Actions asks for ID tokens.
func (i *Issuers) Runner() map[string]string {
	return map[string]string{
		"GITHUB_ACTIONS": "true", "ACTIONS_ID_TOKEN_REQUEST_URL": i.URL("runner") + "?api-version=2.0",
		"ACTIONS_ID_TOKEN_REQUEST_TOKEN": requestToken,
	}
}

// run gives a job of GitHub Actions an ID token for the audience that it asks for.
func (i *Issuers) run(w http.ResponseWriter, r *http.Request) {
	token, err := i.Sign(i.Claims(GitHub, r.FormValue("audience")))
	if err != nil || r.Header.Get("Authorization") != "Bearer "+requestToken {
		http.Error(w, "no token", http.StatusForbidden)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"value": token}) // the job may have ended
}

func (i *Issuers) serve(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/runner" {
		i.run(w, r)
		return
	}
	system, isDiscovery := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/"), "/.well-known/openid-configuration")
	var document any = i.public
	if isDiscovery {
		document = map[string]any{
			"issuer": i.URL(system), "jwks_uri": i.URL("keys"), "response_types_supported": []string{"id_token"},
			"subject_types_supported": []string{"public"}, "id_token_signing_alg_values_supported": []string{"ES256"},
		}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(document) // the client may have gone
}

// Claims returns the claims of a job of a system that asks for a token for an audience.
func (i *Issuers) Claims(system, audience string) map[string]any {
	now := i.now()
	claims := map[string]any{
		"iss": i.URL(system), "aud": audience, "iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(lifetimeOf(system)).Unix(),
	}
	if system == Kubernetes {
		claims["aud"] = []string{audience}
	}
	maps.Copy(claims, examples()[system])
	if system != Jenkins { // whose tokens have no ID
		claims["jti"] = rand.Text()
	}
	return claims
}

// lifetimeOf returns how long the tokens of a system are valid.
func lifetimeOf(system string) time.Duration {
	if system == GitHub {
		return 10 * time.Minute
	}
	return time.Hour
}

// Sign returns the token with these claims.
func (i *Issuers) Sign(claims map[string]any) (string, error) {
	payload, err := json.Marshal(claims)
	if err != nil {
		return "", err
	}
	signed, err := i.signer.Sign(payload)
	if err != nil {
		return "", err
	}
	return signed.CompactSerialize()
}

// examples has the claims of each system that say what the job is. Sources: "OpenID
// Connect reference" of GitHub Actions; "OpenID Connect (OIDC) Authentication Using ID
// Tokens" of GitLab; "Managing Service Accounts" of Kubernetes; the plugin "OpenID Connect
// Provider" of Jenkins.
func examples() map[string]map[string]any {
	return map[string]map[string]any{
		GitHub: {
			"sub": "repo:acme/pipeline:environment:prod", "environment": "prod", "ref": "refs/heads/main", "ref_type": "branch",
			"ref_protected": "true", "sha": "6dcb09b5b57875f334f61aebed695e2e4193db5e",
			"repository": "acme/pipeline", "repository_id": "74", "repository_owner": "acme", "repository_owner_id": "65",
			"repository_visibility": "private", "actor": "alice", "actor_id": "12", "workflow": "nightly",
			"workflow_ref": "acme/pipeline/.github/workflows/nightly.yml@refs/heads/main", "head_ref": "", "base_ref": "",
			"job_workflow_ref": "acme/pipeline/.github/workflows/nightly.yml@refs/heads/main",
			"event_name":       "schedule", "runner_environment": "github-hosted", "run_id": "30433642", "run_number": "10", "run_attempt": "2",
		},
		GitLab: {
			"sub": "project_path:acme/pipeline:ref_type:branch:ref:main", "namespace_id": "65", "namespace_path": "acme",
			"project_id": "74", "project_path": "acme/pipeline", "project_visibility": "private", "user_id": "12", "user_login": "alice",
			"pipeline_id": "1212", "pipeline_source": "schedule", "job_id": "1313", "ref": "main", "ref_type": "branch",
			"ref_path": "refs/heads/main", "ref_protected": "true", "runner_id": 1, "runner_environment": "self-hosted",
			"sha": "6dcb09b5b57875f334f61aebed695e2e4193db5e", "ci_config_ref_uri": "gitlab.example.org/acme/pipeline//.gitlab-ci.yml@refs/heads/main",
		},
		Kubernetes: {
			"sub": "system:serviceaccount:pipelines:nightly",
			"kubernetes.io": map[string]any{
				"namespace": "pipelines", "serviceaccount": map[string]any{"name": "nightly", "uid": "a087d5a0-e1dd-43ec-93ac-f13d89cd13af"},
				"pod": map[string]any{"name": "nightly-29087", "uid": "ebb0a7ae-9a0b-4d0c-8f1a-0b6f6e1f3a50"},
			},
		},
		Jenkins: {"sub": "https://jenkins.example.org/job/nightly/", "build_number": 42},
	}
}
