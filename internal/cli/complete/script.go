package complete

import (
	_ "embed"
	"strings"
)

// The scripts are separate files, so that they read like scripts.
var (
	//go:embed script/bash.sh
	bashScript string
	//go:embed script/zsh.zsh
	zshScript string
	//go:embed script/fish.fish
	fishScript string
	//go:embed script/powershell.ps1
	powerShellScript string
)

// Script returns the completion script of a shell for the name that the program was
// called by, or "" if there is none.
func Script(shell, program string) string {
	script := ""
	switch shell {
	case "bash":
		script = bashScript
	case "zsh":
		script = zshScript
	case "fish":
		script = fishScript
	case "powershell":
		script = powerShellScript
	}
	return strings.NewReplacer("PROGRAM", program, "REQUEST", Command).Replace(script)
}
