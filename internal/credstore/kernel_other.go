//go:build !linux

package credstore

import (
	"context"
	"time"

	"github.com/dxauth/dxauth/pkg/secret"
)

// Other kernels have no keyring: every call returns an error.

func (kernelKeyring) Probe(context.Context) Probe {
	return kernelProbe(Absent, "it is a part of Linux")
}

func (k kernelKeyring) Get(ctx context.Context, _ Key) (secret.Text, error) {
	return secret.Text{}, unavailable(k.Probe(ctx))
}

func (k kernelKeyring) Set(ctx context.Context, _ Key, _ secret.Text) error {
	return unavailable(k.Probe(ctx))
}

func (k kernelKeyring) Delete(ctx context.Context, _ Key) error { return unavailable(k.Probe(ctx)) }

func (k kernelKeyring) Limit(ctx context.Context, _ Key, _ time.Duration) error {
	return unavailable(k.Probe(ctx))
}
