package credstore

import "context"

// PlainFileName is the file of the plaintext store, in its folder.
const PlainFileName = "credentials.json"

// plainFile keeps items unencrypted in a private file.
type plainFile struct{ *fileStore }

func newPlainFile(dir string) plainFile {
	return plainFile{newFileStore(PlaintextName, dir, PlainFileName, plainFormat{})}
}

// Probe reads the file and does not create it.
func (p plainFile) Probe(ctx context.Context) Probe {
	if _, err := p.load(ctx); err != nil {
		return p.failed(err)
	}
	return p.probed(Ready, p.path()+" is unencrypted")
}

// plainFormat is the items unencrypted.
type plainFormat struct{}

func (plainFormat) prepare(context.Context, bool) error { return nil }

func (plainFormat) encode(_ context.Context, items items) ([]byte, error) { return encodeItems(items) }

func (plainFormat) decode(_ context.Context, content []byte) (items, error) {
	return decodeItems(content)
}
