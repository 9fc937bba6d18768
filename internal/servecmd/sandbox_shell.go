package servecmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// The start-up files of a sandbox's shell read the user's own first, then drop
// the variables that those may have set, and mark the prompt.
const (
	bashStart = "[ -r ~/.bashrc ] && . ~/.bashrc\nunset ${!DX@} ${!MOLGENIS_@}\nPS1=\"(sandbox) ${PS1-\\$ }\"\n"
	// fish reads the user's files before --init-command.
	fishStart = "for name in (set --names --export | string match --regex '^(?:DX|MOLGENIS_).*'); set --erase $name; end\n" +
		"functions --copy fish_prompt sandbox_prompt\n" +
		"function fish_prompt; echo -n '(sandbox) '; sandbox_prompt; end\n"
	zshStart = "[ -r ~/.zshrc ] && . ~/.zshrc\nunset -m 'DX*' 'MOLGENIS_*'\nPROMPT=\"(sandbox) $PROMPT\"\n"
)

// shell returns the user's own shell.
func (w *workspace) shell(env []string) *exec.Cmd {
	program := os.Getenv("SHELL")
	if program == "" {
		program = defaultShell()
	}
	var cmd *exec.Cmd
	switch filepath.Base(program) {
	case "bash":
		cmd = exec.Command(program, "--rcfile", w.startFile("bashrc", bashStart+w.exports(env)), "-i")
		cmd.Env = env
	case "zsh":
		w.startFile(".zshrc", zshStart+w.exports(env))
		cmd = exec.Command(program, "-i")
		cmd.Env = append(env, "ZDOTDIR="+filepath.Join(w.dir, "shell"))
	case "fish":
		cmd = exec.Command(program, "--init-command", fishStart+w.fishExports(env), "--interactive")
		cmd.Env = env
	default:
		cmd = exec.Command(program)
		cmd.Env = append(env, "PS1=(sandbox) $ ", "PROMPT=(sandbox) $P$G")
	}
	return cmd
}

// setAgain reports whether a variable of a sandbox must have its value after the user's
// own start-up files, too.
func setAgain(name string) bool {
	switch name {
	case "DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR", "MOLGENIS_URL":
		return true
	default:
		return strings.HasPrefix(name, "DX")
	}
}

// exports sets the variables of clients again, and puts this program first in
// PATH again.
func (w *workspace) exports(env []string) string {
	var lines strings.Builder
	for _, entry := range env {
		if name, value, _ := strings.Cut(entry, "="); setAgain(name) {
			lines.WriteString("export " + name + "=" + shellQuoted(value) + "\n")
		}
	}
	lines.WriteString("PATH=" + shellQuoted(w.bin()) + ":$PATH\n")
	return lines.String()
}

func shellQuoted(text string) string { return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'" }

// fishExports is exports in the language of fish.
func (w *workspace) fishExports(env []string) string {
	var lines strings.Builder
	for _, entry := range env {
		if name, value, _ := strings.Cut(entry, "="); setAgain(name) {
			lines.WriteString("set --global --export " + name + " " + fishQuoted(value) + "\n")
		}
	}
	lines.WriteString("set --global --export PATH " + fishQuoted(w.bin()) + " $PATH\n")
	return lines.String()
}

func fishQuoted(text string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, "'", `\'`).Replace(text) + "'"
}

// startFile writes a start-up file. If that fails, the shell works with a plain
// prompt.
func (w *workspace) startFile(name, content string) string {
	path := filepath.Join(w.dir, "shell", name)
	_ = os.WriteFile(path, []byte(content), 0o600)
	return path
}

func defaultShell() string {
	if runtime.GOOS == "windows" {
		return "cmd.exe"
	}
	return "/bin/sh"
}
