package frame_test

import (
	"fmt"

	"github.com/go-nvcodec/nvcodec/frame"
)

// Whatever a message holds, by its type.
func ExampleSEIValue() {
	id, err := frame.ParseUUID("0c2f5d6e-7a1b-4c3d-8e9f-000102030405")
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range []frame.SEIValue{
		frame.ContentLight{MaxCLL: 1000, MaxFALL: 400},
		frame.UserDataUnregistered{UUID: id, Data: []byte("camera 7")},
		frame.TimeCode{Count: 1, Clock: [3]frame.Clock{frame.NewClock(10, 59, 30, 12, false)}},
	} {
		m, err := v.SEI(frame.InHEVC) // as an encoder takes it
		if err != nil {
			fmt.Println(err)
			return
		}
		back, err := m.Value() // as a decoder gives it
		fmt.Println(m.Type, back, err)
	}
	// Output:
	// content_light_level_info MaxCLL 1000 cd/m2, MaxFALL 400 cd/m2 <nil>
	// user_data_unregistered 0c2f5d6e-7a1b-4c3d-8e9f-000102030405 "camera 7" <nil>
	// time_code 10:59:30:12 <nil>
}

func ExampleMasteringDisplay() {
	d := frame.MasteringDisplay{
		Red: frame.Chromaticity{X: 0.708, Y: 0.292}, Green: frame.Chromaticity{X: 0.17, Y: 0.797}, Blue: frame.Chromaticity{X: 0.131, Y: 0.046},
		White: frame.Chromaticity{X: 0.3127, Y: 0.329}, Max: 1000, Min: 0.005,
	}
	m, err := d.SEI(frame.InH264)
	if err != nil {
		fmt.Println(err)
		return
	}
	again, err := m.MasteringDisplay()
	fmt.Println(again.Max, again.Min, again.Red, err)
	// Output:
	// 1000 0.005 {0.708 0.292} <nil>
}

func ExampleTimeCode() {
	t := frame.TimeCode{Count: 1, Clock: [3]frame.Clock{frame.NewClock(1, 2, 3, 4, true)}}
	fmt.Println(t)
	// Output:
	// 01:02:03;04
}

func ExampleCaptions() {
	c := frame.Captions{{Type: frame.Caption608Field1, Valid: true, Data: [2]byte{0xc8, 0xe9}}} // "Hi"
	m, err := c.SEI(frame.InH264)
	if err != nil {
		fmt.Println(err)
		return
	}
	u, err := m.UserDataRegistered()
	fmt.Println(u.Kind() == frame.T35Captions, err)
	pairs, err := m.AppendCaptions(nil)
	fmt.Println(len(pairs), string([]byte{pairs[0].Data[0] & 0x7f, pairs[0].Data[1] & 0x7f}), err)
	// Output:
	// true <nil>
	// 1 Hi <nil>
}
