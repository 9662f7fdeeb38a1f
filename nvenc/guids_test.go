package nvenc

import (
	"encoding/json"
	"testing"

	"github.com/go-nvcodec/nvcodec/internal/layout"
)

// TestGUIDs checks every GUID against the newest header.
func TestGUIDs(t *testing.T) {
	g, err := layout.Load("nvenc-13.1", "linux", "amd64")
	if err != nil {
		t.Fatal(err)
	}
	ours := map[string]GUID{
		"NV_ENC_CODEC_H264_GUID":                    CodecH264,
		"NV_ENC_CODEC_HEVC_GUID":                    CodecHEVC,
		"NV_ENC_CODEC_AV1_GUID":                     CodecAV1,
		"NV_ENC_PRESET_P1_GUID":                     PresetP1,
		"NV_ENC_PRESET_P2_GUID":                     PresetP2,
		"NV_ENC_PRESET_P3_GUID":                     PresetP3,
		"NV_ENC_PRESET_P4_GUID":                     PresetP4,
		"NV_ENC_PRESET_P5_GUID":                     PresetP5,
		"NV_ENC_PRESET_P6_GUID":                     PresetP6,
		"NV_ENC_PRESET_P7_GUID":                     PresetP7,
		"NV_ENC_CODEC_PROFILE_AUTOSELECT_GUID":      ProfileAuto,
		"NV_ENC_H264_PROFILE_BASELINE_GUID":         ProfileH264Baseline,
		"NV_ENC_H264_PROFILE_MAIN_GUID":             ProfileH264Main,
		"NV_ENC_H264_PROFILE_HIGH_GUID":             ProfileH264High,
		"NV_ENC_H264_PROFILE_HIGH_10_GUID":          ProfileH264High10,
		"NV_ENC_H264_PROFILE_HIGH_422_GUID":         ProfileH264High422,
		"NV_ENC_H264_PROFILE_HIGH_444_GUID":         ProfileH264High444,
		"NV_ENC_H264_PROFILE_STEREO_GUID":           ProfileH264Stereo,
		"NV_ENC_H264_PROFILE_PROGRESSIVE_HIGH_GUID": ProfileH264ProgressiveHigh,
		"NV_ENC_H264_PROFILE_CONSTRAINED_HIGH_GUID": ProfileH264ConstrainedHigh,
		"NV_ENC_HEVC_PROFILE_MAIN_GUID":             ProfileHEVCMain,
		"NV_ENC_HEVC_PROFILE_MAIN10_GUID":           ProfileHEVCMain10,
		"NV_ENC_HEVC_PROFILE_FREXT_GUID":            ProfileHEVCFREXT,
		"NV_ENC_AV1_PROFILE_MAIN_GUID":              ProfileAV1Main,
	}
	for name, raw := range g.GUIDs {
		var want string
		if err := json.Unmarshal(raw, &want); err != nil {
			t.Fatal(err)
		}
		if got, ok := ours[name]; !ok || got.String() != want {
			t.Errorf("%s is %v, C's is %s", name, got, want)
		}
	}
	if len(ours) != len(g.GUIDs) {
		t.Errorf("%d GUIDs, the header has %d", len(ours), len(g.GUIDs))
	}
}
