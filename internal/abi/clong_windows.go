package abi

// CLong is C's unsigned long: 32 bits on Windows, 64 elsewhere.
type CLong = uint32
