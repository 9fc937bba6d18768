module github.com/dxauth/dxauth/internal/interop/jsonschema

go 1.27.0

toolchain go1.27.3

require (
	github.com/dxauth/dxauth v0.0.0
	github.com/santhosh-tekuri/jsonschema/v6 v6.0.2
)

require golang.org/x/text v0.44.0 // indirect

replace github.com/dxauth/dxauth => ../../..
