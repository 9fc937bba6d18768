// Package process tells processes apart, even after a number was given to another
// process, the machine was started again, or a file was seen by another machine.
//
// It promises that [ID.State] returns Ended only for a process that has certainly
// ended. A process of another machine or container is Unknown.
package process

import (
	"errors"
	"io/fs"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// ID identifies a process.
type ID struct {
	PID     int
	Host    string // name of the machine
	started string // start time; "" if it is not known, as the rest
	boot    string // of the machine
	space   string // set of processes in which PID is a number
}

// Self returns the ID of this process.
func Self() ID {
	host, _ := os.Hostname() // without a name it is "", as that of its other processes
	_, started, _ := LookUp(os.Getpid())
	return ID{PID: os.Getpid(), Host: cut(host), started: started, boot: boot(), space: space()}
}

// cut bounds a name: it becomes part of the name of a file.
func cut(name string) string {
	const most = 32
	return name[:min(most, len(name))]
}

// State is what is known about a process.
type State int

// The states.
const (
	Unknown State = iota // it can't be looked up from here
	Running
	Ended
)

// State returns the state of a process that was running at a time in the past.
func (id ID) State(then, now time.Time) State {
	self := Self()
	switch {
	case id.Host != self.Host:
		return Unknown
	case id.boot != self.boot && then.Before(booted(now)):
		return Ended
	case id.boot != self.boot, id.space != self.space:
		return Unknown
	}
	_, started, err := LookUp(id.PID)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return Ended
	case err != nil:
		return Unknown
	case started != id.started:
		return Ended
	default:
		return Running
	}
}

const separator = ","

// String returns a text for [Parse] that can be part of the name of a file.
func (id ID) String() string {
	fields := []string{strconv.Itoa(id.PID), id.started, id.boot, id.space, id.Host}
	for i := range fields {
		fields[i] = url.QueryEscape(fields[i])
	}
	return strings.Join(fields, separator)
}

// Parse reads the text of an ID, and reports whether it is one.
func Parse(text string) (ID, bool) {
	fields := strings.Split(text, separator)
	if len(fields) != 5 {
		return ID{}, false
	}
	for i := range fields {
		field, err := url.QueryUnescape(fields[i])
		if err != nil {
			return ID{}, false
		}
		fields[i] = field
	}
	pid, err := strconv.Atoi(fields[0])
	return ID{PID: pid, started: fields[1], boot: fields[2], space: fields[3], Host: fields[4]}, err == nil && pid > 0
}
