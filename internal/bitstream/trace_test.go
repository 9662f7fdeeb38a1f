package bitstream_test

import (
	"bufio"
	"bytes"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/go-nvcodec/nvcodec/internal/bitstream"
	"github.com/go-nvcodec/nvcodec/internal/testutils"
)

// A section is a header as FFmpeg's trace_headers prints it: syntax elements by name.
// Elements that are not in the stream are missing.
type section struct {
	name   string
	fields map[string]int64
}

var (
	traceLine  = regexp.MustCompile(`^\[trace_headers @ 0x[0-9a-f]+\] (.*)$`)
	traceField = regexp.MustCompile(`^\d+ +(\S+) .*= (-?\d+)$`)
)

// trace returns the sections of the extradata (first) and of each packet.
func trace(t *testing.T, path string) (packets [][]section) {
	cmd := exec.Command(testutils.FFmpegProgram(t), "-nostdin", "-hide_banner", "-nostats", "-i", path,
		"-map", "0:v:0", "-c", "copy", "-copyinkf", "-bsf:v", "trace_headers", "-f", "null", "-")
	var out bytes.Buffer
	cmd.Stderr = &out
	require.NoError(t, cmd.Run(), out.String())
	packets = append(packets, nil)
	sc := bufio.NewScanner(&out)
	for sc.Scan() {
		m := traceLine.FindStringSubmatch(sc.Text())
		if m == nil {
			continue
		}
		last := &packets[len(packets)-1]
		if f := traceField.FindStringSubmatch(m[1]); f != nil {
			if len(*last) == 0 {
				continue
			}
			v, err := strconv.ParseInt(f[2], 10, 64)
			require.NoError(t, err)
			s := &(*last)[len(*last)-1]
			if _, ok := s.fields[f[1]]; !ok {
				s.fields[f[1]] = v
			}
			if f[1] == "memory_management_control_operation" && v == 5 {
				s.fields["MMCO5"] = 1
			}
			continue
		}
		switch {
		case strings.HasPrefix(m[1], "Packet: "):
			packets = append(packets, nil)
		case m[1] != "Extradata":
			*last = append(*last, section{m[1], map[string]int64{}})
		}
	}
	require.NoError(t, sc.Err())
	return packets
}

// tracer reads packets with this package's types and says what it found in words of
// the trace. Fields with a name that the trace does not have were inferred.
type tracer struct {
	codec bitstream.Codec
	names map[string]bool // sections to compare

	length int
	h264   bitstream.H264ParameterSets
	hevc   bitstream.HEVCParameterSets
	av1    bitstream.AV1References
	vp9    bitstream.VP9References
	out    []section
}

func (r *tracer) add(name string, fields map[string]int64) {
	r.out = append(r.out, section{name, fields})
}

func flag(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

func TestAgainstTrace(t *testing.T) {
	testutils.Short(t)
	dir, files := mediaFiles(t)
	testutils.FFmpegProgram(t)
	compared, elements := map[string]int{}, 0
	for _, f := range files {
		if f.Expect != "decodes" || strings.HasPrefix(f.Name, "broken-") {
			continue
		}
		s, err := readStream(t, filepath.Join(dir, f.Name))
		require.NoError(t, err)
		r := newTracer(s.codec)
		if r == nil || len(s.packets) > 700 || len(s.reload) > 0 {
			continue
		}
		t.Run(f.Name, func(t *testing.T) {
			want := trace(t, filepath.Join(dir, f.Name))
			if len(want) != len(s.packets)+1 {
				t.Fatalf("ffmpeg copies %d of %d packets", len(want)-1, len(s.packets))
			}
			r.extradata(t, s.extradata)
			for i, w := range want {
				if i > 0 {
					r.packet(t, s.packets[i-1])
				}
				var expected []section
				for _, x := range w {
					if r.names[x.name] && len(x.fields) > 0 {
						expected = append(expected, x)
					}
				}
				require.Len(t, r.out, len(expected), "packet %d", i-1)
				for j, got := range r.out {
					require.Equal(t, expected[j].name, got.name, "packet %d", i-1)
					if r.codec == bitstream.CodecH264 && got.name == "Slice Header" {
						require.Equal(t, expected[j].fields["MMCO5"], got.fields["MMCO5"], "packet %d: MMCO5", i-1)
						compared["MMCO5"] += int(got.fields["MMCO5"])
					}
					for name, v := range got.fields {
						if x, ok := expected[j].fields[name]; ok {
							require.Equal(t, x, v, "packet %d: %s: %s", i-1, got.name, name)
							elements++
							compared[got.name+" "+name]++
						}
					}
				}
				r.out = r.out[:0]
			}
		})
	}
	t.Logf("%d elements, %d different", elements, len(compared))
	require.Greater(t, elements, 100000)
	require.Greater(t, len(compared), 300)
	require.NotZero(t, compared["MMCO5"])
}

func newTracer(c bitstream.Codec) *tracer {
	r := &tracer{codec: c, names: map[string]bool{}}
	var names []string
	switch c {
	case bitstream.CodecH264:
		names = []string{"Sequence Parameter Set", "Picture Parameter Set", "Slice Header"}
	case bitstream.CodecHEVC:
		names = []string{"Video Parameter Set", "Sequence Parameter Set", "Picture Parameter Set", "Slice Segment Header"}
	case bitstream.CodecAV1:
		names = []string{"Sequence Header", "Frame Header"}
	case bitstream.CodecVP9:
		names = []string{"Frame"}
	default:
		return nil
	}
	for _, n := range names {
		r.names[n] = true
	}
	return r
}

func (r *tracer) extradata(t *testing.T, data []byte) {
	if len(data) == 0 {
		return
	}
	switch r.codec {
	case bitstream.CodecH264:
		if data[0] == 1 {
			var c bitstream.AVCConfig
			require.NoError(t, c.Parse(data))
			r.length, data = c.LengthSize, c.AppendAnnexB(nil)
		}
		r.nals(t, data, 0)
	case bitstream.CodecHEVC:
		if !bitstream.IsAnnexB(data) {
			var c bitstream.HEVCConfig
			require.NoError(t, c.Parse(data))
			r.length, data = c.LengthSize, c.AppendAnnexB(nil)
		}
		r.nals(t, data, 0)
	case bitstream.CodecAV1:
		if data[0]&0x80 != 0 {
			var c bitstream.AV1Config
			require.NoError(t, c.Parse(data))
			data = c.ConfigOBUs
		}
		r.packet(t, data)
	}
}

func (r *tracer) packet(t *testing.T, data []byte) {
	switch r.codec {
	case bitstream.CodecAV1:
		r.obus(t, data)
	case bitstream.CodecVP9:
		var f bitstream.VP9Frames
		f.Reset(data)
		for f.Next() {
			var h bitstream.VP9FrameHeader
			require.NoError(t, h.Parse(f.Frame(), &r.vp9))
			r.vp9.Decoded(&h)
			r.add("Frame", vp9Fields(&h))
		}
		require.NoError(t, f.Err())
	default:
		r.nals(t, data, r.length)
	}
}

func (r *tracer) nals(t *testing.T, data []byte, length int) {
	var u bitstream.NALUnits
	u.Reset(data, length)
	for u.Next() {
		if r.codec == bitstream.CodecH264 {
			r.h264NAL(t, u.NAL())
		} else {
			r.hevcNAL(t, u.NAL())
		}
	}
	require.NoError(t, u.Err())
}

func (r *tracer) h264NAL(t *testing.T, nal []byte) {
	h, ok := bitstream.ParseH264NALHeader(nal)
	require.True(t, ok)
	switch {
	case h.Type == bitstream.H264NALSPS:
		var s bitstream.H264SPS
		require.NoError(t, s.Parse(nal))
		require.NoError(t, r.h264.Add(nal))
		r.add("Sequence Parameter Set", h264SPSFields(&s))
	case h.Type == bitstream.H264NALPPS:
		var p bitstream.H264PPS
		require.NoError(t, p.Parse(nal))
		require.NoError(t, r.h264.Add(nal))
		r.add("Picture Parameter Set", map[string]int64{
			"pic_parameter_set_id": int64(p.ID), "seq_parameter_set_id": int64(p.SPSID),
			"entropy_coding_mode_flag":                     flag(p.EntropyCodingMode),
			"bottom_field_pic_order_in_frame_present_flag": flag(p.BottomFieldPicOrder),
			"num_slice_groups_minus1":                      int64(p.NumSliceGroups) - 1,
			"slice_group_map_type":                         int64(p.SliceGroupMapType),
			"num_ref_idx_l0_default_active_minus1":         int64(p.NumRefIdxL0) - 1,
			"num_ref_idx_l1_default_active_minus1":         int64(p.NumRefIdxL1) - 1,
			"weighted_pred_flag":                           flag(p.WeightedPred),
			"weighted_bipred_idc":                          int64(p.WeightedBipredIDC),
			"pic_init_qp_minus26":                          int64(p.PicInitQPMinus26),
			"deblocking_filter_control_present_flag":       flag(p.DeblockingFilterControl),
			"constrained_intra_pred_flag":                  flag(p.ConstrainedIntraPred),
			"redundant_pic_cnt_present_flag":               flag(p.RedundantPicCnt),
			"transform_8x8_mode_flag":                      flag(p.Transform8x8Mode),
			"pic_scaling_matrix_present_flag":              flag(p.PicScalingMatrix),
		})
	case h.Type == bitstream.H264Slice || h.Type == bitstream.H264IDR:
		var s bitstream.H264SliceHeader
		require.NoError(t, s.Parse(nal, &r.h264))
		r.add("Slice Header", map[string]int64{
			"nal_ref_idc": int64(s.NAL.RefIDC), "nal_unit_type": int64(s.NAL.Type),
			"first_mb_in_slice": int64(s.FirstMB), "slice_type": int64(s.SliceType) + 5*flag(s.AllSame),
			"pic_parameter_set_id": int64(s.PPSID), "colour_plane_id": int64(s.ColourPlane),
			"frame_num": int64(s.FrameNum), "field_pic_flag": flag(s.Field), "bottom_field_flag": flag(s.Bottom),
			"idr_pic_id": int64(s.IDRPicID), "pic_order_cnt_lsb": int64(s.PicOrderCntLsb),
			"delta_pic_order_cnt_bottom": int64(s.DeltaPicOrderCntBottom),
			"delta_pic_order_cnt[0]":     int64(s.DeltaPicOrderCnt[0]), "delta_pic_order_cnt[1]": int64(s.DeltaPicOrderCnt[1]),
			"redundant_pic_cnt":                  int64(s.RedundantPicCnt),
			"no_output_of_prior_pics_flag":       flag(s.NoOutputOfPriorPics),
			"long_term_reference_flag":           flag(s.LongTermReference),
			"adaptive_ref_pic_marking_mode_flag": flag(s.AdaptiveMarking),
			"MMCO5":                              flag(s.MMCO5),
		})
	}
}

func (r *tracer) hevcNAL(t *testing.T, nal []byte) {
	h, ok := bitstream.ParseHEVCNALHeader(nal)
	require.True(t, ok)
	if h.LayerID != 0 {
		return
	}
	switch {
	case h.Type == bitstream.HEVCNALVPS:
		var v bitstream.HEVCVPS
		require.NoError(t, v.Parse(nal))
		f := map[string]int64{
			"vps_video_parameter_set_id": int64(v.ID), "vps_max_sub_layers_minus1": int64(v.MaxSubLayersMinus1),
			"vps_max_layers_minus1":        int64(v.MaxLayersMinus1),
			"vps_timing_info_present_flag": flag(v.TimingInfo), "vps_num_units_in_tick": int64(v.NumUnitsInTick),
			"vps_time_scale": int64(v.TimeScale),
		}
		last := fmt.Sprintf("[%d]", v.MaxSubLayersMinus1)
		f["vps_max_dec_pic_buffering_minus1"+last] = int64(v.MaxDecPicBuffering) - 1
		f["vps_max_num_reorder_pics"+last] = int64(v.MaxNumReorderPics)
		ptlFields(f, &v.ProfileTierLevel)
		r.add("Video Parameter Set", f)
	case h.Type == bitstream.HEVCNALSPS:
		var s bitstream.HEVCSPS
		require.NoError(t, s.Parse(nal))
		require.NoError(t, r.hevc.Add(nal))
		r.add("Sequence Parameter Set", hevcSPSFields(&s))
	case h.Type == bitstream.HEVCNALPPS:
		var p bitstream.HEVCPPS
		require.NoError(t, p.Parse(nal))
		require.NoError(t, r.hevc.Add(nal))
		r.add("Picture Parameter Set", map[string]int64{
			"pps_pic_parameter_set_id": int64(p.ID), "pps_seq_parameter_set_id": int64(p.SPSID),
			"dependent_slice_segments_enabled_flag": flag(p.DependentSliceSegments),
			"output_flag_present_flag":              flag(p.OutputFlagPresent),
			"num_extra_slice_header_bits":           int64(p.NumExtraSliceBits),
			"num_ref_idx_l0_default_active_minus1":  int64(p.NumRefIdxL0) - 1,
			"num_ref_idx_l1_default_active_minus1":  int64(p.NumRefIdxL1) - 1,
			"init_qp_minus26":                       int64(p.InitQPMinus26),
			"constrained_intra_pred_flag":           flag(p.ConstrainedIntraPred),
			"transform_skip_enabled_flag":           flag(p.TransformSkip),
		})
	case h.Type.IsVCL():
		var s bitstream.HEVCSliceHeader
		require.NoError(t, s.Parse(nal, &r.hevc))
		f := map[string]int64{
			"nal_unit_type": int64(s.NAL.Type), "nuh_temporal_id_plus1": int64(s.NAL.TemporalID) + 1,
			"first_slice_segment_in_pic_flag": flag(s.FirstInPic),
			"no_output_of_prior_pics_flag":    flag(s.NoOutputOfPriorPics),
			"slice_pic_parameter_set_id":      int64(s.PPSID),
			"dependent_slice_segment_flag":    flag(s.Dependent),
			"slice_segment_address":           int64(s.Address),
		}
		if !s.Dependent {
			f["slice_type"] = int64(s.SliceType)
			f["pic_output_flag"] = flag(s.PicOutput)
			f["slice_pic_order_cnt_lsb"] = int64(s.PicOrderCntLsb)
		}
		r.add("Slice Segment Header", f)
	}
}

func (r *tracer) obus(t *testing.T, data []byte) {
	var u bitstream.OBUs
	u.Reset(data)
	for u.Next() {
		switch o := u.OBU(); o.Type {
		case bitstream.OBUSequenceHeader:
			s := &r.av1.Sequence
			require.NoError(t, s.Parse(o.Payload))
			r.add("Sequence Header", av1SequenceFields(s))
		case bitstream.OBUFrameHeader, bitstream.OBUFrame:
			var h bitstream.AV1FrameHeader
			require.NoError(t, h.Parse(o, &r.av1))
			r.av1.Decoded(&h)
			r.add("Frame Header", av1FrameFields(&h))
		}
	}
	require.NoError(t, u.Err())
}
