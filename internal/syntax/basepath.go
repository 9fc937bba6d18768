package syntax

import (
	"errors"
	"fmt"
	"strings"
)

// MaxBasePath is the greatest length of a base path in bytes.
const MaxBasePath = 200

// BasePath returns the normal form of the path below which a server is: without
// slashes at its end, and "" for the root. Its case counts. It accepts nothing that
// servers and proxies read in more than one way.
func BasePath(path string) (string, error) {
	path = strings.TrimRight(path, "/")
	switch {
	case path == "":
		return "", nil
	case path[0] != '/':
		return "", errors.New("begins with a slash")
	case len(path) > MaxBasePath:
		return "", fmt.Errorf("has at most %d characters", MaxBasePath)
	}
	for part := range strings.SplitSeq(path[1:], "/") {
		switch {
		case strings.Trim(part, handleChars+"-~") != "":
			return "", errors.New("has only letters, digits and the characters - . _ ~ between slashes")
		case part == "" || part == "." || part == "..":
			return "", errors.New("has no empty parts, no . and no .. between slashes")
		}
	}
	return path, nil
}

// CutPage cuts from a path what belongs to a page or to the API of MOLGENIS. Such an
// address is easily copied from a browser or a script in place of the server's.
func CutPage(path string) (base, page string, found bool) {
	for _, page := range []string{"/api/v1/login", "/login", "/api/v1", "/api/v2", "/api/graphql", "/api", "/menu/main"} {
		if base, found := strings.CutSuffix(path, page); found {
			return base, page, true
		}
	}
	return path, "", false
}
