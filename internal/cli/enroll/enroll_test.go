package enroll

import (
	"testing"

	"github.com/dxauth/dxauth/pkg/secret"
)

func TestWithoutDefaults(t *testing.T) {
	const start = "otpauth://totp/Lab:alice?secret=ABCD&issuer=Lab"
	for uri, want := range map[string]string{
		start + "&algorithm=SHA1&digits=6&period=30":                start,
		start + "&period=30&digits=6":                               start,
		start + "&algorithm=SHA1&digits=6&period=30&image=a":        start + "&image=a",
		start + "&algorithm=SHA1024&digits=60&period=300":           start + "&algorithm=SHA1024&digits=60&period=300",
		start + "&algorithm=SHA256&digits=8&period=60":              start + "&algorithm=SHA256&digits=8&period=60",
		"otpauth://totp/Lab:alice?digits=6&secret=ABCD&issuer=Lab":  "otpauth://totp/Lab:alice?digits=6&secret=ABCD&issuer=Lab",
		"otpauth://totp/Lab:alice?secret=ABCD&digits=6&issuer=Labs": "otpauth://totp/Lab:alice?secret=ABCD&issuer=Labs",
	} {
		if got := withoutDefaults(secret.New(uri)).Reveal(); got != want {
			t.Errorf("withoutDefaults(%s) = %s, want %s", uri, got, want)
		}
	}
}

func TestInGroups(t *testing.T) {
	for key, want := range map[string]string{
		"": "", "ABC": "ABC", "ABCD": "ABCD", "ABCDE": "ABCD E", "JBSWY3DPEHPK3PXP": "JBSW Y3DP EHPK 3PXP",
	} {
		if got := inGroups(key); got != want {
			t.Errorf("%q is shown as %q, want %q", key, got, want)
		}
	}
}
