package kit

import "testing"

func TestOrgIDs(t *testing.T) {
	for name, want := range map[string]string{"Lab": "org-lab", "org-lab": "org-lab", "Lab_2.x": "org-lab_2.x"} {
		if got := OrgID(name); got != want {
			t.Errorf("%s is %s", name, got)
		}
	}
}
