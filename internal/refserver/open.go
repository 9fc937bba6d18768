package refserver

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"

	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refserver/store"
	"github.com/dxauth/dxauth/internal/refserver/store/sqlite"
)

// openStore opens the store and the key that seals its secrets. A store in memory
// gets a new key that is not saved.
func openStore(ctx context.Context, c Config) (store.Database, seal.Key, error) {
	if c.Database != nil {
		key, err := seal.New(rand.Reader)
		return c.Database, key, err
	}
	if c.StoreFile == "" {
		key, err := seal.New(rand.Reader)
		if err != nil {
			return nil, key, err
		}
		db, err := sqlite.OpenMemory(ctx)
		return db, key, err
	}
	if err := checkNotEmptied(c); err != nil {
		return nil, seal.Key{}, err
	}
	db, err := sqlite.OpenFile(ctx, c.StoreFile)
	if err != nil {
		return nil, seal.Key{}, err
	}
	key, err := loadKey(ctx, db, c)
	if err != nil {
		return nil, key, errors.Join(err, db.Close())
	}
	return db, key, nil
}

// checkNotEmptied refuses an empty file beside a key. A key is made only after the
// store, so the store lost its content.
func checkNotEmptied(c Config) error {
	info, err := os.Stat(c.StoreFile)
	if err != nil || !info.Mode().IsRegular() || info.Size() > 0 {
		return nil // missing: a new store; the store itself refuses what is not a file
	}
	if _, err := os.Stat(c.keyFile()); err != nil {
		return nil
	}
	return fmt.Errorf("the store %s is empty, but its key %s exists: restore a backup, or remove the empty file to begin with a new store", c.StoreFile, c.keyFile())
}

// keyFile returns the path of the key of a store in a file.
func (c Config) keyFile() string { return cmp.Or(c.KeyFile, c.StoreFile+".key") }

// keyProof is sealed when a store is created. A key that opens it is the right one.
const keyProof = "key-proof"

func proofPlace() seal.Place { return seal.Place{Table: "meta", Column: "value", Row: keyProof} }

// loadKey reads the key file and checks that it belongs to the store. It makes a key
// only for a new store: a missing key must not be replaced silently.
func loadKey(ctx context.Context, db store.Database, c Config) (seal.Key, error) {
	path := c.keyFile()
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

// firstProof makes the key of a new store unless the file exists. It returns the
// proof in the store, which may be that of a server that started at the same time.
func firstProof(ctx context.Context, db store.Database, path string) ([]byte, error) {
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

// Backup copies a store file to a new file, even while a server uses it. The copy
// does not contain the key.
func Backup(ctx context.Context, storeFile, destination string) error {
	return sqlite.Backup(ctx, storeFile, destination)
}
