package testconsole

import (
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/windows"
)

// insideVariable names the test that runs in a process with a console.
const insideVariable = "DXAUTH_TEST_CONSOLE"

// Run runs a test, which is not a subtest, in a process with a console.
func Run(t *testing.T, test func(*testing.T)) {
	t.Helper()
	if os.Getenv(insideVariable) == t.Name() {
		test(t)
		return
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.v", "-test.run=^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), insideVariable+"="+t.Name())
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NO_WINDOW}
	output, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "--- PASS: "+t.Name()) {
		t.Errorf("in a console: %v\n%s", err, output)
	}
}

// Open opens CONIN$ or CONOUT$. It stays open: closing the input waits for a read.
func Open(t *testing.T, name string) *os.File {
	t.Helper()
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// Mode returns the mode of the console's input.
func Mode(t *testing.T) (mode uint32) {
	t.Helper()
	in := Open(t, "CONIN$")
	defer in.Close()
	if err := windows.GetConsoleMode(windows.Handle(in.Fd()), &mode); err != nil {
		t.Fatal(err)
	}
	return mode
}

// keyEvent is an INPUT_RECORD of the kind KEY_EVENT.
type keyEvent struct {
	kind, _           uint16
	isDown            int32
	repeat, key, scan uint16
	char              uint16
	state             uint32
}

// Type types a text; \r is the Enter key.
func Type(t *testing.T, text string) {
	t.Helper()
	in := Open(t, "CONIN$")
	defer in.Close()
	write := windows.NewLazySystemDLL("kernel32.dll").NewProc("WriteConsoleInputW")
	for _, char := range windows.StringToUTF16(text) {
		if char == 0 {
			continue
		}
		event := keyEvent{kind: 1, isDown: 1, repeat: 1, char: char}
		if char == '\r' {
			event.key = windows.VK_RETURN
		}
		var written uint32
		if ok, _, err := write.Call(in.Fd(), uintptr(unsafe.Pointer(&event)), 1, uintptr(unsafe.Pointer(&written))); ok == 0 {
			t.Fatalf("type %q: %v", text, err)
		}
	}
}

// Interrupt presses Ctrl-C.
func Interrupt(t *testing.T) {
	t.Helper()
	if err := windows.GenerateConsoleCtrlEvent(windows.CTRL_C_EVENT, 0); err != nil {
		t.Fatal(err)
	}
}
