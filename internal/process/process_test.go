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
		"an earlier process of this number":  {with(func(id *ID) { id.started = "1" }), now, Ended},
		"a process that has ended":           {with(func(id *ID) { *id = endedProcess(t) }), now, Ended},
		"another machine":                    {with(func(id *ID) { id.Host += "2" }), now, Unknown},
		"another container":                  {with(func(id *ID) { id.space = "pid:[1]" }), now, Unknown},
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

// endedProcess returns the ID of a process that has ended, but which this one has open.
// On Windows its number still names it then.
func endedProcess(t *testing.T) ID {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^$")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	id := Self()
	id.PID = cmd.Process.Pid
	open, err := os.FindProcess(id.PID)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = open.Release() })
	_, id.started, _ = LookUp(id.PID) // it may have ended by now
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	return id
}

func TestParseRefusesOtherNames(t *testing.T) {
	for _, text := range []string{"", "lock", "1", "1,2,3,4", "x,1,b,s,h", "0,1,b,s,h", "-1,1,b,s,h", "1,1,b,s,%zz", "1,1,b,s,h,more"} {
		if id, ok := Parse(text); ok {
			t.Errorf("%q was read as %+v", text, id)
		}
	}
}
