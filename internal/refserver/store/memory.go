package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"modernc.org/sqlite"
)

// memory is the name under which the driver opens a database that is nowhere
// else.
const memory = "file::memory:?" + settings

// OpenMemory opens an empty store that is gone when it is closed.
func OpenMemory(ctx context.Context) (*Store, error) {
	image, err := emptyImage()
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	db := preparing(&copyOnce{image: image}, 1)
	return (&Store{writer: db, reader: db}).prepare(ctx)
}

// emptyImage is a store in which nothing but the migrations ran. They cost many
// times what it costs to copy their outcome, which is always the same.
var emptyImage = sync.OnceValues(func() (image []byte, err error) {
	ctx := context.Background() // not that of the first who asks: the image is for all
	db, err := openPool(memory, 1)
	if err != nil {
		return nil, err
	}
	s, err := (&Store{writer: db, reader: db}).prepare(ctx)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	conn, err := s.writer.Conn(ctx)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	err = conn.Raw(func(engine any) error {
		image, err = engine.(*preparingConn).engineConn.(imager).Serialize()
		return err
	})
	return image, err
})

// imager is what the driver's connections do beyond SQL.
type imager interface {
	Serialize() ([]byte, error)
	Deserialize(image []byte) error
	NewBackup(dataSource string) (*sqlite.Backup, error)
}

// copyOnce connects to a copy of an image. It does so once: a store in memory is
// in its one connection, and another one would be another store, and empty.
type copyOnce struct {
	image []byte
	used  atomic.Bool
}

var errGone = errors.New("the store in memory is gone with its connection")

// Driver implements driver.Connector.
func (c *copyOnce) Driver() driver.Driver { return &sqlite.Driver{} }

// Connect implements driver.Connector. A database in an image can't grow beyond
// 1 GiB, so the image is copied on into one that can.
func (c *copyOnce) Connect(context.Context) (driver.Conn, error) {
	if c.used.Swap(true) {
		return nil, errGone
	}
	source, err := c.Driver().Open("file::memory:")
	if err != nil {
		return nil, err
	}
	defer source.Close()
	if err := source.(imager).Deserialize(c.image); err != nil {
		return nil, err
	}
	backup, err := source.(imager).NewBackup(memory)
	if err != nil {
		return nil, err
	}
	if _, err := backup.Step(-1); err != nil { // all pages
		return nil, errors.Join(err, backup.Finish())
	}
	return backup.Commit()
}
