//go:build !linux

package machine

// Now returns the zero Uptime.
func Now() Uptime { return Uptime{} }

// Here returns the zero Place.
func Here() Place { return Place{} }
