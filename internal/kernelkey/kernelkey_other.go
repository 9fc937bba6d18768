//go:build !linux

package kernelkey

import "time"

// Check returns ErrNone: other kernels have no such keys, and neither has any call here.
func Check(string) error { return ErrNone }

// Add returns ErrNone.
func Add(Key) error { return ErrNone }

// Read returns ErrNone.
func Read(string, int) ([]byte, error) { return nil, ErrNone }

// Limit returns ErrNone.
func Limit(string, time.Duration) error { return ErrNone }

// Remove returns ErrNone.
func Remove(string) error { return ErrNone }
