package privatefile

import (
	"fmt"
	"strings"

	"github.com/dxauth/dxauth/pkg/secret"
)

// ReadSecret returns the only line of a file that [ReadMounted] reads.
func ReadSecret(name string, limit int64) (secret.Text, error) {
	content, err := ReadMounted(name, limit)
	if err != nil {
		return secret.Text{}, err
	}
	defer clear(content)
	text := strings.TrimRight(string(content), "\r\n")
	if text == "" || strings.ContainsAny(text, "\r\n\x00") {
		return secret.Text{}, fmt.Errorf("%s must have one line", name)
	}
	return secret.New(text), nil
}
