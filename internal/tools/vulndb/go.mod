// The vulnerability database that govulncheck reads: a module of data, which no
// package imports, so go mod tidy would drop it from the tools' own file.
module github.com/dxauth/dxauth/internal/tools/vulndb

go 1.27.0

toolchain go1.27.3

require golang.org/x/vulndb v0.0.0-20261105234957-e22db6528018
