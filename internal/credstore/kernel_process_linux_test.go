package credstore

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/dxauth/dxauth/pkg/secret"
)

// TestKernelAcrossSessions has writer and reader in processes whose session
// keyrings have no link to the user keyring, as those of cron may be.
func TestKernelAcrossSessions(t *testing.T) {
	t.Parallel()
	k := testKernel(t)
	run := func(action string, wrapper ...string) string {
		t.Helper()
		return runKernelProcess(t, k, action, wrapper...)
	}
	for _, wrapper := range [][]string{nil, {"keyctl", "session", "-"}} {
		name := "the same session"
		if wrapper != nil {
			name = "a session of its own"
		}
		t.Run(name, func(t *testing.T) {
			run("set", wrapper...)
			if got, err := k.Get(t.Context(), testKey); err != nil || got.Reveal() != "from a process" {
				t.Errorf("this process reads %q, %v", got.Reveal(), err)
			}
			if out := run("get", wrapper...); !strings.Contains(out, "read from a process") {
				t.Errorf("another process: %s", out)
			}
			if err := k.Set(t.Context(), testKey, secret.New("from a process")); err != nil {
				t.Fatal(err)
			}
			if out := run("get", wrapper...); !strings.Contains(out, "read from a process") {
				t.Errorf("another process: %s", out)
			}
			run("delete", wrapper...)
			if _, err := k.Get(t.Context(), testKey); !errors.Is(err, ErrNotFound) {
				t.Errorf("after the deletion: %v, want ErrNotFound", err)
			}
		})
	}
}

const (
	kernelActionVariable = "CREDSTORE_TEST_KERNEL_ACTION"
	kernelPrefixVariable = "CREDSTORE_TEST_KERNEL_PREFIX"
)

func runKernelProcess(t *testing.T, k kernelKeyring, action string, wrapper ...string) string {
	t.Helper()
	command := append(wrapper, os.Args[0], "-test.run=^TestKernelProcess$", "-test.v")
	cmd := exec.Command(command[0], command[1:]...)
	cmd.Env = append(os.Environ(), promptExit, kernelActionVariable+"="+action, kernelPrefixVariable+"="+k.prefix)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("the process to %s: %v\n%s", action, err, out)
	}
	return string(out)
}

// TestKernelProcess is the other process of the tests around it.
func TestKernelProcess(t *testing.T) {
	k := kernelKeyring{prefix: os.Getenv(kernelPrefixVariable)}
	switch action := os.Getenv(kernelActionVariable); action {
	case "":
	case "set":
		if err := k.Set(t.Context(), testKey, secret.New("from a process")); err != nil {
			t.Fatal(err)
		}
	case "get":
		got, err := k.Get(t.Context(), testKey)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Println("read", got.Reveal())
	case "delete":
		if err := k.Delete(t.Context(), testKey); err != nil {
			t.Fatal(err)
		}
	default:
		forbidKeys(t, action)
		_, getErr := k.Get(t.Context(), testKey)
		for call, err := range map[string]error{
			"probe": unavailable(k.Probe(t.Context())), "get": getErr,
			"set":    k.Set(t.Context(), testKey, secret.New("value")),
			"delete": k.Delete(t.Context(), testKey),
			"limit":  k.Limit(t.Context(), testKey, time.Second),
		} {
			if outcomeOf(t, err) != Absent {
				t.Errorf("%s: error %v, want %s", call, err, Absent)
			}
		}
	}
}

// TestKernelForbidden: a container's filter answers EPERM, or ENOSYS.
func TestKernelForbidden(t *testing.T) {
	t.Parallel()
	for _, answer := range []string{"EPERM", "ENOSYS"} {
		runKernelProcess(t, kernelKeyring{prefix: "dxauth-test"}, answer)
	}
}

// forbidKeys has the kernel answer every call for keys with an error, for all
// threads of this process.
func forbidKeys(t *testing.T, answer string) {
	t.Helper()
	number := map[string]syscall.Errno{"EPERM": unix.EPERM, "ENOSYS": unix.ENOSYS}[answer]
	refuse := uint32(unix.SECCOMP_RET_ERRNO) | uint32(number)
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0}, // the number of the call
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_ADD_KEY, Jt: 2},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_KEYCTL, Jt: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
		{Code: unix.BPF_RET | unix.BPF_K, K: refuse},
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		t.Fatal(err)
	}
	_, _, err := unix.RawSyscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&program)))
	if err != 0 {
		t.Fatal(err)
	}
}
