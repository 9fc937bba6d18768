package refserver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/dxauth/dxauth/internal/privatefile"
	"github.com/dxauth/dxauth/internal/refserver/history"
)

// ErrWentBack is returned by Serve if the store goes back to an earlier time while the
// server runs, as after the recovery of a database.
var ErrWentBack = errors.New("the store went back to an earlier time: what was revoked since may be valid again")

// MemoryFile returns the file in which a server remembers how far the history of a store
// in PostgreSQL had come.
func MemoryFile(keyFile string) string { return keyFile + ".seen" }

// memory is a file beside the key, in which a server remembers how far the history of
// its store had come. The key is what a database cannot be used without, and what no
// copy of a database contains.
type memory struct {
	path   string
	seen   history.Point // zero: nothing is remembered
	failed bool          // the last write
}

// maxMemoryBytes is more than the file ever has.
const maxMemoryBytes = 4096

// recall reads the file. A missing one is nothing remembered.
func recall(path string) (memory, error) {
	m := memory{path: path}
	content, err := privatefile.Read(path, maxMemoryBytes)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return m, nil
	case err != nil:
		return m, fmt.Errorf("read what was seen of the store: %w", err)
	}
	if err := json.Unmarshal(content, &m.seen); err != nil {
		return m, fmt.Errorf("%s is damaged: remove it if the database was not recovered to an earlier time", path)
	}
	return m, nil
}

// remember writes a point unless the file has it. If that fails, the point is known
// until the process ends, and only the first failure of several is returned.
func (m *memory) remember(point history.Point) error {
	if point == m.seen {
		return nil
	}
	m.seen = point
	content, err := json.Marshal(point)
	if err == nil {
		err = privatefile.Replace(m.path, append(content, '\n'))
	}
	if err != nil && m.failed {
		return nil
	}
	m.failed = err != nil
	return err
}

// betweenPoints is how far behind the store a memory may be.
const betweenPoints = 10 * time.Second

// watch keeps the memory up to date until ctx ends. It returns ErrWentBack if the store
// is at an earlier time than it was; while the store is away, it waits.
func (s *Server) watch(ctx context.Context) error {
	ticker := time.NewTicker(betweenPoints)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-ticker.C:
		}
		if err := s.lookBack(ctx); errors.Is(err, ErrWentBack) {
			return err
		} else if err != nil && ctx.Err() == nil {
			s.log.WarnContext(ctx, "the newest change of the store is not remembered", "error", err)
		}
	}
}

// lastLook limits how long a server that stops waits for its store.
const lastLook = 2 * time.Second

// rememberAtEnd brings the memory up to date. If the store is away, the memory is as old
// as the last look, which is not an error of a server that stops.
func (s *Server) rememberAtEnd(ctx context.Context) error {
	if s.store.memory == nil {
		return nil
	}
	looking, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastLook)
	defer cancel()
	err := s.lookBack(looking)
	if errors.Is(err, ErrWentBack) {
		return err
	}
	if err != nil {
		s.log.WarnContext(ctx, "the newest change of the store is not remembered", "error", err)
	}
	return nil
}

// lookBack compares the store with the memory, and remembers its present point.
func (s *Server) lookBack(ctx context.Context) error {
	wentBack, err := s.service.WentBack(ctx, s.store.memory.seen)
	if err != nil {
		return err
	}
	if wentBack {
		return ErrWentBack
	}
	point, err := s.service.Point(ctx)
	if err != nil {
		return err
	}
	return s.store.memory.remember(point)
}

// beginWithMemory is the first use of a store with a memory: it restores one that is at
// an earlier time. Where it cannot tell, it warns.
func (s *Server) beginWithMemory(ctx context.Context, tokens history.TokenChoice) error {
	m := s.store.memory
	if m.seen == (history.Point{}) {
		if point, err := s.service.Point(ctx); err != nil {
			return err
		} else if point.Generation != "" {
			s.warnings = append(s.warnings, "this server sees the store for the first time: if it was recovered to an earlier time, what was revoked since is valid again")
		}
	}
	var err error
	if s.restored, err = s.service.Restore(ctx, tokens, &m.seen); err != nil {
		return err
	}
	point, err := s.service.Point(ctx)
	if err != nil {
		return err
	}
	if err := m.remember(point); err != nil {
		s.warnings = append(s.warnings, fmt.Sprintf("the recovery of the store to an earlier time will not be noticed: %v", err))
	}
	return nil
}
