module github.com/dxauth/dxauth/internal/interop/oauth

go 1.27.0

toolchain go1.27.3

require (
	github.com/dxauth/dxauth v0.0.0
	golang.org/x/oauth2 v0.37.0
)

replace github.com/dxauth/dxauth => ../../..
