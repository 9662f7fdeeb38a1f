// Package nvenc binds NVIDIA's video encoder, NVENC, one C function to one method.
//
// It adds types, errors, safety and one thing more: a driver accepts only the
// structs of the API versions that it knows, and the versions differ. The structs
// here are those of the newest version. A Session talks the newest version that
// driver and package have in common, and each call writes the structs as that
// version has them. A field that it has not must be zero, else the call is refused
// with an error that matches errors.ErrUnsupported and names field and version.
//
// The library is found at run time, on first use. The environment variable
// NVCODEC_NVENC_API ("12.1") makes all sessions talk that version.
//
// Source: nvEncodeAPI.h of the Video Codec SDKs 11.1, 12.0, 12.1, 12.2, 13.0 and
// 13.1. Left out is what is for Direct3D 12 and OpenGL alone.
package nvenc

//go:generate go run ../internal/layout/gen
