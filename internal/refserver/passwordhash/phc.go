package passwordhash

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// Params is the cost of one argon2id hash.
type Params struct {
	// MemoryKiB is the memory of one hash, in KiB.
	MemoryKiB uint32
	// Time is the number of passes over that memory.
	Time uint32
	// Threads is the number of argon2 lanes. It does not depend on the number of
	// cores, so that all replicas compute the same hashes.
	Threads uint8
}

// DefaultParams returns 19 MiB, two passes and one thread: of the settings that
// the OWASP password storage cheat sheet calls equally strong, one that
// lets many sign-ins run at once in little memory.
func DefaultParams() Params {
	return Params{MemoryKiB: 19456, Time: 2, Threads: 1}
}

// Cheapest returns the least costs that there are: 8 KiB and one pass. They are for servers
// that live as long as a test or a sandbox, whose passwords protect nothing.
func Cheapest() Params { return Params{MemoryKiB: minLaneKiB, Time: 1, Threads: 1} }

// Bounds of the hashes that are computed. They hold for the configuration and for
// stored hashes: a malicious row must not take the server down.
const (
	maxMemoryKiB  = 1 << 20 // 1 GiB
	maxTime       = 10
	maxThreads    = 16
	minLaneKiB    = 8 // by RFC 9106, section 3.1
	minSaltBytes  = 8
	maxSaltBytes  = 64
	minKeyBytes   = 16
	maxKeyBytes   = 64
	maxEncodedLen = 256
)

// validate returns an error that names the first parameter out of bounds.
func (p Params) validate() error {
	if p.Threads < 1 || p.Threads > maxThreads {
		return fmt.Errorf("argon2id: %d threads are not within 1..%d", p.Threads, maxThreads)
	}
	if p.Time < 1 || p.Time > maxTime {
		return fmt.Errorf("argon2id: time %d is not within 1..%d", p.Time, maxTime)
	}
	if least := minLaneKiB * uint32(p.Threads); p.MemoryKiB < least || p.MemoryKiB > maxMemoryKiB {
		return fmt.Errorf("argon2id: memory of %d KiB is not within %d..%d", p.MemoryKiB, least, maxMemoryKiB)
	}
	return nil
}

// storedHash is a stored hash in its parts.
type storedHash struct {
	params Params
	salt   []byte
	key    []byte
}

var errMalformedHash = errors.New("stored password hash is not a PHC string of argon2id")

// decodeHash parses an encoded hash and checks the bounds above. It accepts only
// the spelling that encode writes, so that no two strings encode the same hash.
func decodeHash(encoded string) (storedHash, error) {
	if len(encoded) > maxEncodedLen {
		return storedHash{}, errMalformedHash
	}
	hash, err := parseHash(encoded)
	if err != nil {
		return storedHash{}, err
	}
	if err := hash.validate(); err != nil {
		return storedHash{}, err
	}
	if hash.encode() != encoded {
		return storedHash{}, errMalformedHash
	}
	return hash, nil
}

// parseHash reads the fields; decodeHash validates them.
func parseHash(encoded string) (storedHash, error) {
	fields := strings.Split(encoded, "$") // "", name, version, costs, salt, key
	if len(fields) != 6 {
		return storedHash{}, errMalformedHash
	}
	var hash storedHash
	costs := &hash.params
	if _, err := fmt.Sscanf(fields[3], "m=%d,t=%d,p=%d", &costs.MemoryKiB, &costs.Time, &costs.Threads); err != nil {
		return storedHash{}, errMalformedHash
	}
	var saltErr, keyErr error
	hash.salt, saltErr = base64.RawStdEncoding.DecodeString(fields[4])
	hash.key, keyErr = base64.RawStdEncoding.DecodeString(fields[5])
	if saltErr != nil || keyErr != nil {
		return storedHash{}, errMalformedHash
	}
	return hash, nil
}

// encode returns the PHC string: $argon2id$v=19$m=…,t=…,p=…$salt$key, salt and
// key in base64 without padding.
func (h storedHash) encode() string {
	return fmt.Sprintf("$argon2id$v=19$m=%d,t=%d,p=%d$%s$%s",
		h.params.MemoryKiB, h.params.Time, h.params.Threads,
		base64.RawStdEncoding.EncodeToString(h.salt),
		base64.RawStdEncoding.EncodeToString(h.key))
}

func (h storedHash) validate() error {
	if len(h.salt) < minSaltBytes || len(h.salt) > maxSaltBytes {
		return errMalformedHash
	}
	if len(h.key) < minKeyBytes || len(h.key) > maxKeyBytes {
		return errMalformedHash
	}
	return h.params.validate()
}

// weakerThan reports whether the hash is weaker than a new one in memory, passes,
// or the length of salt or key. Threads do not count.
func (h storedHash) weakerThan(params Params) bool {
	return h.params.MemoryKiB < params.MemoryKiB ||
		h.params.Time < params.Time ||
		len(h.salt) < saltBytes ||
		len(h.key) < keyBytes
}
