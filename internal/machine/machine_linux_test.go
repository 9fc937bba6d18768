package machine

import (
	"os/exec"
	"testing"
	"time"
)

func TestNow(t *testing.T) {
	first := Now()
	second := Now()
	passed, known := second.After(first)
	if !known || passed < 0 || passed > time.Minute || first.Since <= 0 {
		t.Errorf("%+v, then %+v", first, second)
	}
}

// The kernel has other keys in another user namespace.
func TestHere(t *testing.T) {
	here := Here()
	if here.Boot == "" || here.Users == "" || here.Host == "" || !here.IsSame(Here()) || here.Boot != Now().Boot {
		t.Errorf("here is %+v", here)
	}
	out, err := exec.Command("unshare", "--user", "readlink", "/proc/self/ns/user").CombinedOutput()
	if err != nil {
		t.Fatalf("unshare (Debian package util-linux): %v\n%s", err, out)
	}
	inside := here
	inside.Users = string(out)
	if here.IsSame(inside) {
		t.Errorf("the same user namespace in unshare: %s", out)
	}
}
