package kit

import (
	"cmp"
	"net/netip"
	"strings"
	"time"
)

// TimeText returns a time for a page; "never" for the zero time.
func TimeText(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}

// FromText returns an address as lists show it; "" for none.
func FromText(address string) string {
	parsed, err := netip.ParseAddr(address)
	if err != nil {
		return ""
	}
	return parsed.Unmap().String()
}

// ClientText names the program of a session: browsers by their own name and the system,
// others as they call themselves.
func ClientText(client string) string {
	if !strings.HasPrefix(client, "Mozilla/") {
		return cmp.Or(client, "Unknown program")
	}
	return firstIn(client, [][2]string{
		{"Firefox/", "Firefox"}, {"Edg/", "Edge"}, {"OPR/", "Opera"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}, {"", "Browser"},
	}) + firstIn(client, [][2]string{
		{"Android", " on Android"}, {"iPhone", " on iPhone"}, {"iPad", " on iPad"}, {"Windows", " on Windows"},
		{"Mac OS X", " on macOS"}, {"Linux", " on Linux"}, {"", ""},
	})
}

// firstIn returns the name that belongs to the first word that a text has.
func firstIn(text string, names [][2]string) string {
	for _, name := range names {
		if strings.Contains(text, name[0]) {
			return name[1]
		}
	}
	return ""
}
