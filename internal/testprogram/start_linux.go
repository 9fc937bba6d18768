package testprogram

import (
	"os/exec"
	"runtime"
	"syscall"
)

// Start starts a program that the system kills when this process has ended, however it
// ended: a test that is killed runs no cleanups. The caller calls wait, once, in place of
// the command's Wait. The program inherits nothing that was set for the caller's thread alone.
func Start(command *exec.Cmd) (wait func() error, err error) {
	if command.SysProcAttr == nil {
		command.SysProcAttr = &syscall.SysProcAttr{}
	}
	command.SysProcAttr.Pdeathsig = syscall.SIGKILL
	// The kernel sends the signal when the thread ends that started the program, and a
	// test that locks a goroutine to its thread may end any of them.
	started, ended := make(chan error), make(chan struct{})
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		started <- command.Start()
		<-ended
	}()
	if err := <-started; err != nil {
		close(ended)
		return nil, err
	}
	return func() error {
		defer close(ended)
		return command.Wait()
	}, nil
}
