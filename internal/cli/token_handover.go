package cli

import (
	"github.com/dxauth/dxauth/internal/refusal"
)

// placeForToken is the place where a new token goes.
func (a *app) placeForToken(path string) (*newFile, error) {
	if path == "-" {
		return nil, refusal.Usagef("--out - is no file: without --out, the token goes to standard output")
	}
	return a.openPlace("--out", path, "token")
}

// handOver gives the token away: to the file, or as text or JSON to standard
// output.
func (d *tokenDesk) handOver(file *newFile, made minted, told tokenNewJSON) error {
	token := made.Secret.Reveal()
	if file != nil {
		path := file.path()
		if err := file.write([]byte(token + "\n")); err != nil {
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
