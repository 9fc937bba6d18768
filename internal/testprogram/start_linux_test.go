package testprogram

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

// role names the variable of the environment that makes this test program something else:
// a test that starts a server, or the server.
const role = "DXAUTH_TESTPROGRAM_ROLE"

func TestMain(m *testing.M) {
	switch os.Getenv(role) {
	case "test":
		server := exec.Command(os.Args[0])
		server.Env, server.Stdout = []string{role + "=server"}, os.Stdout
		wait, err := Start(server)
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		_ = wait()
	case "server":
		fmt.Println("serving")
		_ = syscall.Pause() // until it is killed
	default:
		os.Exit(m.Run())
	}
}

// A server ends with the process of its test, even if that is killed. Its end closes the
// output, which both have.
func TestAKilledTestLeavesNoServer(t *testing.T) {
	test := exec.Command(os.Args[0])
	test.Env = []string{role + "=test"}
	stdout, err := test.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := test.Start(); err != nil {
		t.Fatal(err)
	}
	output := bufio.NewReader(stdout)
	if line, err := output.ReadString('\n'); line != "serving\n" {
		t.Fatalf("the server said %q, %v", line, err)
	}
	if err := test.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if rest, err := io.ReadAll(output); err != nil || len(rest) > 0 {
		t.Errorf("got %q, %v", rest, err)
	}
	_ = test.Wait() // it was killed
}
