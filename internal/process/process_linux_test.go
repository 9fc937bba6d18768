package process

import (
	"os"
	"os/exec"
	"testing"
	"time"
)

func TestState(t *testing.T) {
	now := time.Now()
	with := func(change func(*ID)) ID {
		id := Self()
		change(&id)
		return id
	}
	tests := map[string]struct {
		id    ID
		since time.Time
		want  State
	}{
		"this process":                       {Self(), now, Running},
		"its parent":                         {with(func(id *ID) { id.PID = os.Getppid(); _, id.started, _ = LookUp(id.PID) }), now, Running},
		"an earlier process of this number":  {with(func(id *ID) { id.started = "1" }), now, Ended},
		"a process that has ended":           {with(func(id *ID) { id.PID = endedProcess(t) }), now, Ended},
		"another machine":                    {with(func(id *ID) { id.Host += "2" }), now, Unknown},
		"another container":                  {with(func(id *ID) { id.space = "pid:[1]" }), now, Unknown},
		"before the machine was started":     {with(func(id *ID) { id.boot = "x" }), now.AddDate(-50, 0, 0), Ended},
		"another machine with the same name": {with(func(id *ID) { id.boot = "x" }), now, Unknown},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			read, ok := Parse(tt.id.String())
			if !ok || read != tt.id {
				t.Fatalf("%q was read as %+v", tt.id, read)
			}
			if got := read.State(tt.since, now); got != tt.want {
				t.Errorf("state %d, want %d", got, tt.want)
			}
		})
	}
}

// endedProcess returns the number of a process that has ended.
func endedProcess(t *testing.T) int {
	t.Helper()
	cmd := exec.Command("true")
	if err := cmd.Run(); err != nil {
		t.Skip("no program to run: ", err)
	}
	return cmd.Process.Pid
}

func TestParseRefusesOtherNames(t *testing.T) {
	for _, text := range []string{"", "lock", "1", "1,2,3,4", "x,1,b,s,h", "0,1,b,s,h", "-1,1,b,s,h", "1,1,b,s,%zz", "1,1,b,s,h,more"} {
		if id, ok := Parse(text); ok {
			t.Errorf("%q was read as %+v", text, id)
		}
	}
}
