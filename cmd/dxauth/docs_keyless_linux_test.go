package main

import (
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/dxauth/dxauth/internal/refserver"
	"github.com/dxauth/dxauth/internal/testissuer"
	"github.com/dxauth/dxauth/pkg/oauth"
)

// Where the guide's pod finds its ID token.
const podToken = "/var/run/dxauth/token"

// gitHubIssuer is the issuer of GitHub, for which one of this machine stands.
const gitHubIssuer = "https://token.actions.githubusercontent.com"

// trustingPlatform starts a platform that trusts CI systems, and puts ID tokens of their
// jobs into the folder of the page's commands.
func (r *reader) trustingPlatform(fixture string) {
	r.t.Helper()
	w := &world{}
	r.server = newPlatform(r.t, fixture, func(c *refserver.Config) {
		if err := w.trust(c); err != nil {
			r.t.Fatal(err)
		}
	})
	r.issuers = w.issuers
	r.t.Cleanup(w.issuers.Close)
	for _, system := range testissuer.Systems() {
		r.writeIDToken(system+".jwt", r.idToken(system, nil))
	}
	r.writeIDToken("staging.jwt", r.idToken(testissuer.GitHub, map[string]any{"environment": "staging"}))
}

func (r *reader) writeIDToken(name, token string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.root, "alice", "work", name), []byte(token+"\n"), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

func (r *reader) idToken(system string, changes map[string]any) string {
	r.t.Helper()
	claims := r.issuers.Claims(system, r.server.URL)
	for name, value := range changes {
		claims[name] = value
	}
	token, err := r.issuers.Sign(claims)
	if err != nil {
		r.t.Fatal(err)
	}
	return token
}

// kubernetesSteps returns the commands of a workload's containers.
func (r *reader) kubernetesSteps(b block) []ciStep {
	r.t.Helper()
	var workload struct {
		Spec struct {
			JobTemplate struct {
				Spec struct {
					Template struct {
						Spec struct {
							Containers []struct {
								Env     []struct{ Name, Value string }
								Command []string
							}
						}
					}
				}
			} `yaml:"jobTemplate"`
		}
	}
	mustParse(r.t, b, &workload)
	var list []ciStep
	for _, container := range workload.Spec.JobTemplate.Spec.Template.Spec.Containers {
		step := ciStep{env: map[string]string{}, shell: []string{"sh", "-ec"}, text: strings.Join(container.Command, " ")}
		file := filepath.Join(r.root, "alice", "work", testissuer.Kubernetes+".jwt")
		step.text = strings.ReplaceAll(step.text, podToken, file)
		for _, v := range container.Env {
			step.env[v.Name] = v.Value
		}
		list = append(list, step)
	}
	return list
}

// idTokenVariables returns what a CI system puts into the environment of a job: nothing
// where the job's file does not ask for an ID token.
func (r *reader) idTokenVariables(b block) map[string]string {
	r.t.Helper()
	if r.issuers == nil {
		return nil
	}
	if b.lang == "groovy" {
		return map[string]string{"DXAUTH_ID_TOKEN": r.idToken(testissuer.Jenkins, nil)}
	}
	var file map[string]yaml.Node
	mustParse(r.t, b, &file)
	if permissions, isGitHub := file["permissions"]; isGitHub {
		var granted map[string]string
		if err := permissions.Decode(&granted); err != nil || granted["id-token"] != "write" {
			return nil
		}
		return r.issuers.Runner()
	}
	return r.gitlabVariables(file)
}

// gitlabVariables returns the ID tokens of a pipeline's jobs, each for its audience.
func (r *reader) gitlabVariables(file map[string]yaml.Node) map[string]string {
	r.t.Helper()
	variables := map[string]string{}
	for _, node := range file {
		var job struct {
			IDTokens map[string]struct{ Aud string } `yaml:"id_tokens"`
		}
		if node.Kind != yaml.MappingNode || node.Decode(&job) != nil {
			continue
		}
		for name, token := range job.IDTokens {
			variables[name] = r.idToken(testissuer.GitLab, map[string]any{"aud": r.addressed(token.Aud)})
		}
	}
	return variables
}

// The file with the CI systems in the guide is one that serve takes, with the audience of
// --url: the ID token of a job is exchanged there, and none for another address.
func TestServeTrustsCISystems(t *testing.T) {
	t.Parallel()
	issuers, err := testissuer.Start(time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(issuers.Close)
	folder := t.TempDir()
	content := workloadsOfTheGuide(t)
	for name, issuer := range map[string]string{
		testissuer.GitHub: gitHubIssuer, testissuer.GitLab: "https://gitlab.example.org",
		testissuer.Kubernetes: "https://cluster.example.org", testissuer.Jenkins: "https://jenkins.example.org/oidc",
	} {
		content = strings.Replace(content, "issuer: "+issuer+"\n", "issuer: "+issuers.URL(name)+"\n", 1)
	}
	if strings.Contains(content, "https://") {
		t.Errorf("the guide has an issuer that this test does not know:\n%s", content)
	}
	content = regexp.MustCompile(` *ca_file: .*\n`).ReplaceAllString(content, "") // the issuer has no certificate here
	file := filepath.Join(folder, "oidc.yaml")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServe(t, "--oidc-config", file, "--url", examplePlatform, "--store", "sqlite:"+filepath.Join(folder, "platform.db"))
	for audience, want := range map[string]string{examplePlatform: "no trust rule matches", s.URL: "it is for [" + s.URL + "]"} {
		token, err := issuers.Sign(issuers.Claims(testissuer.Jenkins, audience))
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.PostForm(s.URL+"/oauth2/token", url.Values{
			"grant_type": {oauth.GrantExchange}, "subject_token": {token}, "subject_token_type": {oauth.TypeIDToken},
		})
		if err != nil {
			t.Fatal(err)
		}
		var refused struct {
			Description string `json:"error_description"`
		}
		err = json.NewDecoder(response.Body).Decode(&refused)
		response.Body.Close()
		if err != nil || !strings.Contains(refused.Description, want) {
			t.Errorf("for %s: %s %q (%v), want %q", audience, response.Status, refused.Description, err, want)
		}
	}
	s.terminate()
	s.wantEnd()
}

// workloadsOfTheGuide returns the first yaml block of the guide.
func workloadsOfTheGuide(t *testing.T) string {
	t.Helper()
	for _, b := range pagesOfDocs(t)["keyless-ci.md"] {
		if b.lang == "yaml" {
			return b.text
		}
	}
	t.Fatal("the guide has no file")
	return ""
}
