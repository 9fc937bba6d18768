package process

import (
	"os"
	"testing"
	"time"
)

func TestStateOfOtherProcesses(t *testing.T) {
	now := time.Now()
	parent, restarted := Self(), Self()
	parent.PID = os.Getppid()
	_, parent.started, _ = LookUp(parent.PID)
	restarted.boot = "x"
	if got := parent.State(now, now); got != Running {
		t.Errorf("the parent: state %d, want %d", got, Running)
	}
	if got := restarted.State(now.AddDate(-50, 0, 0), now); got != Ended {
		t.Errorf("a process that ran before the machine was started: state %d, want %d", got, Ended)
	}
}
