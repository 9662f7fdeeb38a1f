#include "textflag.h"

// Every kernel makes blocks of 16 or 32 bytes with SSE2, which each amd64 has. The
// caller has checked that blocks > 0 and that all memory is there.

// func shift16Blocks(dst, src *byte, blocks int, right, left uint64)
TEXT ·shift16Blocks(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ blocks+16(FP), CX
	MOVQ right+24(FP), X6
	MOVQ left+32(FP), X7
loop:
	MOVOU (SI), X0
	MOVOU 16(SI), X1
	PSRLW X6, X0
	PSRLW X6, X1
	PSLLW X7, X0
	PSLLW X7, X1
	MOVOU X0, (DI)
	MOVOU X1, 16(DI)
	ADDQ  $32, SI
	ADDQ  $32, DI
	DECQ  CX
	JNZ   loop
	RET

// func pick8Blocks(dst, src *byte, blocks int, down uint64)
TEXT ·pick8Blocks(SB), NOSPLIT, $0-32
	MOVQ    dst+0(FP), DI
	MOVQ    src+8(FP), SI
	MOVQ    blocks+16(FP), CX
	MOVQ    down+24(FP), X6
	PCMPEQW X7, X7
	PSRLW   $8, X7            // 0x00ff in every lane
loop:
	MOVOU    (SI), X0
	MOVOU    16(SI), X1
	PSRLW    X6, X0
	PSRLW    X6, X1
	PAND     X7, X0
	PAND     X7, X1
	PACKUSWB X1, X0
	MOVOU    X0, (DI)
	ADDQ     $32, SI
	ADDQ     $16, DI
	DECQ     CX
	JNZ      loop
	RET

// func pick16Blocks(dst, src *byte, blocks int, up, right, left uint64)
TEXT ·pick16Blocks(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ blocks+16(FP), CX
	MOVQ up+24(FP), X5
	MOVQ right+32(FP), X6
	MOVQ left+40(FP), X7
loop:
	MOVOU    (SI), X0
	MOVOU    16(SI), X1
	PSLLL    X5, X0           // the wanted sample to the top of its pair,
	PSLLL    X5, X1
	PSRAL    $16, X0          // and down with its sign, so that the packing
	PSRAL    $16, X1          // with saturation does not change it
	PACKSSLW X1, X0
	PSRLW    X6, X0
	PSLLW    X7, X0
	MOVOU    X0, (DI)
	ADDQ     $32, SI
	ADDQ     $16, DI
	DECQ     CX
	JNZ      loop
	RET

// func merge8Blocks(dst, a, b *byte, blocks int)
TEXT ·merge8Blocks(SB), NOSPLIT, $0-32
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ blocks+24(FP), CX
loop:
	MOVOU     (SI), X0
	MOVOU     (DX), X1
	MOVO      X0, X2
	PUNPCKLBW X1, X0
	PUNPCKHBW X1, X2
	MOVOU     X0, (DI)
	MOVOU     X2, 16(DI)
	ADDQ      $16, SI
	ADDQ      $16, DX
	ADDQ      $32, DI
	DECQ      CX
	JNZ       loop
	RET

// func merge16Blocks(dst, a, b *byte, blocks int, right, left uint64)
TEXT ·merge16Blocks(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), DX
	MOVQ blocks+24(FP), CX
	MOVQ right+32(FP), X6
	MOVQ left+40(FP), X7
loop:
	MOVOU     (SI), X0
	MOVOU     (DX), X1
	PSRLW     X6, X0
	PSRLW     X6, X1
	PSLLW     X7, X0
	PSLLW     X7, X1
	MOVO      X0, X2
	PUNPCKLWL X1, X0
	PUNPCKHWL X1, X2
	MOVOU     X0, (DI)
	MOVOU     X2, 16(DI)
	ADDQ      $16, SI
	ADDQ      $16, DX
	ADDQ      $32, DI
	DECQ      CX
	JNZ       loop
	RET
