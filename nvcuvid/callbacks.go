package nvcuvid

import (
	"sync"

	"github.com/go-nvcodec/nvcodec/internal/abi"
)

// entries are the C addresses that every parser is given: one for each callback
// type in the process, since they are few and never freed. The user pointer says
// which parser is meant.
type entries struct{ sequence, decode, display, operatingPoint, sei uintptr }

var callbacks = sync.OnceValue(func() entries {
	return entries{
		sequence: entry(0, func(s *Parser, c *abi.Callback) int32 {
			return s.handler.Sequence((*VideoFormat)(c.Ptr(1)))
		}),
		decode: entry(0, func(s *Parser, c *abi.Callback) int32 {
			return s.handler.Decode((*PicParams)(c.Ptr(1)))
		}),
		display: entry(0, func(s *Parser, c *abi.Callback) int32 {
			return s.handler.Display((*ParserDispInfo)(c.Ptr(1)))
		}),
		operatingPoint: entry(-1, func(s *Parser, c *abi.Callback) int32 {
			return s.handler.OperatingPoint((*OperatingPointInfo)(c.Ptr(1)))
		}),
		sei: entry(0, func(s *Parser, c *abi.Callback) int32 {
			return s.handler.SEI((*SEIMessageInfo)(c.Ptr(1)))
		}),
	}
})

// entry makes the C address of int f(void *user, T *info).
func entry(fail int64, f func(*Parser, *abi.Callback) int32) uintptr {
	return abi.NewCallback(abi.Handler{
		Args: 2,
		Fail: fail,
		Call: func(c *abi.Callback) {
			s := parsers.Get(c.Handle(0))
			// After a panic the session's state is anybody's guess.
			if s == nil || s.panic != nil {
				c.Return(fail)
				return
			}
			c.Return(int64(f(s, c)))
		},
		Panic: func(c *abi.Callback, v any) {
			if s := parsers.Get(c.Handle(0)); s != nil {
				s.panicked(v)
			}
		},
	})
}
