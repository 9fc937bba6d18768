package credstore

import (
	"errors"
	"strings"
	"testing"

	"github.com/dxauth/dxauth/internal/testbus"
)

func TestKeyringServiceNamesBusAndProgram(t *testing.T) {
	testbus.Locked(t).Use(t)
	bus, program, err := KeyringService(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(bus, "unix:") || !strings.HasPrefix(program, "gnome-keyring-daemon (process ") {
		t.Errorf("got %q, %q", bus, program)
	}
}

func TestKeyringServiceIsNotStarted(t *testing.T) {
	testbus.Activatable(t).Use(t)
	for range 2 { // the second would find what the first has started
		if bus, _, err := KeyringService(t.Context()); bus == "" || !errors.Is(err, ErrNoKeyringService) {
			t.Fatalf("got %q, %v", bus, err)
		}
	}
}

func TestKeyringServiceWithoutABus(t *testing.T) {
	t.Setenv(busAddressVariable, "")
	t.Setenv("XDG_RUNTIME_DIR", t.TempDir())
	if _, _, err := KeyringService(t.Context()); !errors.Is(err, ErrNoBus) {
		t.Errorf("got %v", err)
	}
}
