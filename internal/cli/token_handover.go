package cli

import (
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/dxauth/dxauth/internal/fault"
)

// handover is the place where a new token goes. It is there before the token is
// made, so that a file that can't be written makes none.
type handover struct {
	file *newFile // nil: standard output
}

// openHandover makes the file, or looks at standard output: a token that goes
// nowhere would only live on unseen.
func (a *app) openHandover(path string) (handover, error) {
	if path == "-" {
		return handover{}, fault.Usagef("--out - is no file: without --out, the token goes to standard output")
	}
	if path == "" && leadsNowhere(a.Stdout) {
		return handover{}, fault.New(fault.Usage, "give --out FILE, or let standard output go somewhere",
			"standard output is closed or goes to %s: the token would be lost", os.DevNull)
	}
	file, err := openNew("--out", path)
	return handover{file: file}, err
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
		path := h.file.path()
		if err := h.file.write([]byte(token + "\n")); err != nil {
			return err
		}
		told.File = &path
		d.term.Message("Wrote it to %s", path)
		return d.answerJSON(told)
	}
	defer survivePipe()()
	if d.settings.JSON {
		told.Token = &token
		return d.printJSON(told)
	}
	return d.term.Print(token + "\n")
}

// drop removes the file of a token that was not handed over. It answers the
// cause.
func (h handover) drop(cause error) error { return h.file.drop(cause) }

// survivePipe lets a write to a pipe that nobody reads fail, instead of ending
// the program before it can revoke what it could not hand over.
func survivePipe() (restore func()) {
	caught := make(chan os.Signal, 1)
	signal.Notify(caught, syscall.SIGPIPE)
	return func() { signal.Stop(caught) }
}
