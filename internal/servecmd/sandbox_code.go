package servecmd

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/fault"
	"github.com/dxauth/dxauth/internal/refserver/identity"
)

// newSandboxCode makes the command sandbox code.
func newSandboxCode() *cobra.Command {
	return &cobra.Command{
		Use:   "code USER",
		Short: "Print a verification code of a user of this sandbox",
		Long: `Print a verification code for a user of the sandbox's fixture who has two-factor
authentication, as an authenticator app would. Each call gives a code that was
not given before; when the next one would not be accepted yet, it waits.`,
		Example: `  dxauth sandbox code bob`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			code, err := sandboxCode(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), code)
			return err
		},
	}
}

func sandboxCode(ctx context.Context, username string) (string, error) {
	dir, fixtureName := os.Getenv(sandboxDirVariable), os.Getenv(sandboxFixtureVariable)
	if dir == "" || fixtureName == "" {
		return "", fault.New(fault.Usage, "start one with dxauth sandbox", "this is not inside a sandbox")
	}
	seed, err := seedOf(fixtureName, username)
	if err != nil {
		return "", err
	}
	step, err := nextStep(filepath.Join(dir, "codes.json"), username, time.Now())
	if err != nil {
		return "", err
	}
	if err := waitForStep(ctx, step); err != nil {
		return "", err
	}
	return identity.TOTP(seed, step), nil
}

func seedOf(fixtureName, username string) ([]byte, error) {
	file, err := openFixture(fixtureName)
	if err != nil {
		return nil, err
	}
	for _, user := range file.Users {
		if !strings.EqualFold(user.Username, username) {
			continue
		}
		if user.TOTPSecret.IsZero() {
			return nil, fault.New(fault.NotFound, "", "user %q has no two-factor authentication in this sandbox", username)
		}
		return identity.DecodeSeed(user.TOTPSecret.Reveal())
	}
	return nil, fault.New(fault.NotFound, "", "there is no user %q in this sandbox", username)
}

// codeStep is the time for which a code stands.
const codeStep = 30 * time.Second

// nextStep finds a step that was not given out before and notes it.
func nextStep(path, username string, now time.Time) (int64, error) {
	given := map[string]int64{}
	content, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(content, &given)
	}
	if err != nil && !os.IsNotExist(err) {
		return 0, err
	}
	step := max(now.Unix()/int64(codeStep/time.Second), given[username]+1)
	given[username] = step
	if content, err = json.Marshal(given); err != nil {
		return 0, err
	}
	return step, os.WriteFile(path, content, 0o600)
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
