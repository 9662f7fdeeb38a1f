// Package bitstream reads the syntax of coded video: NAL units and OBUs, parameter
// sets, sequence, picture, slice and frame headers, and the records that containers
// keep beside the packets. It is the only place of the library that knows them.
//
// [Tracker] answers what decoders and indexes ask of a packet (what does it show,
// can decoding begin here, does the size change) for every codec in one form; below
// it each codec has its types, named as its specification names them.
//
// All input is untrusted: no function panics, loops without bound or makes memory of
// a size that the data claims. What is called once a packet does not allocate; its
// state lives in values of the caller.
package bitstream
