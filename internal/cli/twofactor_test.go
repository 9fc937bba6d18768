package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/cli/kit"
	"github.com/dxauth/dxauth/internal/platform"
	"github.com/dxauth/dxauth/pkg/dnanexus"
	"github.com/dxauth/dxauth/pkg/secret"
)

func TestEnrolOptions(t *testing.T) {
	tests := map[string]struct {
		options enrolOptions
		json    bool
		words   string // of the error; empty: none
	}{
		"nothing":                    {enrolOptions{qr: "auto"}, false, ""},
		"a picture":                  {enrolOptions{qr: "png:key.png", recoveryFile: "f"}, false, ""},
		"the first step":             {enrolOptions{qr: "png:key.png", begin: true, reauthOptions: reauthOptions{true}}, true, ""},
		"the second step":            {enrolOptions{qr: "auto", confirm: "123456", recoveryFile: "f"}, true, ""},
		"another form":               {enrolOptions{qr: "svg"}, false, "--qr svg: it is auto, text, none or png:FILE"},
		"a picture without a name":   {enrolOptions{qr: "png:"}, false, "--qr png:"},
		"both steps":                 {enrolOptions{qr: "auto", begin: true, confirm: "123456"}, false, "two steps"},
		"recovery codes too early":   {enrolOptions{qr: "auto", begin: true, recoveryFile: "f"}, false, "--recovery-file goes with --confirm"},
		"a QR code for nobody":       {enrolOptions{qr: "text", begin: true}, false, "--begin shows no QR code"},
		"a QR code of nothing":       {enrolOptions{qr: "none", confirm: "123456"}, false, "--qr goes with --begin"},
		"a password for nothing":     {enrolOptions{qr: "auto", confirm: "-", reauthOptions: reauthOptions{true}}, false, "no password"},
		"a dialogue with a program":  {enrolOptions{qr: "auto"}, true, "it takes two steps"},
		"a step, read by a program":  {enrolOptions{qr: "auto", begin: true}, true, ""},
		"a dialogue with the letter": {enrolOptions{qr: "none"}, false, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := tt.options.check(tt.json)
			if tt.words != "" {
				wantUsage(t, err, tt.words)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}

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
			t.Errorf("%s is cut to %s, want %s", uri, got, want)
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

// TestSkew: a wrong clock makes wrong codes, so it is named where a code fails.
func TestSkew(t *testing.T) {
	a := &app{Env: kit.Env{Program: "dxauth", Now: func() time.Time { return noon }}}
	for date, want := range map[time.Time]string{
		{}:                          "",
		noon:                        "",
		noon.Add(-30 * time.Second): "",
		noon.Add(-3 * time.Minute):  "the clock of this computer is 3 minutes ahead of the server's",
		noon.Add(2 * time.Hour):     "the clock of this computer is 2 hours behind the server's",
	} {
		refusal := platform.Explain(&dnanexus.Error{Type: dnanexus.TypeOTPMismatch, Message: "no", Date: date})
		if hint := a.failureOf(refusal).Hint; !strings.HasPrefix(hint, want) || want == "" && hint != "" {
			t.Errorf("an answer of %s: %q, want %q", date, hint, want)
		}
	}
}

func TestNewFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "codes")
	file, err := openNew("--out", path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := openNew("--out", path); err == nil || !strings.Contains(err.Error(), "--out: "+path+" is there already") {
		t.Errorf("a file that is there: %v", err)
	}
	if err := file.write([]byte("secret\n")); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 || info.Size() != 7 {
		t.Errorf("the file: %v, %v", info, err)
	}
	if err := file.drop(nil); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("a dropped file: %v", err)
	}
	_, err = openNew("--out", filepath.Join(path, "below"))
	wantUsage(t, err, "--out: ")
	none, err := openNew("--out", "")
	if none != nil || err != nil || none.drop(nil) != nil {
		t.Errorf("no file: %v, %v", none, err)
	}
}
