package molgenis

import (
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/testfuzz"
)

// FuzzPage: whatever a page holds, what is found in it stands in it and has no
// end of its quotation in it.
func FuzzPage(f *testing.F) {
	testfuzz.Add(f, `<input type="hidden" name="secretKey" value="abc">otpauth://totp/x?secret=A`)
	testfuzz.Add(f, `<input name='secretKey' value='`)
	testfuzz.Add(f, `otpauth:\/\/totp\/`)
	f.Fuzz(func(t *testing.T, page string) {
		_ = hiddenInput([]byte(page), FieldSecretKey)
		if uri := writtenURI([]byte(page)); strings.ContainsAny(uri, "\"'<> \n") || !strings.Contains(page, uri) {
			t.Errorf("%q is found in %q", uri, page)
		}
		_ = enrollmentURI([]byte(page))
	})
}
