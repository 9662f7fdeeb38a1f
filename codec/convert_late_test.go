package codec

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/cuda"
	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// A consumer that is late, in a stream of its own, sees its own frame, though the decoder
// goes on and uses the memory again. The simulator watches the order of the streams.
func TestLateConsumerOfConvertedFrames(t *testing.T) {
	testutils.Driver(t)
	testutils.FFmpeg(t)
	t.Cleanup(TrimCache)
	const n = 40
	want, _ := decodedPictures(t, "demo.mp4", n, &DecoderConfig{DeviceConfig: DeviceConfig{Device: CPU}, Output: frame.RGB24})
	dem := openClip(t, "demo.mp4")
	dec, err := NewDecoder(dem.Stream(), &DecoderConfig{DeviceConfig: DeviceConfig{Device: GPU(0)}, Output: frame.RGB24})
	require.NoError(t, err)
	defer dec.Close()
	ctx, err := cuda.Primary(0)
	require.NoError(t, err)
	defer ctx.Close()
	late, err := ctx.NewStream(cuda.StreamNonBlocking)
	require.NoError(t, err)
	defer late.Close()
	size := len(want[0])
	copies, err := ctx.Alloc(n * size)
	require.NoError(t, err)
	defer ctx.Free(copies)
	const junkSize = 8 << 20
	junk, err := ctx.Alloc(junkSize)
	require.NoError(t, err)
	defer ctx.Free(junk)
	i, memory := 0, map[cuda.DevicePtr]bool{}
	for f, err := range dec.Frames(dem.Packets()) {
		require.NoError(t, err)
		p := &f.Planes[0]
		memory[p.Ptr] = true
		for range 4 {
			require.NoError(t, late.Memset(junk, byte(i), junkSize))
		}
		require.NoError(t, f.Wait(late))
		require.NoError(t, late.Copy2D(&cuda.Copy2D{Src: p.Ptr, SrcPitch: p.Pitch, Dst: copies + cuda.DevicePtr(i*size), DstPitch: 3 * f.Width,
			WidthBytes: 3 * f.Width, Height: f.Height}))
		f.ReleaseOn(late)
		if i++; i == n {
			break
		}
	}
	require.Equal(t, n, i)
	require.Less(t, len(memory), n/2, "no memory was used again")
	require.NoError(t, late.Synchronize())
	got := make([]byte, size)
	for i := range n {
		require.NoError(t, ctx.CopyDtoH(got, copies+cuda.DevicePtr(i*size)))
		require.Equal(t, want[i], got, "frame %d", i)
	}
}
