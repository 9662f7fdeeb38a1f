package main

import (
	"crypto/md5"
	"fmt"
	"hash"
	"io"
)

// checksums prints the MD5 of each frame, and at the end that of all bytes.
type checksums struct {
	w     io.Writer
	all   hash.Hash
	count int
}

func newChecksums(w io.Writer) *checksums { return &checksums{w: w, all: md5.New()} }

func (c *checksums) add(frame []byte) {
	fmt.Fprintf(c.w, "%x\n", md5.Sum(frame))
	c.all.Write(frame)
	c.count++
}

func (c *checksums) total() {
	fmt.Fprintf(c.w, "total MD5 %x frames %d\n", c.all.Sum(nil), c.count)
}
