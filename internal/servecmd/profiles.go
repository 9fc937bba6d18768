package servecmd

import (
	"fmt"
	"io"
	"net/http"
	"runtime/pprof"
	"runtime/trace"
	"strconv"
	"time"

	"github.com/dxauth/dxauth/internal/refserver/httpkit"
)

// profiles serves what go tool pprof and go tool trace ask for. No other site can make a
// browser read it. Package net/http/pprof does the same, but puts it into every start of
// this program, too.
func profiles() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /debug/pprof/{$}", listProfiles)
	mux.HandleFunc("GET /debug/pprof/{name}", writeProfile)
	mux.HandleFunc("GET /debug/pprof/profile", func(w http.ResponseWriter, r *http.Request) {
		record(w, r, 30, pprof.StartCPUProfile, pprof.StopCPUProfile)
	})
	mux.HandleFunc("GET /debug/pprof/trace", func(w http.ResponseWriter, r *http.Request) {
		record(w, r, 1, trace.Start, trace.Stop)
	})
	return httpkit.AllowHost(mux, nil)
}

// listProfiles prints what can be asked for, one name a line, with the number of its entries.
func listProfiles(w http.ResponseWriter, _ *http.Request) {
	for _, profile := range pprof.Profiles() {
		fmt.Fprintf(w, "%s %d\n", profile.Name(), profile.Count())
	}
	fmt.Fprint(w, "profile?seconds=30\ntrace?seconds=1\n")
}

// writeProfile writes a profile of what is now, as text with ?debug=1.
func writeProfile(w http.ResponseWriter, r *http.Request) {
	profile := pprof.Lookup(r.PathValue("name"))
	if profile == nil {
		http.Error(w, "no such profile: /debug/pprof/ lists them", http.StatusNotFound)
		return
	}
	asText, _ := strconv.Atoi(r.FormValue("debug")) // anything else is 0
	if asText == 0 {
		w.Header().Set("Content-Type", "application/octet-stream")
	}
	_ = profile.WriteTo(w, asText) // fails only if the client is gone
}

// record records for the seconds that the request names, or until its client is gone.
func record(w http.ResponseWriter, r *http.Request, usual int, start func(io.Writer) error, stop func()) {
	seconds, err := strconv.Atoi(r.FormValue("seconds"))
	if err != nil || seconds <= 0 {
		seconds = usual
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	if err := start(w); err != nil { // nothing was written
		http.Error(w, err.Error(), http.StatusConflict)
		return
	}
	defer stop()
	select {
	case <-time.After(time.Duration(seconds) * time.Second):
	case <-r.Context().Done():
	}
}
