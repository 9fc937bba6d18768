package credstore

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"filippo.io/age"
)

const (
	ageFileName = "credentials.age"

	// ageWork is the work factor of scrypt, as a power of two: 32 MiB and about
	// a tenth of a second. Every command that uses the store pays it, a login
	// three times, even in a small container. age's own program uses 18, eight
	// times as much, for files that others can read; only the owner can read
	// ours, and the credentials in it expire.
	ageWork = 15

	// ageMaxWork bounds what a file can demand: 256 MiB and a second. It
	// allows files that were encrypted again with age's own program.
	ageMaxWork = 18
)

// ageFile keeps items in a private file that is encrypted with a passphrase, in
// the format of age: `age -d credentials.age` shows what is in it.
type ageFile struct {
	*fileStore
	passphrase Passphrase // nil: there is no way to get it
}

func newAgeFile(dir string, passphrase Passphrase) ageFile {
	if passphrase != nil {
		passphrase = passphrase.Once()
	}
	return ageFile{newFileStore(AgeName, dir, ageFileName, ageFormat{passphrase, ageWork}), passphrase}
}

// Probe does not ask for the passphrase, so it does not know whether the file opens.
func (a ageFile) Probe(context.Context) Probe {
	if a.passphrase == nil {
		return a.probed(Absent, noPassphrase)
	}
	switch _, err := a.read(); {
	case errors.Is(err, fs.ErrNotExist):
		return a.probed(Ready, a.path()+" will be encrypted with a passphrase")
	case err != nil:
		return a.failed(err)
	}
	return a.probed(Ready, a.path()+" is encrypted with a passphrase")
}

// ask gets the passphrase, and checks it if the file exists.
func (a ageFile) ask(ctx context.Context) error {
	if !isThere(a.path()) {
		return a.format.prepare(ctx, true)
	}
	_, err := a.load(ctx)
	return err
}

func ageProbe(outcome Outcome, detail string) Probe {
	return Probe{Store: AgeName, Outcome: outcome, Detail: detail}
}

// ageFormat is the items encrypted with a passphrase.
type ageFormat struct {
	passphrase Passphrase
	work       int
}

func (f ageFormat) prepare(ctx context.Context, fresh bool) error {
	_, err := f.get(ctx, fresh)
	return err
}

// get asks for the passphrase. For a new file it is confirmed, because reading the
// file requires it again.
func (f ageFormat) get(ctx context.Context, fresh bool) (string, error) {
	if f.passphrase == nil {
		return "", unavailable(ageProbe(Absent, noPassphrase))
	}
	passphrase, err := f.passphrase(ctx, fresh)
	return passphrase.Reveal(), err
}

func (f ageFormat) encode(ctx context.Context, items items) ([]byte, error) {
	passphrase, err := f.get(ctx, true)
	if err != nil {
		return nil, err
	}
	content, err := encodeItems(items)
	if err != nil {
		return nil, err
	}
	encrypted, err := encrypt(content, passphrase, f.work)
	if err != nil {
		return nil, fmt.Errorf("encrypting the credential file: %w", err)
	}
	return encrypted, nil
}

func encrypt(content []byte, passphrase string, work int) ([]byte, error) {
	recipient, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, err
	}
	recipient.SetWorkFactor(work)
	var encrypted bytes.Buffer
	writer, err := age.Encrypt(&encrypted, recipient)
	if err != nil {
		return nil, err
	}
	if _, err := writer.Write(content); err != nil {
		return nil, err
	}
	if err := writer.Close(); err != nil {
		return nil, err
	}
	return encrypted.Bytes(), nil
}

func (f ageFormat) decode(ctx context.Context, content []byte) (items, error) {
	passphrase, err := f.get(ctx, false)
	if err != nil {
		return nil, err
	}
	identity, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, err
	}
	identity.SetMaxWorkFactor(ageMaxWork)
	reader, err := age.Decrypt(bytes.NewReader(content), identity)
	if err != nil {
		return nil, decryptionError(err)
	}
	decrypted, err := io.ReadAll(reader)
	if err != nil {
		return nil, errMalformed
	}
	return decodeItems(decrypted)
}

// decryptionError distinguishes a wrong passphrase from a file that is not encrypted
// with one.
func decryptionError(err error) error {
	var mismatch *age.NoIdentityMatchError
	if errors.As(err, &mismatch) && slices.Contains(mismatch.StanzaTypes, "scrypt") {
		return errWrongPassphrase
	}
	return errMalformed
}
