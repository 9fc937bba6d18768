// Package browser tests the pages of the server in Chromium.
//
// The tests promise that a user can go through the pages with a mouse and a keyboard, with
// scripts and without; that another program reads the QR code from a picture of the page,
// and another one computes the codes; that what is made on a page works in the command;
// and that axe-core finds no violation on any page that they see.
//
// They test the program itself, built from the root of the repository. The client and
// its dependencies are those of the module internal/interop alone. With DXAUTH_SCREENSHOTS they write pictures into that folder.
package browser

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/dxauth/dxauth/internal/testprogram"
)

// program is the path of the dxauth under test, chromium a browser for all tests, and axe
// the source of axe-core, set by TestMain.
var (
	program  string
	chromium context.Context
	axe      string
)

// TestMain starts Chromium, reads axe-core, builds the program, and runs the tests.
func TestMain(m *testing.M) { os.Exit(prepareAndRun(m)) }

func prepareAndRun(m *testing.M) int {
	source, err := os.ReadFile("node_modules/axe-core/axe.min.js")
	if err != nil {
		fmt.Fprintln(os.Stderr, "axe-core is missing: run npm ci --ignore-scripts in internal/interop/browser:", err)
		return 1
	}
	axe = string(source)
	stop, err := startChromium()
	if err != nil {
		fmt.Fprintln(os.Stderr, "start Chromium:", err)
		return 1
	}
	defer stop()
	return testprogram.Run(m, &program)
}

// startChromium sets chromium. Starting one takes longer than most tests.
func startChromium() (stop func(), err error) {
	path, err := testprogram.Chromium()
	if err != nil {
		return nil, err
	}
	flags := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.ExecPath(path), chromedp.WSURLReadTimeout(patience),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
	)
	allocator, stop := chromedp.NewExecAllocator(context.Background(), flags...)
	chromium, _ = chromedp.NewContext(allocator) // ends with the allocator
	if err := chromedp.Do(chromium); err != nil {
		stop()
		return nil, err
	}
	return stop, nil
}
