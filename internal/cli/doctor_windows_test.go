package cli

import (
	"strings"
	"testing"
)

// TestDoctorDoesNotPraiseWhatItDidNotCheck: access control lists are not read.
func TestDoctorDoesNotPraiseWhatItDidNotCheck(t *testing.T) {
	c := newDoctorClient(t)
	c.signIn(t)
	_, found := c.runDoctor(t)
	state := found["state"]
	if len(state) != 1 || strings.Contains(state[0].Detail, "private") || !strings.Contains(state[0].Detail, "not checked") {
		t.Errorf("got %+v", state)
	}
}
