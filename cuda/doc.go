// Package cuda binds the part of the CUDA driver API that video work needs:
// devices, contexts, streams, events, memory, copies and kernel launches.
//
// The driver is found at run time, on first use; nothing has to be installed to
// build or to start a program. Load reports what is missing and what to do.
//
// Most driver calls need a current context, and a context is current on an OS
// thread, not on a goroutine. Every method here that needs one makes it current
// for the length of the call (Context.Enter and Exit), so that callers need not
// care; a caller that makes many calls in a row brackets them once, which makes
// the inner ones cheap.
//
// Contexts, streams, events and modules may be used by several goroutines at a
// time unless a method says otherwise. Close may be called twice, on nil, and from
// another goroutine; a driver object ends when the last call inside it returns.
//
// Source: cuda.h of CUDA 12.6 and 13.0.
package cuda

//go:generate go run ../internal/layout/gen
