package credseal

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/dxauth/dxauth/internal/machine"
	"github.com/dxauth/dxauth/pkg/secret"
)

// newKernelSealer returns a sealer with the real kernel, and an owner that no other
// test has.
func newKernelSealer(t *testing.T) (Sealer, Owner) {
	t.Helper()
	s := Sealer{Keys: KernelKeys{}, Random: rand.Reader, Place: machine.Here()}
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	return s, Owner{Host: fmt.Sprintf("test-%d", os.Getpid()), User: t.Name(), Store: "keyring"}
}

// Readers of an item that is replaced all the time get the text of one item or of the
// next, and never that the key is gone.
func TestReplacementsWhileOthersRead(t *testing.T) {
	s, owner := newKernelSealer(t)
	var stored atomic.Pointer[Item]
	replace := func(text string) {
		item, err := s.Seal(owner, secret.New(text), time.Minute)
		if err != nil {
			t.Error(err)
			return
		}
		if before := stored.Swap(&item); before != nil {
			err = s.Drop(owner, before.Generation)
		}
		if err != nil {
			t.Error(err)
		}
	}
	read := func() (secret.Text, error) {
		for last := ""; ; {
			item := stored.Load()
			opened, err := s.Open(owner, *item)
			if !errors.Is(err, ErrNoKey) || item.Generation == last {
				return opened, err
			}
			last = item.Generation
		}
	}
	replace("text 0")
	replacing, replaced := context.WithCancel(t.Context())
	var readers sync.WaitGroup
	t.Cleanup(readers.Wait)
	for range 2 {
		readers.Go(func() {
			for running := true; running; {
				running = replacing.Err() == nil
				if opened, err := read(); err != nil || opened.Len() < len("text 0") {
					t.Errorf("read %q, %v", opened.Reveal(), err)
				}
				if err := s.Renew(owner, stored.Load().Generation, time.Minute); err != nil && !errors.Is(err, ErrNoKey) {
					t.Error(err)
				}
			}
		})
	}
	for i := range 200 {
		replace(fmt.Sprint("text ", i+1))
	}
	replaced()
	readers.Wait()
	if opened, err := read(); err != nil || opened.Reveal() != "text 200" {
		t.Errorf("at the end: %q, %v", opened.Reveal(), err)
	}
	if err := s.Drop(owner, stored.Load().Generation); err != nil {
		t.Error(err)
	}
}

// This test waits for the kernel's own clock.
func TestTheKernelEndsAnItem(t *testing.T) {
	t.Parallel()
	s, owner := newKernelSealer(t)
	item, err := s.Seal(owner, secret.New("the token"), time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if opened, err := s.Open(owner, item); err != nil || opened.Reveal() != "the token" {
		t.Errorf("opened %q, %v", opened.Reveal(), err)
	}
	for deadline := time.Now().Add(time.Minute); s.Look(owner, item.Generation) == nil; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the key is still there after three seconds")
		}
	}
	if opened, err := s.Open(owner, item); !errors.Is(err, ErrExpired) {
		t.Errorf("opened %q, %v; want ErrExpired", opened.Reveal(), err)
	}
}
