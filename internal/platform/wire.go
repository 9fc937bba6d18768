package platform

import (
	"encoding/json"
	"time"

	"github.com/dxauth/dxauth/pkg/secret"
)

// This file has what the adapters share to read the answers of the clients.

// cursorOf makes nil of the null at the end.
func cursorOf(next json.RawMessage) json.RawMessage {
	if string(next) == "null" {
		return nil
	}
	return next
}

// timeOfMillis makes the zero time of what a platform does not tell.
func timeOfMillis(ms int64) time.Time {
	if ms <= 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

func texts(onWire []secret.Wire) []secret.Text {
	list := make([]secret.Text, 0, len(onWire))
	for _, one := range onWire {
		list = append(list, one.Text())
	}
	return list
}
