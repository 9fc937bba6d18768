// Package citoken gets the OpenID Connect ID token of the CI job that this program runs in:
// from the variable that the job's configuration names, or from the runner.
//
// It promises to ask only the address that the runner put into the environment, over TLS
// unless that is on this machine, and to ask for a token that no server but the one in its
// audience accepts. What it can't find is an error that names the line that the job's
// configuration lacks.
//
// Verifying the token is the matter of the server that it is for.
package citoken

import (
	"context"
	"net/http"
	"net/netip"
	"net/url"
	"strings"

	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/httpcall"
	"github.com/dxauth/dxauth/pkg/secret"
)

// Variable is the variable with the ID token of a job, as GitLab's key id_tokens sets it.
const Variable = "DXAUTH_ID_TOKEN"

// Variables of GitHub Actions, in a job with the permission "id-token: write".
const (
	githubMark  = "GITHUB_ACTIONS"
	githubURL   = "ACTIONS_ID_TOKEN_REQUEST_URL"
	githubToken = "ACTIONS_ID_TOKEN_REQUEST_TOKEN"
)

// Job is the CI job that this program runs in.
type Job struct{ Getenv func(string) string }

// Source says where the ID token of the job comes from; empty: there is none.
func (j Job) Source() string {
	switch {
	case strings.TrimSpace(j.Getenv(Variable)) != "":
		return Variable
	case j.Getenv(githubURL) != "" && j.Getenv(githubToken) != "":
		return "GitHub Actions"
	default:
		return ""
	}
}

// IDToken returns the ID token of the job for an audience.
func (j Job) IDToken(ctx context.Context, sender httpcall.Sender, audience string) (secret.Text, error) {
	if given := strings.TrimSpace(j.Getenv(Variable)); given != "" {
		return secret.New(given), nil
	}
	if j.Source() == "" {
		return secret.Text{}, j.notFound(audience)
	}
	return j.fromGitHub(ctx, sender, audience)
}

// notFound says what the configuration of the job lacks.
func (j Job) notFound(audience string) error {
	missing := refusal.New(refusal.InputRequired, "no ID token was found")
	switch {
	case j.Getenv(githubMark) != "":
		return missing.WithHint(`give the job the permission "id-token: write"`)
	case j.Getenv("GITLAB_CI") != "":
		return missing.WithHint("give the job id_tokens with " + Variable + ", and with aud: " + audience)
	default:
		return missing.WithHint("name its file with --id-token-file, or put it into " + Variable)
	}
}

// fromGitHub asks the runner of GitHub Actions for a token.
func (j Job) fromGitHub(ctx context.Context, sender httpcall.Sender, audience string) (secret.Text, error) {
	address, err := runnerAddress(j.Getenv(githubURL))
	if err != nil {
		return secret.Text{}, err
	}
	bearer := secret.New(j.Getenv(githubToken))
	if err := httpcall.ValidToken(bearer); err != nil {
		return secret.Text{}, refusal.Usagef("%s: %s", githubToken, err)
	}
	query := address.Query()
	query.Set("audience", audience)
	sender.Credential = bearer
	const tries = 3 // each makes a token of its own
	answer, err := sender.Send(ctx, httpcall.Call{
		Method: http.MethodGet, Server: address.Scheme + "://" + address.Host, Route: address.EscapedPath() + "?" + query.Encode(),
		Header: http.Header{"Authorization": {"Bearer " + bearer.Reveal()}, "Accept": {"application/json"}},
		Tries:  tries, Private: true,
	})
	switch {
	case err != nil:
		return secret.Text{}, err
	case answer.Status != http.StatusOK:
		return secret.Text{}, answer.Unexpected()
	}
	var body struct {
		Value secret.Text `json:"value"`
	}
	if err := answer.Decode(&body); err != nil {
		return secret.Text{}, err
	}
	if body.Value.IsZero() {
		return secret.Text{}, httpcall.Incomplete(answer.Server, address.EscapedPath(), "value")
	}
	return body.Value, nil
}

// runnerAddress checks an address to which a credential goes.
func runnerAddress(text string) (*url.URL, error) {
	address, err := url.Parse(text)
	if err != nil || address.Host == "" || address.User != nil || address.Fragment != "" {
		return nil, refusal.Usagef("%s is not the address of a runner", githubURL)
	}
	if local, err := netip.ParseAddr(address.Hostname()); address.Scheme == "https" || address.Scheme == "http" && err == nil && local.IsLoopback() {
		return address, nil
	}
	return nil, refusal.Usagef("%s must begin with https://", githubURL)
}
