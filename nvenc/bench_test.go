package nvenc

import "testing"

// BenchmarkStructs is what it costs to write the structs of one picture as a version has
// them, and to read the answer: EncodePicture, LockBitstream, MapInputResource.
func BenchmarkStructs(b *testing.B) {
	for _, a := range []API{API120, API131} {
		b.Run(a.String(), func(b *testing.B) {
			image := make([]byte, 4096)
			pic, lock, resource := new(PicParams), new(LockBitstream), new(MapInputResource)
			b.ReportAllocs()
			for b.Loop() {
				if err := a.packPic(image, pic, CodecH264); err != nil {
					b.Fatal(err)
				}
				a.pack(idMap, image, bytesOf(resource))
				a.unpack(idMap, bytesOf(resource), image)
				a.pack(idLockBitstream, image, bytesOf(lock))
				a.unpack(idLockBitstream, bytesOf(lock), image)
			}
		})
	}
}
