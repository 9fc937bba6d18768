module github.com/dxauth/dxauth/internal/interop/browser

go 1.27.0

toolchain go1.27.3

require (
	github.com/chromedp/cdproto v0.159.0
	github.com/chromedp/chromedp v0.23.0
	github.com/dxauth/dxauth v0.0.0
)

require github.com/go-json-experiment/json v0.0.0-20260213210345-44df1a37e875 // indirect

replace github.com/dxauth/dxauth => ../../..
