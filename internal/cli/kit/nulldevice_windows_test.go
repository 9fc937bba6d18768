package kit

import (
	"testing"

	"github.com/dxauth/dxauth/internal/testconsole"
)

func TestAConsoleIsNotTheNullDevice(t *testing.T) {
	testconsole.Run(t, func(t *testing.T) {
		if isNullDevice(testconsole.Open(t, "CONOUT$")) {
			t.Error("the console counts as the null device")
		}
	})
}
