package mail

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/smtp"
	"net/textproto"
	"time"

	"github.com/dxauth/dxauth/pkg/secret"
)

// SMTP delivers messages to a mail server.
type SMTP struct {
	Host     string
	Port     string
	Implicit bool           // TLS from the first byte, instead of by STARTTLS (RFC 8314, section 3)
	Roots    *x509.CertPool // that sign its certificate; nil: those of the system
	User     string         // empty: no sign-in
	Password secret.Text
	From     string        // the address that the messages are from
	Timeout  time.Duration // of a whole delivery; 0: one minute
	EndTime  time.Duration // of a delivery after the server was told to stop; 0: five seconds
}

const (
	sessionTime = time.Minute // less than outbox.Lease
	dialTime    = 10 * time.Second
	endTime     = 5 * time.Second // less than requests in progress have
)

// maxReplies is how many bytes of a mail server are read in a delivery.
const maxReplies = 1 << 20

// Deliver implements Deliverer, with a connection for each message.
func (s SMTP) Deliver(ctx context.Context, message Message) error {
	if err := CheckAddress(message.Letter.To); err != nil {
		return fmt.Errorf("%w: its address is not valid", ErrRefused)
	}
	dialer := net.Dialer{Timeout: dialTime}
	conn, err := dialer.DialContext(ctx, "tcp", net.JoinHostPort(s.Host, s.Port))
	if err != nil {
		return fmt.Errorf("connect to the mail server: %w", err)
	}
	defer conn.Close()
	end := time.Now().Add(cmp.Or(s.Timeout, sessionTime))
	if err := conn.SetDeadline(end); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(earlier(end, time.Now().Add(cmp.Or(s.EndTime, endTime)))) })
	defer stop()
	client, err := s.open(&boundedConn{Conn: conn, left: maxReplies})
	if err != nil {
		return err
	}
	defer client.Close()
	if err := s.deliver(client, message); err != nil {
		return err
	}
	_ = client.Quit() // the message was taken
	return nil
}

func earlier(a, b time.Time) time.Time {
	if a.Before(b) {
		return a
	}
	return b
}

// open greets the mail server, and signs in. It sends nothing off this machine before
// the connection is under TLS.
func (s SMTP) open(conn net.Conn) (*smtp.Client, error) {
	config := &tls.Config{ServerName: s.Host, RootCAs: s.Roots, MinVersion: tls.VersionTLS12}
	isLocal := isLoopback(conn.RemoteAddr())
	if s.Implicit {
		conn = tls.Client(conn, config)
	}
	client, err := smtp.NewClient(conn, s.Host)
	if err != nil {
		return nil, failed("greet the mail server", err)
	}
	if err := client.Hello(domainOf(s.From)); err != nil {
		return nil, failed("greet the mail server", err)
	}
	if !s.Implicit && (!isLocal || s.Roots != nil) {
		if offered, _ := client.Extension("STARTTLS"); !offered {
			return nil, errors.New("the mail server offers no STARTTLS: use one that does, or smtps://")
		}
		if err := client.StartTLS(config); err != nil {
			return nil, failed("start TLS with the mail server", err)
		}
	}
	if s.User == "" {
		return client, nil
	}
	if err := client.Auth(plainAuth{s.User, s.Password}); err != nil {
		return nil, failed("sign in to the mail server", err)
	}
	return client, nil
}

func isLoopback(address net.Addr) bool {
	tcp, isTCP := address.(*net.TCPAddr)
	return isTCP && tcp.IP.IsLoopback()
}

// deliver hands a message over. Only a refusal of its recipient or of its text is one of
// the message; any other may be mended.
func (s SMTP) deliver(client *smtp.Client, message Message) error {
	if takesUnicode, _ := client.Extension("SMTPUTF8"); !takesUnicode && !isASCII(message.Letter.To) {
		return fmt.Errorf("%w: it takes addresses in ASCII only", ErrRefused)
	}
	if err := client.Mail(s.From); err != nil {
		return failed("name the sender to the mail server", err)
	}
	if err := client.Rcpt(message.Letter.To); err != nil {
		return ofMessage("name the recipient to the mail server", err)
	}
	body, err := client.Data()
	if err != nil {
		return failed("send the message", err)
	}
	if err := message.write(body, s.From); err != nil {
		return failed("send the message", err)
	}
	if err := body.Close(); err != nil {
		return ofMessage("send the message", err)
	}
	return nil
}

// failed returns an error without the text of the mail server, which may repeat what it
// was sent.
func failed(step string, err error) error {
	if reply, ok := errors.AsType[*textproto.Error](err); ok {
		return fmt.Errorf("%s: it replied %d", step, reply.Code)
	}
	if _, ok := errors.AsType[textproto.ProtocolError](err); ok {
		return fmt.Errorf("%s: it does not speak SMTP", step)
	}
	return fmt.Errorf("%s: %w", step, err)
}

// closing is the reply of a mail server that ends the connection (RFC 5321, section
// 4.2.3). It says nothing of the message.
const closing = 421

// ofMessage is failed for a reply to one message: with ErrRefused if it says to try no
// more, and with ErrDeferred if it says to try later (RFC 5321, section 4.2.1).
func ofMessage(step string, err error) error {
	reply, ok := errors.AsType[*textproto.Error](err)
	switch {
	case !ok || reply.Code == closing:
		return failed(step, err)
	case reply.Code >= 500:
		return fmt.Errorf("%w: %w", ErrRefused, failed(step, err))
	default:
		return fmt.Errorf("%w: %w", ErrDeferred, failed(step, err))
	}
}

// plainAuth is AUTH PLAIN (RFC 4616). The connection is under TLS, or stays on this
// machine.
type plainAuth struct {
	user     string
	password secret.Text
}

// Start implements smtp.Auth.
func (a plainAuth) Start(*smtp.ServerInfo) (string, []byte, error) {
	return "PLAIN", []byte("\x00" + a.user + "\x00" + a.password.Reveal()), nil
}

// Next implements smtp.Auth.
func (a plainAuth) Next(_ []byte, more bool) ([]byte, error) {
	if more {
		return nil, errors.New("the mail server asked for more than a user name and a password")
	}
	return nil, nil
}

// boundedConn ends after so many bytes were read.
type boundedConn struct {
	net.Conn
	left int
}

func (c *boundedConn) Read(into []byte) (int, error) {
	if c.left <= 0 {
		return 0, fmt.Errorf("the mail server replied more than %d bytes: %w", maxReplies, io.ErrUnexpectedEOF)
	}
	n, err := c.Conn.Read(into[:min(len(into), c.left)])
	c.left -= n
	return n, err
}
