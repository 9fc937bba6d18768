// Package testfuzz gives fuzz targets more inputs than their seeds in a plain "go test".
//
// Fuzzing needs a build of its own for each package, so "make test" does not do it; "make
// fuzz" does. [Add] instead adds to each seed copies of it that are cut, joined, repeated
// and changed at random, which takes microseconds each. They are the same ones for the
// same target and seed, so a failure comes back when its test is run again by its name.
package testfuzz

import (
	"flag"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// copies is how many changed copies of a seed are added.
const copies = 50

// Add is f.Add, and adds changed copies of the seed, unless the target is fuzzed.
func Add(f *testing.F, seed ...any) {
	f.Helper()
	f.Add(seed...)
	if fuzzing := flag.Lookup("test.fuzz"); fuzzing != nil && fuzzing.Value.String() != "" {
		return
	}
	m := newMutator(f.Name(), seed)
	for range copies {
		f.Add(m.changed(seed)...)
	}
}

// A mutator changes values at random.
type mutator struct{ *rand.Rand }

// newMutator returns a mutator that does the same for the same name and seed.
func newMutator(name string, seed []any) mutator {
	hash := fnv.New64a()
	fmt.Fprintf(hash, "%s %q", name, seed)
	return mutator{rand.New(rand.NewPCG(hash.Sum64(), 0))}
}

// changed returns a copy of a seed with one value changed.
func (m mutator) changed(seed []any) []any {
	changed := slices.Clone(seed)
	at := m.IntN(len(seed))
	switch value := seed[at].(type) {
	case string:
		changed[at] = string(m.bytes([]byte(value)))
	case []byte:
		changed[at] = m.bytes(value)
	case bool:
		changed[at] = !value
	default:
		panic(fmt.Sprintf("testfuzz changes no %T", value))
	}
	return changed
}

// pieces returns texts that parsers of any kind treat in a way of their own.
func pieces() []string {
	return []string{
		"\x00", "\xff", "\xed\xa0\x80", "\u2028", "\ufeff", "\r\n", "\x1b[2J", " ", "", "\"", "\\", "'", "/", "..", "%2F", "%", "=", ":", ",", "(", "[[[[", "{", "}",
		"-1", "1e999", "9223372036854775808", "0x", "null", "é", "e\u0301", "\U0001F600", "\u202e", strings.Repeat("a", 5000), strings.Repeat("{\"a\":", 200),
	}
}

// bytes changes a text in one to three places.
func (m mutator) bytes(text []byte) []byte {
	for range 1 + m.IntN(3) {
		text = m.oneChange(slices.Clone(text))
	}
	return text
}

func (m mutator) oneChange(text []byte) []byte {
	from, to := m.span(len(text))
	switch m.IntN(6) {
	case 0:
		return slices.Delete(text, from, to)
	case 1:
		return text[:from]
	case 2:
		return slices.Insert(text, to, text[from:to]...)
	case 3:
		return slices.Replace(text, from, to, []byte(m.piece())...)
	case 4:
		return slices.Insert(text, from, []byte(m.piece())...)
	default:
		for i := from; i < to; i++ {
			text[i] ^= 1 << m.IntN(8)
		}
		return text
	}
}

func (m mutator) piece() string { return pieces()[m.IntN(len(pieces()))] }

// span returns a part of a text of a length, a short one mostly.
func (m mutator) span(length int) (from, to int) {
	from = m.IntN(length + 1)
	return from, min(length, from+m.IntN(4+length/4))
}
