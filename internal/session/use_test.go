package session

import "testing"

// The last use of a session ends it if the session is not stored any more.
func TestLastUseOfASession(t *testing.T) {
	forget := func(t *testing.T, d *desk) {
		if err := d.Forget(t.Context(), alice()); err != nil {
			t.Fatal(err)
		}
	}
	logIn := func(t *testing.T, d *desk) {
		replaced, err := d.Save(t.Context(), alice(), token("new"))
		if err != nil || len(replaced) != 1 || !replaced[0].InUse {
			t.Fatalf("replaced %+v, %v, want a session in use", replaced, err)
		}
	}
	tests := map[string]struct {
		meanwhile func(*testing.T, *desk)
		abandoned bool
	}{
		"stored as before":    {func(*testing.T, *desk) {}, false},
		"erased":              {forget, true},
		"replaced by a login": {logIn, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.mustSave(t, alice(), token("old"))
			var uses []*Use
			for range 2 {
				use, err := d.BeginUse(t.Context(), alice(), token("old"))
				if err != nil {
					t.Fatal(err)
				}
				uses = append(uses, use)
			}
			tt.meanwhile(t, d)
			if abandoned, err := uses[0].End(t.Context()); abandoned || err != nil {
				t.Errorf("the first of two: abandoned %t, %v", abandoned, err)
			}
			if !d.InUse(token("old").Signature()) {
				t.Error("the other use is not seen")
			}
			if abandoned, err := uses[1].End(t.Context()); abandoned != tt.abandoned || err != nil {
				t.Errorf("the last one: abandoned %t, %v; want %t", abandoned, err, tt.abandoned)
			}
			if d.InUse(token("old").Signature()) {
				t.Error("it is still in use")
			}
		})
	}
}
