package trustrule

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/config"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// fromStdin is the file that stands for standard input.
const fromStdin = "-"

// readSample reads an ID token from a file or standard input.
func readSample(ctx context.Context, console *kit.Console, file string) (secret.Text, error) {
	if file != fromStdin {
		given, err := config.ReadTokenFile(ctx, file)
		if err != nil {
			return secret.Text{}, refusal.Usagef("--sample: %s", err).Wrap(err)
		}
		return given, nil
	}
	given, err := console.SecretInput(ctx, "ID token")
	if err == nil && given == "" {
		err = refusal.New(refusal.InputRequired, "--sample -: standard input has no token").WithHint("pipe the token into the command")
	}
	return secret.New(given), err
}

// sample is what an ID token says. It is not verified, and saves typing only.
type sample struct {
	issuer string
	claims map[string]string // those at the top that are texts
}

// sampleOf reads the claims of an ID token.
func sampleOf(token secret.Text) (sample, error) {
	parts := strings.Split(token.Reveal(), ".")
	notOne := refusal.New(refusal.Usage, "--sample: this is not an ID token: a JWT has three parts of base64, with dots between them")
	if len(parts) != 3 {
		return sample{}, notOne
	}
	payload, err := base64.RawURLEncoding.DecodeString(parts[1])
	var decoded map[string]any
	if err != nil || json.Unmarshal(payload, &decoded) != nil {
		return sample{}, notOne
	}
	found := sample{claims: map[string]string{}}
	for name, value := range decoded {
		if text, isText := value.(string); isText && text != "" {
			found.claims[name] = text
		}
	}
	found.issuer = found.claims["iss"]
	return found, nil
}

// suggested returns the claims of a rule for jobs like the one that has the token: an ID
// that is never given out twice, and what the job runs for. For a CI system that is not
// known it is the subject.
func (s sample) suggested() map[string]string {
	for _, choice := range [][][]string{
		{{"repository_id"}, {"environment", "ref"}},          // GitHub Actions
		{{"project_id"}, {"environment", "ref_path", "ref"}}, // GitLab
	} {
		if claims := s.firstOfEach(choice); claims != nil {
			return claims
		}
	}
	return s.firstOfEach([][]string{{"sub"}})
}

// firstOfEach returns the first claim of each list that the token has, or nil if it has
// none of a list.
func (s sample) firstOfEach(lists [][]string) map[string]string {
	claims := map[string]string{}
	for _, names := range lists {
		before := len(claims)
		for _, name := range names {
			if value := s.claims[name]; value != "" && len(claims) == before {
				claims[name] = value
			}
		}
		if len(claims) == before {
			return nil
		}
	}
	return claims
}

// with returns claims with those of flags, which come first.
func with(claims, flags map[string]string) map[string]string {
	all := maps.Clone(claims)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, flags)
	return all
}
