package servecmd

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/privatefile"
	"github.com/dxauth/dxauth/internal/refserver/fixture"
	"github.com/dxauth/dxauth/internal/refserver/identity"
	"github.com/dxauth/dxauth/internal/refusal"
	"github.com/dxauth/dxauth/internal/terminal"
	"github.com/dxauth/dxauth/pkg/secret"
)

// newSandboxCode returns the command sandbox code.
func newSandboxCode() *cobra.Command {
	return &cobra.Command{
		Use:   "code USER|-",
		Short: "Print a verification code of a user of this sandbox",
		Long: `Print a verification code for a user of the sandbox's fixture who has two-factor
authentication, as an authenticator app would; or, with -, a code of the secret
on stdin, with which a script turns it on for another user. Each call prints a
new code; if the server would not accept the next one yet, the command
waits.`,
		Example: `  dxauth sandbox code bob
  printf '%s\n' "$SECRET" | dxauth sandbox code -`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			code, err := sandboxCode(cmd.Context(), args[0], cmd.InOrStdin())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), code)
			return err
		},
	}
}

func sandboxCode(ctx context.Context, username string, stdin io.Reader) (string, error) {
	dir, fixtureName := os.Getenv(sandboxDirVariable), os.Getenv(sandboxFixtureVariable)
	if dir == "" || fixtureName == "" {
		return "", refusal.New(refusal.Usage, "not inside a sandbox").
			WithHint("start one with dxauth sandbox")
	}
	if _, err := os.Stat(dir); err != nil {
		return "", refusal.New(refusal.Usage, "this sandbox has ended").WithHint("start one with dxauth sandbox")
	}
	app, err := authenticatorOf(ctx, fixtureName, username, stdin)
	if err != nil {
		return "", err
	}
	step, err := takeStep(ctx, filepath.Join(dir, "codes.json"), app.name)
	if err != nil {
		return "", err
	}
	return identity.TOTP(app.seed, step), nil
}

// authenticator is what an authenticator app knows about one account.
type authenticator struct {
	name string // key of its steps in the file of steps
	seed []byte
}

// authenticatorOf finds the secret of a user, or reads one for the name "-".
func authenticatorOf(ctx context.Context, fixtureName, username string, stdin io.Reader) (authenticator, error) {
	if username == "-" {
		return readAuthenticator(ctx, stdin)
	}
	user, err := userWithCodes(ctx, fixtureName, username)
	if err != nil {
		return authenticator{}, err
	}
	seed, err := identity.DecodeSeed(user.TOTPSecret.Reveal())
	return authenticator{user.Username, seed}, err
}

// readAuthenticator reads a secret in base32. Its steps are stored under its
// hash.
func readAuthenticator(ctx context.Context, stdin io.Reader) (authenticator, error) {
	encoded, err := readSecret(ctx, stdin)
	if err != nil {
		return authenticator{}, fmt.Errorf("read the secret: %w", err)
	}
	seed, err := identity.DecodeSeed(encoded.Reveal())
	if err != nil {
		return authenticator{}, refusal.New(refusal.Usage, "stdin: the secret is not base32").
			WithHint("give the secret of an enrollment, and nothing else")
	}
	return authenticator{fmt.Sprintf("sha256:%x", sha256.Sum256(seed)), seed}, nil
}

// readSecret reads a secret from stdin, and asks for it, hidden, if that is a
// terminal.
func readSecret(ctx context.Context, stdin io.Reader) (secret.Text, error) {
	const enough = 1024 // bytes
	if file, ok := stdin.(*os.File); ok {
		if t := terminal.New(terminal.Config{Stdin: file}); t.StdinIsTerminal() {
			return t.Secret(ctx, "Secret: ")
		}
		input, err := terminal.Interruptible(ctx, file)
		if err != nil {
			return secret.Text{}, err
		}
		defer input.Close()
		stdin = input
	}
	content, err := io.ReadAll(io.LimitReader(stdin, enough))
	return secret.New(string(content)), err
}

func userWithCodes(ctx context.Context, fixtureName, username string) (fixture.User, error) {
	file, err := openFixture(ctx, fixtureName)
	if err != nil {
		return fixture.User{}, err
	}
	for _, user := range file.Users {
		if !strings.EqualFold(user.Username, username) {
			continue
		}
		if user.TOTPSecret.IsZero() {
			return fixture.User{}, refusal.New(refusal.NotFound, "user %q has no two-factor authentication in this sandbox", username)
		}
		return user, nil
	}
	return fixture.User{}, refusal.New(refusal.NotFound, "this sandbox has no user %q", username)
}

const codeStep = 30 * time.Second // how long an authenticator app shows a code

// takeStep picks a time step that no earlier call used, waits until the server
// accepts it, and stores it in a file. A lock makes concurrent calls wait for
// each other.
func takeStep(ctx context.Context, path, username string) (int64, error) {
	unlock, err := privatefile.Lock(ctx, path+".lock")
	if err != nil {
		return 0, fmt.Errorf("lock the codes: %w", err)
	}
	defer unlock()
	given, err := readSteps(path)
	if err != nil {
		return 0, err
	}
	step := nextStep(given[username], time.Now())
	if err := waitForStep(ctx, step); err != nil {
		return 0, err
	}
	given[username] = step
	content, err := json.Marshal(given)
	if err != nil {
		return 0, err
	}
	return step, privatefile.Replace(path, content)
}

// maxSteps bounds what is read of the used steps, in bytes.
const maxSteps = 1 << 20

// readSteps reads the last step used for each user.
func readSteps(path string) (map[string]int64, error) {
	given := map[string]int64{}
	content, err := privatefile.Read(path, maxSteps)
	if os.IsNotExist(err) {
		return given, nil
	}
	if err != nil {
		return nil, err
	}
	return given, json.Unmarshal(content, &given)
}

// nextStep returns the present step, or the one after last if that is later.
func nextStep(last int64, now time.Time) int64 {
	return max(now.Unix()/int64(codeStep/time.Second), last+1)
}

// waitForStep waits until the server accepts the step, which it does one step
// early.
func waitForStep(ctx context.Context, step int64) error {
	accepted := time.Unix(0, 0).Add(time.Duration(step-1) * codeStep)
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Until(accepted)):
		return nil
	}
}
