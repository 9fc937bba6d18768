package refserver

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"runtime"

	"github.com/dxauth/dxauth/internal/refserver/seal"
	"github.com/dxauth/dxauth/internal/refserver/store"
	"github.com/dxauth/dxauth/internal/refserver/store/postgres"
	"github.com/dxauth/dxauth/internal/refserver/store/sqlite"
)

// openedStore is a store with what belongs to it.
type openedStore struct {
	store.Database
	key      seal.Key
	isShared bool    // other servers may use it, too
	memory   *memory // nil: its history is not remembered outside of it
	// risks returns what could lose an acknowledged change.
	risks func(context.Context) ([]string, error)
}

// openStore opens the store and the key that seals its secrets. A store in memory
// gets a new key that is not saved.
func openStore(ctx context.Context, c Config) (openedStore, error) {
	switch {
	case c.Postgres != nil:
		return openPostgres(ctx, c)
	case c.StoreFile != "":
		return openFile(ctx, c)
	}
	key, err := seal.New(rand.Reader)
	if err != nil {
		return openedStore{}, err
	}
	if c.Database != nil {
		return openedStore{Database: c.Database, key: key, risks: noRisks}, nil
	}
	db, err := sqlite.OpenMemory(ctx)
	return openedStore{Database: db, key: key, risks: noRisks}, err
}

// turns returns how many searches and lists may run at the same time: one processor, if
// there are two, stays free for other requests. What another process reads needs a processor
// here for a part of the time only.
func (o openedStore) turns() int {
	if _, isHere := o.Database.(*sqlite.Store); !isHere {
		return turnsWhileWaiting * runtime.GOMAXPROCS(0)
	}
	return runtime.GOMAXPROCS(0) - 1
}

// turnsWhileWaiting is how many turns there are for each processor if they mostly wait.
const turnsWhileWaiting = 4

func noRisks(context.Context) ([]string, error) { return nil, nil }

func openFile(ctx context.Context, c Config) (openedStore, error) {
	if err := checkNotEmptied(c); err != nil {
		return openedStore{}, err
	}
	db, err := sqlite.OpenFile(ctx, c.StoreFile)
	if err != nil {
		return openedStore{}, err
	}
	key, err := loadKey(ctx, db, c)
	if err != nil {
		return openedStore{}, errors.Join(err, db.Close())
	}
	return openedStore{Database: db, key: key, risks: noRisks}, nil
}

// openPostgres opens a database that other servers may use, too.
func openPostgres(ctx context.Context, c Config) (openedStore, error) {
	if c.KeyFile == "" {
		return openedStore{}, errors.New("a store in PostgreSQL needs a key file")
	}
	seen, err := recall(MemoryFile(c.KeyFile))
	if err != nil {
		return openedStore{}, err
	}
	db, err := postgres.Open(ctx, postgres.Config{Address: *c.Postgres})
	if err != nil {
		return openedStore{}, err
	}
	key, err := loadKey(ctx, db, c)
	if err != nil {
		return openedStore{}, errors.Join(err, db.Close())
	}
	return openedStore{Database: db, key: key, isShared: true, memory: &seen, risks: db.Risks}, nil
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

// storeName names a store in errors.
func (c Config) storeName() string {
	if c.Postgres != nil {
		return c.Postgres.String()
	}
	return "store " + c.StoreFile
}

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
	switch {
	case errors.Is(err, fs.ErrNotExist) && c.Postgres != nil:
		return key, fmt.Errorf("the key file %s is missing: copy it from another server of the %s", path, c.storeName())
	case err != nil:
		return key, fmt.Errorf("the key of the %s: %w", c.storeName(), err)
	}
	if _, err := key.Open(proof, proofPlace()); err != nil {
		return key, fmt.Errorf("the key file %s does not belong to the %s: %w", path, c.storeName(), err)
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
