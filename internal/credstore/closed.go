package credstore

import (
	"context"

	"github.com/dxauth/dxauth/pkg/secret"
)

const notInSandbox = "a sandbox does not use it"

// closed stands for a store that is not used in a sandbox.
type closed struct{ name string }

func (c closed) Name() string { return c.name }

func (c closed) Probe(context.Context) Probe {
	return Probe{Store: c.name, Outcome: Absent, Detail: notInSandbox}
}

func (c closed) Get(ctx context.Context, _ Key) (secret.Text, error) {
	return secret.Text{}, unavailable(c.Probe(ctx))
}

func (c closed) Set(ctx context.Context, _ Key, _ secret.Text) error {
	return unavailable(c.Probe(ctx))
}

func (c closed) Delete(ctx context.Context, _ Key) error { return unavailable(c.Probe(ctx)) }
