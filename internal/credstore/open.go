package credstore

import (
	"context"
	"fmt"
	"slices"
)

// Config says which store to use and what it needs.
type Config struct {
	// Want is Auto or the name of a store.
	Want string
	// Known is the store that the account had before, or "". Auto does not choose
	// a weaker one.
	Known string
	// FilesOnly leaves only the stores in Dir: a sandbox must not touch what belongs
	// to the user's other programs.
	FilesOnly bool
	// Dir is the directory of the files, made 0700 when it is needed.
	Dir string
	// CanUnlock says that a user can answer a keyring's prompt. Without it, no
	// store prompts.
	CanUnlock bool
	// Unlocking is called before the user is asked to unlock a store, which may
	// take a while; may be nil.
	Unlocking func(store string)
	// Passphrase returns the passphrase of the age file; nil if there is no way to
	// get one. If several stores share it, make it with Once.
	Passphrase Passphrase
}

// Open chooses a store for a new item, as Choose does, and unlocks it if necessary and
// allowed. The returned store was usable a moment ago, and has its passphrase if it
// needs one. Stores after the chosen one are not probed. The reason is one sentence for
// the user; the errors are those of Choose.
func Open(ctx context.Context, cfg Config) (Store, string, error) {
	if err := CheckName(cfg.Want); err != nil {
		return nil, "", err
	}
	var stores []Store
	for _, name := range wanted(cfg.Want, cfg.Known) {
		store, err := ByName(name, cfg)
		if err != nil {
			return nil, "", err
		}
		stores = append(stores, store)
	}
	return open(ctx, cfg, stores)
}

// ByName returns a store without probing it, for an account that already has
// one. Unknown names are errors that list the known ones.
func ByName(name string, cfg Config) (Store, error) {
	if cfg.FilesOnly && (name == KeyringName || name == KernelName || isHelper(name)) {
		return closed{name}, nil
	}
	switch name {
	case KeyringName:
		return newKeyring(cfg.CanUnlock), nil
	case KernelName:
		return newKernelKeyring(), nil
	case AgeName:
		return newAgeFile(cfg.Dir, cfg.Passphrase), nil
	case PlaintextName:
		return newPlainFile(cfg.Dir), nil
	}
	if isHelper(name) {
		return newHelper(name)
	}
	return nil, unknownStore(name, names())
}

func open(ctx context.Context, cfg Config, stores []Store) (Store, string, error) {
	probes := probe(ctx, stores, cfg.CanUnlock)
	if err := ctx.Err(); err != nil {
		return nil, "", err
	}
	name, reason, err := Choose(cfg.Want, cfg.Known, probes, cfg.CanUnlock)
	if err != nil {
		return nil, "", err
	}
	i := slices.IndexFunc(stores, func(s Store) bool { return s.Name() == name })
	if probes[i].Outcome == Locked {
		if cfg.Unlocking != nil {
			cfg.Unlocking(name)
		}
		if err := unlock(ctx, stores[i]); err != nil {
			return nil, "", err
		}
		reason += " (unlocked now)"
	}
	if store, ok := stores[i].(asker); ok {
		if err := store.ask(ctx); err != nil {
			return nil, "", err
		}
	}
	return stores[i], reason, nil
}

// probe probes the stores in order, up to the one that ends the choice.
func probe(ctx context.Context, stores []Store, canUnlock bool) []Probe {
	var probes []Probe
	for _, store := range stores {
		p := store.Probe(ctx)
		probes = append(probes, p)
		if usable(p, canUnlock) || !fallsThrough(p) {
			break
		}
	}
	return probes
}

// unlocker is a store that can prompt the user to unlock it.
type unlocker interface {
	// unlock prompts, and returns the state of the store afterwards.
	unlock(ctx context.Context) Probe
}

// asker is a store that needs something from the user, such as a passphrase.
type asker interface {
	// ask prompts for it and checks it.
	ask(ctx context.Context) error
}

func unlock(ctx context.Context, store Store) error {
	locked, ok := store.(unlocker)
	if !ok {
		return fmt.Errorf("the credential store %s is locked and can't be asked to unlock", store.Name())
	}
	p := locked.unlock(ctx)
	if err := ctx.Err(); err != nil {
		return err
	}
	if p.Outcome != Ready {
		return unavailable(p)
	}
	return nil
}
