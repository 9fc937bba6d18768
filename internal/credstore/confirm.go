package credstore

import (
	"context"
	"errors"

	"github.com/dxauth/dxauth/pkg/secret"
)

// reader is the part of a store that a confirmation needs.
type reader interface {
	Get(ctx context.Context, key Key) (secret.Text, error)
}

// confirmKept reads an item back after a write.
func confirmKept(ctx context.Context, store reader, key Key, want secret.Text) error {
	got, err := store.Get(ctx, key)
	if errors.Is(err, ErrNotFound) {
		return ErrNotKept
	}
	if err != nil {
		return err
	}
	if !got.Equal(want) {
		return ErrNotKept
	}
	return nil
}

// confirmDeleted checks that an item is gone after its deletion.
func confirmDeleted(ctx context.Context, store reader, key Key) error {
	_, err := store.Get(ctx, key)
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return ErrNotDeleted
}
