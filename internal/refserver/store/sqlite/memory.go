package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"

	"modernc.org/sqlite"
)

// memory is the data source of a database in memory that only its connection
// sees.
const memory = "file::memory:?" + settings

// OpenMemory opens an empty store that ends when it is closed.
func OpenMemory(ctx context.Context) (*Store, error) {
	image, err := emptyImage()
	if err != nil {
		return nil, fmt.Errorf("open the store: %w", err)
	}
	return openCopy(ctx, image)
}

// openCopy opens a store in memory that begins as a copy of an image.
func openCopy(ctx context.Context, image []byte) (*Store, error) {
	db := preparing(&copyOnce{image: image}, 1)
	return (&Store{writer: db, reader: db}).prepare(ctx)
}

// emptyImage returns a database in which only the migrations ran. Copying it
// costs a fraction of running them, with the same result.
var emptyImage = sync.OnceValues(func() (image []byte, err error) {
	first, err := unpack(newImage)
	if err != nil {
		return nil, err
	}
	ctx := context.Background() // not the first caller's: all callers share the image
	s, err := openCopy(ctx, first)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return s.image(ctx)
})

// image returns what is in a store in memory, for openCopy.
func (s *Store) image(ctx context.Context) (image []byte, err error) {
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
}

// imager is what a connection of the driver does beyond SQL.
type imager interface {
	Serialize() ([]byte, error)
	Deserialize(image []byte) error
	NewBackup(dataSource string) (*sqlite.Backup, error)
}

// copyOnce connects to a copy of an image, once: a second connection to a
// database in memory would be another, empty store.
type copyOnce struct {
	image []byte
	used  atomic.Bool
}

var errGone = errors.New("the store in memory ended with its connection")

// Driver implements driver.Connector.
func (c *copyOnce) Driver() driver.Driver { return &sqlite.Driver{} }

// Connect implements driver.Connector. A deserialized database cannot grow
// beyond 1 GiB, so Connect copies it once more into one that can.
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
