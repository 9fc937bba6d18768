package cli

import (
	"os/exec"
	"slices"

	"github.com/spf13/cobra"

	"github.com/dxauth/dxauth/internal/cli/kit"
)

// noCommand returns a usage error for arguments without a command that exists. If dx
// has the command, the hint says what does the same here.
func noCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	err := unknownCommand(root, args[0])
	if hint := insteadOfDX(root.Name(), args[0]); hint != "" {
		err = err.WithHint(hint)
	}
	return err
}

// insteadOfDX returns what replaces a command of dx, or "" for any other name.
func insteadOfDX(program, name string) string {
	switch name {
	case "setenv":
		return "dxauth has no saved environment: name the server with " + program + " config set server URL, and the project with " + program + " select"
	case "clearenv":
		return program + ` logout ends the session and erases it here; eval "$(` + program + ` env --unset)" unsets what the shell exports`
	case "exit":
		return "dxauth has no shell of its own: leave yours with exit; " + program + " logout ends the session"
	case "sh":
		return program + " exec -- SHELL starts a shell with the session in its environment"
	}
	if slices.Contains(commandsOfDX(), name) {
		return runDX(program, name)
	}
	return ""
}

// runDX says how to run a command of dx with the session. It does not name a dx that is
// this program, whose hint the user would see again.
func runDX(program, name string) string {
	if path, err := exec.LookPath("dx"); err == nil && kit.IsThisProgram(path) {
		return "dxauth only signs in, and the dx on your PATH is dxauth: run the other one by its path, " +
			program + " exec -- /PATH/TO/dx " + name
	}
	return "dxauth only signs in: run dx with its session, " + program + " exec -- dx " + name
}

// commandsOfDX lists the commands of dx for data, projects, orgs and jobs.
func commandsOfDX() []string {
	return []string{
		"add", "add_types", "archive", "build", "build_asset", "cat", "close", "cp", "describe", "download", "extract_assay",
		"extract_dataset", "find", "generate_batch_inputs", "get", "get_details", "head", "invite", "list", "ls", "make_download_url",
		"mkdir", "mv", "new", "publish", "remove", "remove_types", "rename", "rm", "rmdir", "rmproject", "run", "set_details",
		"set_properties", "set_visibility", "ssh", "ssh_config", "tag", "terminate", "tree", "unarchive", "uninstall", "uninvite",
		"unset_properties", "untag", "update", "upgrade", "upload", "wait", "watch",
	}
}
