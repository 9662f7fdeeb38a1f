package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/go-nvcodec/nvcodec/codec"
)

// changes is the flag -reconfigure.
type changes []change

type change struct {
	frame int64
	text  string
}

func (c *changes) String() string { return "" }

func (c *changes) Set(s string) error {
	at, text, ok := strings.Cut(s, ":")
	n, err := strconv.ParseInt(at, 10, 64)
	if !ok || err != nil || n < 0 {
		return fmt.Errorf("%q: a frame number, a colon and an object, such as 100:{\"bitrate\": \"2M\"}", s)
	}
	*c = append(*c, change{n, text})
	return nil
}

// apply makes the changes that are due in front of a frame.
func (c changes) apply(enc *codec.Encoder, frame int64) error {
	for _, k := range c {
		if k.frame != frame {
			continue
		}
		r, err := k.read(enc)
		if err == nil {
			err = enc.Reconfigure(r)
		}
		if err != nil {
			return fmt.Errorf("-reconfigure %d: %w", k.frame, err)
		}
		fmt.Printf("frame %d: %+v\n", frame, enc.Rate())
	}
	return nil
}

// read takes the names of an encoder configuration, over what is in force.
func (k change) read(enc *codec.Encoder) (r codec.Reconfiguration, err error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal([]byte(k.text), &all); err != nil {
		return r, err
	}
	for name, flag := range map[string]*bool{"idr": &r.ForceIDR, "reset": &r.Reset} {
		if v, ok := all[name]; ok {
			*flag = string(v) != "0" && string(v) != "false"
			delete(all, name)
		}
	}
	for name := range all {
		switch name {
		case "bitrate", "maxbitrate", "vbvbufsize", "vbvinit", "rc", "multipass", "fps", "cq", "constqp":
		default:
			return r, fmt.Errorf("%q cannot change while the encoder runs", name)
		}
	}
	rest, err := json.Marshal(all)
	if err != nil {
		return r, err
	}
	cfg := codec.EncoderConfig{Rate: enc.Rate()}
	if err := json.Unmarshal(rest, &cfg); err != nil {
		return r, err
	}
	r.Rate, r.FrameRate = &cfg.Rate, cfg.FrameRate
	return r, nil
}
