package postgres

import (
	"strings"
	"testing"
)

// Only a database that has every change on two disks before it says so has no risk.
func TestRisksOfSettings(t *testing.T) {
	for _, test := range []struct {
		settings durability
		want     string // the settings that are named
	}{
		{durability{"on", "on", "on", "standby"}, ""},
		{durability{"on", "on", "remote_apply", "ANY 1 (a, b)"}, ""},
		{durability{"on", "on", "remote_write", "standby"}, "synchronous_commit"},
		{durability{"on", "on", "local", "standby"}, "synchronous_commit"},
		{durability{"on", "on", "off", "standby"}, "synchronous_commit"},
		{durability{"on", "on", "on", ""}, "synchronous_standby_names"},
		{durability{"on", "on", "off", ""}, "synchronous_commit"},
		{durability{"off", "on", "on", "standby"}, "fsync"},
		{durability{"on", "off", "on", ""}, "fsync synchronous_standby_names"},
	} {
		var named []string
		for _, risk := range test.settings.risks() {
			setting, _, _ := strings.Cut(risk, " ")
			named = append(named, setting)
		}
		if got := strings.Join(named, " "); got != test.want {
			t.Errorf("%+v: %q, want %q", test.settings, got, test.want)
		}
	}
}
