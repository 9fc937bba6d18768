//go:build !linux && !darwin && !windows

package credstore

import "errors"

// ownerOfListener fails: only Linux has abstract sockets.
func ownerOfListener(string) (int, error) { return 0, errors.ErrUnsupported }
