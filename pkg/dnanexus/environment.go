package dnanexus

// IsContextVariable reports whether dx reads from the environment variable of
// this name whom it acts as, on which server or in which project. A program
// that gives a child another credential drops them all, or the child would mix
// the two.
func IsContextVariable(name string) bool {
	switch name {
	case "DX_SECURITY_CONTEXT", "DX_API_TOKEN", "DX_AUTH_TOKEN", "DX_USERNAME",
		"DX_APISERVER_PROTOCOL", "DX_APISERVER_HOST", "DX_APISERVER_PORT",
		"DX_AUTHSERVER_HOST", "DX_AUTHSERVER_PORT",
		"DX_PROJECT_CONTEXT_ID", "DX_PROJECT_CONTEXT_NAME", "DX_CLI_WD":
		return true
	default:
		return false
	}
}
