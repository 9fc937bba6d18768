package browser

import (
	"html/template"
	"strings"
	"sync"
)

// layoutData is what the layout shows.
type layoutData struct {
	Title, Name, User   string
	Initial             string // of the user
	Style, Script, Base string // paths
	Menu                []Link
	Content             template.HTML
}

// The marks stand in the layout for what differs from page to page: characters that
// Unicode gives no meaning. The links of a menu, which are ours, have none of them, and
// they are left out of the name of the server.
const (
	markTitle   = "\ue000"
	markUser    = "\ue001"
	markInitial = "\ue002"
	markContent = "\ue003"
	marks       = markTitle + markUser + markInitial + markContent
)

// frame is the layout for visitors with the same menu. The template costs more than most
// pages, so it is executed once for each menu, and a page is put into its marks.
type frame struct {
	parts []string // between the marks
	marks []string // that follow the parts, except the last one
}

// frames are those that pages were shown in, by menu. There are a few: a menu depends on
// what a visitor may do.
type frames struct {
	mu     sync.Mutex
	byMenu map[string]frame
}

// frameFor returns the frame for a visitor.
func (p *Pages) frameFor(v Visitor) frame {
	menu, signedIn := p.menu(v), v.IsSignedIn()
	key := menuKey(menu, signedIn)
	p.frames.mu.Lock()
	defer p.frames.mu.Unlock()
	f, found := p.frames.byMenu[key]
	if !found {
		f = p.newFrame(menu, signedIn)
		p.frames.byMenu[key] = f
	}
	return f
}

// menuKey returns a text that only equal menus have.
func menuKey(menu []Link, signedIn bool) string {
	if !signedIn {
		return ""
	}
	var key strings.Builder
	for _, link := range menu {
		key.WriteString(link.Text + "\x00" + link.Path + "\x00")
	}
	return key.String() + "\x00"
}

func (p *Pages) newFrame(menu []Link, signedIn bool) frame {
	data := layoutData{
		Title: markTitle, Name: withoutMarks(p.name), Menu: menu, Content: markContent,
		Style: p.assetPath(PathStyle), Script: p.assetPath(PathScript), Base: string(p.base),
	}
	if signedIn {
		data.User, data.Initial = markUser, markInitial
	}
	var text strings.Builder
	if err := p.layout.execute(&text, data); err != nil {
		panic(err) // the template does not fit its data: a fault of the program
	}
	return cut(text.String())
}

func withoutMarks(text string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(marks, r) {
			return -1
		}
		return r
	}, text)
}

// cut cuts a text at its marks.
func cut(text string) (f frame) {
	for {
		at := strings.IndexAny(text, marks)
		if at < 0 {
			f.parts = append(f.parts, text)
			return f
		}
		f.parts = append(f.parts, text[:at])
		f.marks = append(f.marks, text[at:at+len(markTitle)])
		text = text[at+len(markTitle):]
	}
}

// around returns a page with a content, which is markup.
func (f frame) around(page Page, content []byte) []byte {
	title, user := template.HTMLEscapeString(page.Title), template.HTMLEscapeString(page.Visitor.Caller.User.Handle)
	text := make([]byte, 0, len(content)+usualSize)
	for i, part := range f.parts[:len(f.marks)] {
		text = append(text, part...)
		switch f.marks[i] {
		case markTitle:
			text = append(text, title...)
		case markUser:
			text = append(text, user...)
		case markInitial:
			text = append(text, user[:1]...) // names of users are ASCII letters and digits
		case markContent:
			text = append(text, content...)
		}
	}
	return append(text, f.parts[len(f.marks)]...)
}
