package httpcall

import "net/http"

// TransportOf returns the transport of an http.Client of this package.
func TransportOf(client *http.Client) *http.Transport {
	return client.Transport.(*connectLimit).Transport
}
