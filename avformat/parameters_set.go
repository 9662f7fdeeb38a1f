package avformat

import (
	"fmt"
	"runtime"
)

// inputPadding is what readers of extradata may look at beyond its end.
// Source: AV_INPUT_BUFFER_PADDING_SIZE, defs.h.
const inputPadding = 64

// write runs f on the C struct, or reports that there is none.
func (c *CodecParameters) write(fn string, f func(p uintptr, o *codecParametersOffsets) error) error {
	if c == nil || c.p == 0 {
		return closedError(fn)
	}
	defer runtime.KeepAlive(c)
	return f(c.p, &ff.off.codecParameters)
}

// SetVideo makes the parameters those of a video stream of the codec of that name.
// The error matches errors.ErrUnsupported when the loaded FFmpeg does not know it.
func (c *CodecParameters) SetVideo(codec string) error {
	return c.write("SetVideo", func(p uintptr, o *codecParametersOffsets) error {
		id, ok := codecID(codec)
		if !ok {
			return &Error{Func: "avcodec_descriptor_get_by_name", Code: ErrDecoderNotFound,
				Detail: fmt.Sprintf("FFmpeg %s knows no codec %q", ff.version.Release, codec)}
		}
		setInt32(p, o.codecType, int32(MediaVideo))
		setInt32(p, o.codecId, int32(id))
		return nil
	})
}

// SetAttachment makes parameters of a picture's or font's codec those of a file that a
// container carries beside its streams; Matroska wants the metadata filename for it.
func (c *CodecParameters) SetAttachment(file []byte) error {
	err := c.write("SetAttachment", func(p uintptr, o *codecParametersOffsets) error {
		setInt32(p, o.codecType, int32(MediaAttachment))
		setInt32(p, o.codecTag, 0)
		return nil
	})
	if err != nil {
		return err
	}
	return c.SetExtradata(file)
}

// SetTag sets the container's code for the codec; 0 lets a muxer choose.
func (c *CodecParameters) SetTag(tag uint32) error {
	return c.write("SetTag", func(p uintptr, o *codecParametersOffsets) error {
		setInt32(p, o.codecTag, int32(tag))
		return nil
	})
}

// SetExtradata sets the codec's out-of-band headers to a copy of b.
func (c *CodecParameters) SetExtradata(b []byte) error {
	return c.write("SetExtradata", func(p uintptr, o *codecParametersOffsets) error {
		if len(b) > 1<<28 {
			return &Error{Func: "SetExtradata", Code: ErrInvalid, Detail: fmt.Sprintf("%d bytes of extradata", len(b))}
		}
		var buf uintptr
		if len(b) > 0 {
			if buf = call1(ff.fn.avMallocz, uintptr(len(b)+inputPadding)); buf == 0 {
				return noMemory("av_mallocz")
			}
			copy(view(buf, len(b)), b)
		}
		if old := getPtr(p, o.extradata); old != 0 {
			call1(ff.fn.avFree, old)
		}
		setPtr(p, o.extradata, buf)
		setInt32(p, o.extradataSize, int32(len(b)))
		return nil
	})
}

// SetSize sets the picture's size in pixels, after cropping.
func (c *CodecParameters) SetSize(width, height int) error {
	return c.write("SetSize", func(p uintptr, o *codecParametersOffsets) error {
		setInt32(p, o.width, int32(width))
		setInt32(p, o.height, int32(height))
		return nil
	})
}

// SetFormat sets the pixel format by name; "" unsets it.
func (c *CodecParameters) SetFormat(name string) error {
	return c.write("SetFormat", func(p uintptr, o *codecParametersOffsets) error {
		f := -1
		if name != "" {
			var err error
			if f, err = pixelFormat(name); err != nil {
				return err
			}
		}
		setInt32(p, o.format, int32(f))
		return nil
	})
}

// SetProfile sets profile and level numbers; -99 is unknown.
func (c *CodecParameters) SetProfile(profile, level int) error {
	return c.write("SetProfile", func(p uintptr, o *codecParametersOffsets) error {
		setInt32(p, o.profile, int32(profile))
		setInt32(p, o.level, int32(level))
		return nil
	})
}

// SetSampleAspectRatio sets the shape of a pixel.
func (c *CodecParameters) SetSampleAspectRatio(r Rational) error {
	return c.write("SetSampleAspectRatio", func(p uintptr, o *codecParametersOffsets) error {
		setRational(p, o.sampleAspectRatio, r)
		return nil
	})
}

// SetColor sets the meaning of the pixel values.
func (c *CodecParameters) SetColor(v Color) error {
	return c.write("SetColor", func(p uintptr, o *codecParametersOffsets) error {
		setInt32(p, o.colorRange, int32(v.Range))
		setInt32(p, o.colorPrimaries, int32(v.Primaries))
		setInt32(p, o.colorTrc, int32(v.Transfer))
		setInt32(p, o.colorSpace, int32(v.Matrix))
		setInt32(p, o.chromaLocation, int32(v.ChromaLocation))
		return nil
	})
}

// SetVideoDelay sets by how many pictures the stream reorders.
func (c *CodecParameters) SetVideoDelay(n int) error {
	return c.write("SetVideoDelay", func(p uintptr, o *codecParametersOffsets) error {
		setInt32(p, o.videoDelay, int32(n))
		return nil
	})
}
