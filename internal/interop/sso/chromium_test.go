package sso

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/dxauth/dxauth/internal/testprogram"
)

// window is a window of Chromium.
type window struct {
	*testing.T
	context.Context
}

// patience is how long a page may take.
const patience = time.Minute

func openChromium(t *testing.T) window {
	t.Helper()
	path, err := testprogram.Chromium()
	if err != nil {
		t.Fatal(err)
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()), chromedp.ExecPath(path), chromedp.WSURLReadTimeout(patience),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-sync", true),
	)
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	tab, closeTab := chromedp.NewContext(allocator)
	t.Cleanup(closeTab)
	if err := chromedp.Do(tab); err != nil {
		t.Fatal(err)
	}
	w := window{t, tab}
	w.do(chromedp.EmulateViewport(800, 600))
	return w
}

// do runs actions, and fails the test where one fails or takes too long.
func (w window) do(actions ...chromedp.Action[chromedp.Void]) {
	w.Helper()
	limited, cancel := context.WithTimeout(w.Context, patience)
	defer cancel()
	if err := chromedp.Do(limited, actions...); err != nil {
		text, _ := chromedp.Run(w.Context, chromedp.Text("body"))
		w.Fatalf("%v\n%s", err, text)
	}
}

// shoot writes a picture of the page into the folder that DXAUTH_TEST_PICTURES names, if
// it does.
func (w window) shoot(name string) {
	w.Helper()
	folder := os.Getenv("DXAUTH_TEST_PICTURES")
	if folder == "" {
		return
	}
	picture, err := chromedp.Run(w.Context, chromedp.CaptureScreenshot())
	if err == nil {
		err = os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o600)
	}
	if err != nil {
		w.Error(err)
	}
}

// A real browser takes every step: the rules of our pages about forms let it leave for
// the provider, its cookies come back with it, and what it must not keep is not there.
func TestChromium(t *testing.T) {
	address := freePort(t)
	issuer := zitadel(t, "chromium", "http://"+address)
	server := serve(t, address, alice, zitadelConfig(issuer, "chromium"))
	p, w := atZitadel(t, server), openChromium(t)

	const provider = `form[action="/sso/zitadel/start"] button`
	w.do(chromedp.Navigate(server+"/console/"), chromedp.WaitVisible(provider))
	w.shoot("sign-in")
	// The page before has fields of the same names.
	const theirs = `form:not([action^="/console/"]) input`
	w.do(chromedp.Click(provider), chromedp.WaitVisible(theirs+`[name="username"]`))
	w.do(chromedp.SendKeys(theirs+`[name="username"]`, p.Username), chromedp.SendKeys(theirs+`[name="password"]`, p.Password), chromedp.Submit(theirs+`[name="password"]`))
	w.do(chromedp.WaitVisible(`form[action="/sso/zitadel/continue"] button`))
	w.shoot("continue")
	if here, err := chromedp.Run(w.Context, chromedp.Location()); err != nil || here != server+"/sso/confirm/zitadel" {
		t.Errorf("the page is at %s, %v", here, err)
	}
	w.do(chromedp.Click(`form[action="/sso/zitadel/continue"] button`), chromedp.WaitVisible(`form[action="/sso/zitadel/link"] input[type="password"]`))
	w.shoot("link")
	w.do(chromedp.SendKeys(`form[action="/sso/zitadel/link"] input[type="password"]`, p.ServerPass), chromedp.Click(`form[action="/sso/zitadel/link"] button`))
	w.do(chromedp.WaitVisible(`form[action="/console/sign-out"]`, chromedp.AtLeast(0)), chromedp.WaitReady(`a[href="/console/tokens"]`))
	text, err := chromedp.Run(w.Context, chromedp.Text("main"))
	if err != nil || !strings.Contains(text, "You are signed in as alice") {
		t.Errorf("the last page says %q, %v", text, err)
	}
}
