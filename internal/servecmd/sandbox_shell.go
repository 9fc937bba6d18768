package servecmd

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// The start-up files of a sandbox's shell read the person's own first, then
// show in the prompt where one is.
const (
	bashStart = "[ -r ~/.bashrc ] && . ~/.bashrc\nPS1=\"(sandbox) ${PS1-\\$ }\"\n"
	zshStart  = "[ -r ~/.zshrc ] && . ~/.zshrc\nPROMPT=\"(sandbox) $PROMPT\"\n"
)

// shell makes the person's own shell.
func (r *room) shell(env []string) *exec.Cmd {
	program := os.Getenv("SHELL")
	if program == "" {
		program = defaultShell()
	}
	var cmd *exec.Cmd
	switch filepath.Base(program) {
	case "bash":
		cmd = exec.Command(program, "--rcfile", r.startFile("bashrc", bashStart), "-i")
		cmd.Env = env
	case "zsh":
		r.startFile(".zshrc", zshStart)
		cmd = exec.Command(program, "-i")
		cmd.Env = append(env, "ZDOTDIR="+filepath.Join(r.dir, "shell"))
	default:
		cmd = exec.Command(program)
		cmd.Env = append(env, "PS1=(sandbox) $ ", "PROMPT=(sandbox) $P$G")
	}
	return cmd
}

// startFile writes a start-up file. Without it the shell works, too, and only
// its prompt is a plain one.
func (r *room) startFile(name, content string) string {
	path := filepath.Join(r.dir, "shell", name)
	_ = os.WriteFile(path, []byte(content), 0o600)
	return path
}

func defaultShell() string {
	if runtime.GOOS == "windows" {
		return "cmd.exe"
	}
	return "/bin/sh"
}
