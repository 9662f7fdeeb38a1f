// Package frame holds decoded pictures and what describes them: pixel formats,
// colour, exact time, side information, and the memory that pixels lie in.
//
// A Frame lies in host or device memory. Its samples are in exported planes, like
// those of image.YCbCr. Frames that a decoder or a pool hands out are counted:
// whoever gets one calls Release, or ReleaseOn if a CUDA stream may still be reading
// it. Frames made from memory of the caller (FromHost, FromDevice) need no Release.
//
// Nothing in this package needs a GPU but frames in device memory and page-locked
// host memory.
package frame
