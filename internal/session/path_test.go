package session

import "testing"

// The case of user and host does not count in the name of an account, that of a path
// does.
func TestIsNamedWithAPath(t *testing.T) {
	account := Account{User: "alice", Host: "lab.org/Data/molgenis"}
	for name, want := range map[string]bool{
		"alice@lab.org/Data/molgenis": true, "ALICE@LAB.org/Data/molgenis/": true, "alice@https://lab.org/Data/molgenis": true,
		"alice@lab.org:443/Data/molgenis": true, "alice": true,
		"alice@lab.org/data/molgenis": false, "alice@lab.org": false, "alice@lab.org/Data": false, "alice@lab.org/Data/molgenis/x": false,
		"alice@lab.org/Data/molgenis:443": false,
	} {
		if got := account.IsNamed(name); got != want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
