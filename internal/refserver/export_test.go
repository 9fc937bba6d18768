package refserver

import "context"

// SweepOnce does what Serve does every minute.
func (s *Server) SweepOnce(ctx context.Context) error { return s.sweepOnce(ctx) }
