package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/dxauth/dxauth/internal/fault"
)

// handover is the place where a new token goes. It is there before the token is
// made, so that a file that can't be written makes none.
type handover struct {
	file *os.File // nil: standard output
}

// openHandover makes the file, or looks at standard output: a token that goes
// nowhere would only live on unseen.
func (a *app) openHandover(path string) (handover, error) {
	if path == "" {
		if leadsNowhere(a.Stdout) {
			return handover{}, fault.New(fault.Usage, "give --out FILE, or let standard output go somewhere",
				"standard output is closed or goes to %s: the token would be lost", os.DevNull)
		}
		return handover{}, nil
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, os.ErrExist) {
		return handover{}, fault.New(fault.Usage, "name another file, or move this one away", "--out: %s is there already", path)
	}
	if err != nil {
		return handover{}, fault.Usagef("--out: %s", err)
	}
	return handover{file: file}, nil
}

// leadsNowhere reports whether a stream is the null device. A closed one is,
// too: the runtime puts the null device in its place.
func leadsNowhere(stream io.Writer) bool {
	file, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	if err != nil {
		return true
	}
	nowhere, err := os.Stat(os.DevNull)
	return err == nil && os.SameFile(info, nowhere)
}

// give hands the token over: to the file, or as text or JSON to standard output.
func (h handover) give(d *tokenDesk, made minted, told tokenNewJSON) error {
	token := made.Secret.Reveal()
	if h.file != nil {
		path := h.file.Name()
		if err := h.write(token + "\n"); err != nil {
			return err
		}
		told.File = &path
		d.term.Message("Wrote it to %s", path)
		if !d.settings.JSON {
			return nil
		}
		return d.printJSON(told)
	}
	defer survivePipe()()
	if d.settings.JSON {
		told.Token = &token
		return d.printJSON(told)
	}
	return d.term.Print(token + "\n")
}

// write is complete when the file is on the disk.
func (h handover) write(text string) error {
	_, err := io.WriteString(h.file, text)
	return errors.Join(err, h.file.Sync(), h.file.Close())
}

// drop removes the file of a token that was not handed over. It answers the
// cause.
func (h handover) drop(cause error) error {
	if h.file == nil {
		return cause
	}
	_ = h.file.Close() // it may be closed already
	if err := os.Remove(h.file.Name()); err != nil {
		return errors.Join(cause, fmt.Errorf("remove the file again: %w", err))
	}
	return cause
}

// survivePipe lets a write to a pipe that nobody reads fail, instead of ending
// the program before it can revoke what it could not hand over.
func survivePipe() (restore func()) {
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGPIPE)
	return func() { signal.Stop(caught) }
}
