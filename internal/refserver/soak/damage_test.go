//go:build unix

package soak

import (
	"bytes"
	"os"
	"testing"

	"github.com/dxauth/dxauth/pkg/dnanexus"
)

// S-56: a file that is damaged while it is served is a fault of the store: requests are
// done, or refused as unavailable, never as if the token or the password were wrong. The
// next start reports it.
func TestAFileIsDamagedWhileItIsServed(t *testing.T) {
	t.Parallel()
	for name, damage := range map[string]func(t *testing.T, file string){
		"overwritten": func(t *testing.T, file string) {
			info, err := os.Stat(file)
			must(t, err)
			overwrite(t, file, 4096, bytes.Repeat([]byte("x"), int(info.Size())-4096))
		},
		"truncated": func(t *testing.T, file string) { truncate(t, file, 4096) },
		"emptied":   func(t *testing.T, file string) { truncate(t, file, 0) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			file := newStore(t, 1)
			s := serve(t, file)
			damage(t, file)
			client := s.client(carolsToken)
			_, readErr := client.WhoAmI(t.Context(), dnanexus.WhoAmIRequest{})
			_, writeErr := client.NewProject(t.Context(), dnanexus.NewProjectRequest{Name: "late"})
			if readErr == nil && writeErr == nil {
				t.Error("no request was refused")
			}
			for _, err := range []error{readErr, writeErr} {
				if err != nil {
					verifyUnavailable(t, err)
				}
			}
			s.kill()
			if code, said := runProgram(t, serveCommand(t, file)); code != 1 || !containsAll(said, file) {
				t.Errorf("the next start: exit code %d and %q", code, said)
			}
		})
	}
}
