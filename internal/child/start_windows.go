package child

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// startProcess starts a program so that it ends with this process, even if this
// one is killed, and returns what to do after its end. What it has started itself
// may then continue, as on Unix.
func startProcess(cmd *exec.Cmd) (ended func(), err error) {
	if err := useCmd(cmd); err != nil {
		return nil, err
	}
	job, err := newJob()
	if err != nil {
		return nil, fmt.Errorf("make a job object: %w", err)
	}
	if err := startIn(job, cmd); err != nil {
		return nil, errors.Join(err, windows.CloseHandle(job))
	}
	return func() { release(job) }, nil
}

// useCmd makes a batch file run with cmd.exe and a command line of ours.
func useCmd(cmd *exec.Cmd) error {
	if cmd.Err != nil {
		return cmd.Err
	}
	program, err := exec.LookPath(cmd.Path) // adds the extension
	if err != nil || !isBatch(program) {
		return nil // Start returns the error
	}
	if program, err = filepath.Abs(program); err != nil {
		return err
	}
	system, err := windows.GetSystemDirectory()
	if err != nil {
		return err
	}
	line, err := batchLine(program, cmd.Args[1:])
	if err != nil {
		return err
	}
	cmd.Path = filepath.Join(system, "cmd.exe")
	cmd.SysProcAttr = &syscall.SysProcAttr{CmdLine: line}
	return nil
}

// newJob returns a job object whose processes are killed when its last handle is
// closed. Processes that ask for it may leave it.
func newJob() (windows.Handle, error) {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return 0, err
	}
	if err := limit(job, windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE|windows.JOB_OBJECT_LIMIT_BREAKAWAY_OK); err != nil {
		return 0, errors.Join(err, windows.CloseHandle(job))
	}
	return job, nil
}

func limit(job windows.Handle, flags uint32) error {
	var info windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	info.BasicLimitInformation.LimitFlags = flags
	_, err := windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&info)), uint32(unsafe.Sizeof(info)))
	return err
}

// release closes a job object without killing the processes that are left.
func release(job windows.Handle) {
	if limit(job, 0) == nil {
		_ = windows.CloseHandle(job)
	}
}

// startIn starts a program that is in the job object before it runs.
func startIn(job windows.Handle, cmd *exec.Cmd) error {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.CreationFlags |= windows.CREATE_SUSPENDED
	if err := cmd.Start(); err != nil {
		return err
	}
	err := assign(job, cmd.Process)
	if err == nil {
		err = resume(cmd.Process.Pid)
	}
	if err != nil {
		err = errors.Join(fmt.Errorf("start in a job object: %w", err), cmd.Process.Kill())
		_ = cmd.Wait() // it was killed
	}
	return err
}

func assign(job windows.Handle, process *os.Process) (err error) {
	handleErr := process.WithHandle(func(handle uintptr) {
		err = windows.AssignProcessToJobObject(job, windows.Handle(handle))
	})
	return errors.Join(handleErr, err)
}

// resume lets a process run that was started suspended, with one thread.
func resume(pid int) error {
	snapshot, err := windows.CreateToolhelp32Snapshot(windows.TH32CS_SNAPTHREAD, 0)
	if err != nil {
		return err
	}
	defer windows.CloseHandle(snapshot)
	entry := windows.ThreadEntry32{Size: uint32(unsafe.Sizeof(windows.ThreadEntry32{}))}
	for err = windows.Thread32First(snapshot, &entry); err == nil; err = windows.Thread32Next(snapshot, &entry) {
		if entry.OwnerProcessID == uint32(pid) {
			return resumeThread(entry.ThreadID)
		}
	}
	return err
}

func resumeThread(id uint32) error {
	thread, err := windows.OpenThread(windows.THREAD_SUSPEND_RESUME, false, id)
	if err != nil {
		return err
	}
	defer windows.CloseHandle(thread)
	_, err = windows.ResumeThread(thread)
	return err
}
