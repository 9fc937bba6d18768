//go:build unix

package main

import (
	"bufio"
	"context"
	"io"
	"os/exec"
	"testing"
)

// An interrupted run leaves no process: the output ends when all that have it do.
func TestAnInterruptedCommandLeavesNothing(t *testing.T) {
	ctx, interrupt := context.WithCancel(t.Context())
	command := exec.CommandContext(ctx, "sh", "-c", "sleep 1000 & echo started; wait")
	killWithDescendants(command)
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	output := bufio.NewReader(stdout)
	if line, err := output.ReadString('\n'); line != "started\n" {
		t.Fatalf("the command said %q, %v", line, err)
	}
	interrupt()
	if _, err := io.Copy(io.Discard, output); err != nil {
		t.Error(err)
	}
	_ = command.Wait() // it was killed
}
