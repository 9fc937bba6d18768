package grant

import (
	"slices"
	"testing"
)

// No network can take more than a quarter of the places.
func TestPlacesOfANetwork(t *testing.T) {
	for _, rule := range slices.Concat(networksOfIPv4, networksOfIPv6) {
		if most := rule.Free + int(DeviceLifetime/rule.Interval); most > MaxDevices/4 {
			t.Errorf("a network with %d bits can have %d devices", rule.Bits, most)
		}
	}
}
