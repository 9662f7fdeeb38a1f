package frame

// Debug is true with NVCODEC_DEBUG=1 in the environment: owners of frames then use no
// Frame for a second picture, so that every use after its release is noticed.
func Debug() bool { return debug }
