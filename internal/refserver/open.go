package refserver

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"

	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refserver/store"
)

// openStore opens the store and the key that its secrets are sealed with. A
// memory store has a key of its own, which is gone with it.
func openStore(ctx context.Context, c Config) (*store.Store, seal.Key, error) {
	if c.StoreFile == "" {
		key, err := seal.New(rand.Reader)
		if err != nil {
			return nil, key, err
		}
		db, err := store.OpenMemory(ctx)
		return db, key, err
	}
	db, err := store.OpenFile(ctx, c.StoreFile)
	if err != nil {
		return nil, seal.Key{}, err
	}
	key, err := loadKey(ctx, db, c)
	if err != nil {
		return nil, key, errors.Join(err, db.Close())
	}
	return db, key, nil
}

// keyProof is sealed when a store is new. Whoever can open it has the right key.
const keyProof = "key-proof"

func proofPlace() seal.Place { return seal.Place{Table: "meta", Column: "value", Row: keyProof} }

// loadKey reads the key file and proves it against the store. It makes a key
// only for a new store: a lost key must not be replaced unnoticed.
func loadKey(ctx context.Context, db *store.Store, c Config) (seal.Key, error) {
	path := c.KeyFile
	if path == "" {
		path = c.StoreFile + ".key"
	}
	proof, err := db.Meta(ctx, keyProof)
	if err == nil && proof == nil {
		proof, err = firstProof(ctx, db, path)
	}
	if err != nil {
		return seal.Key{}, err
	}
	key, err := seal.Read(path)
	if err != nil {
		return key, fmt.Errorf("the key of the store %s: %w", c.StoreFile, err)
	}
	if _, err := key.Open(proof, proofPlace()); err != nil {
		return key, fmt.Errorf("the key file %s does not belong to the store %s: %w", path, c.StoreFile, err)
	}
	return key, nil
}

// firstProof makes the key of a new store where there is none, and returns the
// proof in the store, which is that of another server that came first.
func firstProof(ctx context.Context, db *store.Store, path string) ([]byte, error) {
	key, err := seal.Load(path, rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("the key file: %w", err)
	}
	proof, err := key.Seal(rand.Reader, []byte(keyProof), proofPlace())
	if err != nil {
		return nil, err
	}
	if err := db.AddMeta(ctx, keyProof, proof); err != nil {
		return nil, err
	}
	return db.Meta(ctx, keyProof)
}

// Backup copies the store in a file into a new one, while a server may go on
// with it. The key is not in the copy.
func Backup(ctx context.Context, storeFile, destination string) error {
	return store.Backup(ctx, storeFile, destination)
}
