package cli

import (
	"runtime"

	"github.com/spf13/cobra"
)

// versionJSON is what version prints with --json.
type versionJSON struct {
	Version string `json:"version"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

func (a *app) versionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			v := versionJSON{Version: a.Version, Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
			if a.settings.JSON {
				return a.printJSON(v)
			}
			return a.term.Printf("dxauth %s (%s, %s/%s)\n", v.Version, v.Go, v.OS, v.Arch)
		},
	}
}
