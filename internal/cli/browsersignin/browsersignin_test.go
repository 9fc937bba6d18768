package browsersignin

import "testing"

// TestChosen: the hint after a failure repeats how the user wanted to sign in.
func TestChosen(t *testing.T) {
	for want, flags := range map[string]Flags{
		"--sso":        {SSO: true},
		"--no-browser": {NoBrowser: true, SSO: true},
		"--device":     {Device: true, SSO: true},
	} {
		if got := flags.chosen(); got != want {
			t.Errorf("%+v: %s, want %s", flags, got, want)
		}
	}
	if got := (Flags{}).chosen(); got != "--sso" { // after a password, when the server asks for the browser
		t.Errorf("without a flag: %s", got)
	}
}
