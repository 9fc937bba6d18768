package cli

import (
	"context"
	"runtime"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
)

// versionJSON is what version prints with --json.
type versionJSON struct {
	Version string `json:"version"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

func versionCommand(env kit.Env) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE:  runVersion(env),
	}
}

// runVersion returns what "version" and "--version" run.
func runVersion(env kit.Env) func(*cobra.Command, []string) error {
	return env.RunSalvagedE(func(_ context.Context, inv kit.Invocation, _ []error) error {
		v := versionJSON{Version: inv.Version, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
		console := inv.Console()
		if console.JSON {
			return console.PrintJSON(v)
		}
		return console.Printf("dxauth %s (%s, %s/%s)\n", v.Version, v.Go, v.OS, v.Arch)
	})
}
