package credseal

import (
	"time"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/dxauth/dxauth/internal/kernelkey"
)

// KernelKeys keeps the keys in the Linux kernel's user keyring. With keyutils:
//
//	keyctl show @u | grep dxauth-seal
type KernelKeys struct{}

// Check implements Keys.
func (KernelKeys) Check() error { return kernelkey.Check("dxauth-seal:trial") }

// Add implements Keys.
func (KernelKeys) Add(name string, key []byte, limit time.Duration) error {
	return kernelkey.Add(kernelkey.Key{Description: name, Content: key, Permissions: kernelkey.Renewable, Limit: limit})
}

// Read implements Keys.
func (KernelKeys) Read(name string) ([]byte, error) {
	return kernelkey.Read(name, chacha20poly1305.KeySize)
}

// Limit implements Keys.
func (KernelKeys) Limit(name string, limit time.Duration) error { return kernelkey.Limit(name, limit) }

// Remove implements Keys.
func (KernelKeys) Remove(name string) error { return kernelkey.Remove(name) }
