package codec

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/frame"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// FuzzEncoderConfig: whatever the JSON form says, it is refused in words or it encodes:
// no panic, and no error of the driver that we could have named.
func FuzzEncoderConfig(f *testing.F) {
	for _, s := range []string{
		`{}`, `{"codec":"hevc","preset":"P7","tuning_info":"uhq","bf":3,"bref":"middle","lookahead":20}`,
		`{"codec":"h264","rc":"constqp","constqp":[20,24,18],"gop":30,"idrperiod":60,"slice":{"mode":3,"data":4}}`,
		`{"codec":"av1","tiles":[2,2],"bitrate":"2M","maxbitrate":"3M","rc":"vbr","multipass":"fullres"}`,
		`{"cq":20.5,"qmin":10,"qmax":[40,41,42],"initqp":20,"aq":8,"temporalaq":1}`,
		`{"profile":"baseline","level":"3.1","bf":0,"repeatspspps":1,"timingInfo::num_unit_in_ticks":1,"timingInfo::timescale":60}`,
		`{"codec":"hevc","profile":"main10","bitdepth":10,"intrarefresh":9,"gop":20,"bf":0}`,
		`{"weightedprediction":1,"bf":0,"numrefl0":4,"numrefl1":2,"ldkfs":3,"vbvbufsize":1000000,"vbvinit":500000}`,
		`{"color":{"Primaries":9,"Transfer":16,"Matrix":9,"Range":2},"sar":"4/3","fps":"30000/1001","timebase":"1/90000"}`,
		`{"gop":1,"bf":0}`, `{"gop":2,"bf":1}`, `{"max_res":[640,480]}`, `{"qpmap":"emphasis"}`, `{"tuning_info":"lossless"}`, `{"tuning_info":"lossless","rc":"cbr"}`,
		`{"bitrate":1,"rc":"cbr"}`, `{"maxbitrate":2147483647,"rc":"vbr","bitrate":2147483647}`, `{"slice::mode":1,"slice::data":200}`, `{"level":"1"}`,
	} {
		f.Add([]byte(s), uint8(0))
		f.Add([]byte(s), uint8(4))
	}
	dev := Device(-2)
	formats := EncodeFormats()
	f.Fuzz(func(t *testing.T, text []byte, n uint8) {
		var cfg EncoderConfig
		if json.Unmarshal(text, &cfg) != nil {
			return
		}
		again, err := json.Marshal(cfg)
		require.NoError(t, err)
		var same EncoderConfig
		require.NoError(t, json.Unmarshal(again, &same), "%s", again)
		if dev == -2 {
			testutils.FFmpeg(t)
			dev = withEncoder(t)
		}
		cfg.Device = dev
		format := formats[int(n)%len(formats)]
		if caps, err := EncodeCaps(dev, orH264(cfg.Codec)); err == nil {
			_ = cfg.Validate(caps)
		}
		enc, err := NewEncoder(256, 192, format, &cfg)
		if err != nil {
			require.True(t, isUserError(err), "%s: %v", text, err)
			return
		}
		defer enc.Close()
		size, _ := format.Size(256, 192)
		for range 2 {
			_, err := enc.EncodeBytes(make([]byte, size), nil)
			require.NoError(t, err, "%s", text)
		}
		_, err = enc.Drain()
		require.NoError(t, err, "%s", text)
		_ = frame.Unknown
	})
}

func orH264(id ID) ID {
	if id == "" {
		return H264
	}
	return id
}
