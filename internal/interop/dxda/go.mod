module github.com/dxauth/dxauth/internal/interop/dxda

go 1.27.0

toolchain go1.27.3

require (
	github.com/dnanexus/dxda v0.6.3
	github.com/dxauth/dxauth v0.0.0
)

require (
	github.com/klauspost/cpuid/v2 v2.2.9 // indirect
	github.com/mattn/go-sqlite3 v1.14.18 // indirect
	github.com/minio/crc64nvme v1.1.1 // indirect
	github.com/pbnjay/memory v0.0.0-20210728143218-7b4eea64cf58 // indirect
	golang.org/x/sys v0.50.0 // indirect
)

replace github.com/dxauth/dxauth => ../../..
