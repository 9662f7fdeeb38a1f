package nvsim

import "testing"

func TestBuild(t *testing.T) {
	d, err := Dir()
	if err != nil {
		t.Fatal(err)
	}
	t.Log(d)
}
