package twofactor

import (
	"testing"

	"github.com/dxauth/dxauth/internal/cli/clitest"
	"github.com/dxauth/dxauth/internal/cli/credentials"
	"github.com/dxauth/dxauth/internal/cli/enroll"
)

func TestSetupOptions(t *testing.T) {
	byStdin := credentials.Reauth{PasswordStdin: true}
	tests := map[string]struct {
		options setupOptions
		json    bool
		words   string // part of the error; empty for none
	}{
		"nothing":                    {setupOptions{Options: enroll.Options{QR: "auto"}}, false, ""},
		"a picture":                  {setupOptions{Options: enroll.Options{QR: "png:key.png", RecoveryFile: "f"}}, false, ""},
		"the first step":             {setupOptions{Options: enroll.Options{QR: "png:key.png"}, begin: true, reauth: byStdin}, true, ""},
		"the second step":            {setupOptions{Options: enroll.Options{QR: "auto", RecoveryFile: "f"}, confirm: "123456"}, true, ""},
		"another form":               {setupOptions{Options: enroll.Options{QR: "svg"}}, false, "--qr svg: must be auto, text, none or png:FILE"},
		"a picture without a name":   {setupOptions{Options: enroll.Options{QR: "png:"}}, false, "--qr png:"},
		"both steps":                 {setupOptions{Options: enroll.Options{QR: "auto"}, begin: true, confirm: "123456"}, false, "two steps"},
		"recovery codes too early":   {setupOptions{Options: enroll.Options{QR: "auto", RecoveryFile: "f"}, begin: true}, false, "--recovery-file goes with --confirm"},
		"a QR code in a script":      {setupOptions{Options: enroll.Options{QR: "text"}, begin: true}, false, "--begin shows no QR code"},
		"a QR code without a key":    {setupOptions{Options: enroll.Options{QR: "none"}, confirm: "123456"}, false, "--qr goes with --begin"},
		"a password that is unused":  {setupOptions{Options: enroll.Options{QR: "auto"}, confirm: "-", reauth: byStdin}, false, "no password"},
		"a dialogue with JSON":       {setupOptions{Options: enroll.Options{QR: "auto"}}, true, "needs two steps"},
		"the first step with JSON":   {setupOptions{Options: enroll.Options{QR: "auto"}, begin: true}, true, ""},
		"a dialogue without QR code": {setupOptions{Options: enroll.Options{QR: "none"}}, false, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			err := tt.options.check(tt.json)
			if tt.words != "" {
				clitest.WantUsage(t, err, tt.words)
			} else if err != nil {
				t.Error(err)
			}
		})
	}
}
