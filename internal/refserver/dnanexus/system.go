package dnanexus

import (
	wire "github.com/dxauth/dxauth/pkg/dnanexus"
)

func (f *Face) whoAmI(c call, in wire.WhoAmIRequest) (wire.WhoAmI, error) {
	answer := wire.WhoAmI{ID: c.caller.User.ID}
	if in.Fields["clientIp"] {
		answer.ClientIP = c.origin.Address.String()
	}
	return answer, nil
}

// greet has nothing to announce.
func (f *Face) greet(call, wire.GreetRequest) (wire.Greeting, error) {
	return wire.Greeting{Messages: []wire.GreetingMessage{}}, nil
}
