// Command windows builds the driver simulator's DLLs: windows DIR COMPILER.
package main

import (
	"fmt"
	"os"

	"github.com/go-nvcodec/nvcodec/internal/nvsim"
)

func main() {
	if err := nvsim.BuildWindows(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
