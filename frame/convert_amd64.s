#include "textflag.h"

// Rows of conversions with AVX2, FMA and F16C, in blocks of 8 samples. The arithmetic is
// that of kernels/job.h, operation by operation. The caller has checked that blocks > 0 and
// that all memory is there.

// func cpuid(leaf, sub uint32) (a, b, c, d uint32)
TEXT ·cpuid(SB), NOSPLIT, $0-24
	MOVL leaf+0(FP), AX
	MOVL sub+4(FP), CX
	CPUID
	MOVL AX, a+8(FP)
	MOVL BX, b+12(FP)
	MOVL CX, c+16(FP)
	MOVL DX, d+20(FP)
	RET

// func xgetbv() uint32
TEXT ·xgetbv(SB), NOSPLIT, $0-4
	XORL CX, CX
	XGETBV
	MOVL AX, ret+0(FP)
	RET

// func widen8Blocks(dst *float32, src *byte, blocks int)
TEXT ·widen8Blocks(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ blocks+16(FP), CX
widen8:
	VPMOVZXBD (SI), Y0
	VCVTDQ2PS Y0, Y0
	VMOVUPS   Y0, (DI)
	ADDQ      $8, SI
	ADDQ      $32, DI
	DECQ      CX
	JNZ       widen8
	VZEROUPPER
	RET

// func widen16Blocks(dst *float32, src *byte, blocks int)
TEXT ·widen16Blocks(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ blocks+16(FP), CX
widen16:
	VPMOVZXWD (SI), Y0
	VCVTDQ2PS Y0, Y0
	VMOVUPS   Y0, (DI)
	ADDQ      $16, SI
	ADDQ      $32, DI
	DECQ      CX
	JNZ       widen16
	VZEROUPPER
	RET

// One of each two bytes, the lower one with down 0, the higher one with 8.
// func widenPairs8Blocks(dst *float32, src *byte, blocks int, down uint64)
TEXT ·widenPairs8Blocks(SB), NOSPLIT, $0-32
	MOVQ     dst+0(FP), DI
	MOVQ     src+8(FP), SI
	MOVQ     blocks+16(FP), CX
	MOVQ     down+24(FP), X6
	VPCMPEQD Y7, Y7, Y7
	VPSRLD   $24, Y7, Y7
pairs8:
	VPMOVZXWD (SI), Y0
	VPSRLD    X6, Y0, Y0
	VPAND     Y7, Y0, Y0
	VCVTDQ2PS Y0, Y0
	VMOVUPS   Y0, (DI)
	ADDQ      $16, SI
	ADDQ      $32, DI
	DECQ      CX
	JNZ       pairs8
	VZEROUPPER
	RET

// The same of words, with 0 and 16.
// func widenPairs16Blocks(dst *float32, src *byte, blocks int, down uint64)
TEXT ·widenPairs16Blocks(SB), NOSPLIT, $0-32
	MOVQ     dst+0(FP), DI
	MOVQ     src+8(FP), SI
	MOVQ     blocks+16(FP), CX
	MOVQ     down+24(FP), X6
	VPCMPEQD Y7, Y7, Y7
	VPSRLD   $16, Y7, Y7
pairs16:
	VMOVDQU   (SI), Y0
	VPSRLD    X6, Y0, Y0
	VPAND     Y7, Y0, Y0
	VCVTDQ2PS Y0, Y0
	VMOVUPS   Y0, (DI)
	ADDQ      $32, SI
	ADDQ      $32, DI
	DECQ      CX
	JNZ       pairs16
	VZEROUPPER
	RET

// Each of 8 samples twice: a block makes 16.
// func doubleBlocks(dst, src *float32, blocks int)
TEXT ·doubleBlocks(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ blocks+16(FP), CX
double:
	VMOVUPS    (SI), Y0
	VUNPCKLPS  Y0, Y0, Y1
	VUNPCKHPS  Y0, Y0, Y2
	VPERM2F128 $0x20, Y2, Y1, Y3
	VPERM2F128 $0x31, Y2, Y1, Y4
	VMOVUPS    Y3, (DI)
	VMOVUPS    Y4, 32(DI)
	ADDQ       $32, SI
	ADDQ       $64, DI
	DECQ       CX
	JNZ        double
	VZEROUPPER
	RET

// dst = weight * src[first]
// func gatherBlocks(dst, src *float32, first *uint32, weight *uint32, blocks int)
TEXT ·gatherBlocks(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ first+16(FP), DX
	MOVQ weight+24(FP), R8
	MOVQ blocks+32(FP), CX
gather:
	VMOVDQU    (DX), Y1
	VPCMPEQD   Y2, Y2, Y2
	VGATHERDPS Y2, (SI)(Y1*4), Y0
	VMULPS     (R8), Y0, Y0
	VMOVUPS    Y0, (DI)
	ADDQ       $32, DX
	ADDQ       $32, R8
	ADDQ       $32, DI
	DECQ       CX
	JNZ        gather
	VZEROUPPER
	RET

// dst += weight * src[first]
// func gatherAddBlocks(dst, src *float32, first *uint32, weight *uint32, blocks int)
TEXT ·gatherAddBlocks(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ src+8(FP), SI
	MOVQ first+16(FP), DX
	MOVQ weight+24(FP), R8
	MOVQ blocks+32(FP), CX
gatherAdd:
	VMOVDQU    (DX), Y1
	VPCMPEQD   Y2, Y2, Y2
	VGATHERDPS Y2, (SI)(Y1*4), Y0
	VMULPS     (R8), Y0, Y0
	VADDPS     (DI), Y0, Y0
	VMOVUPS    Y0, (DI)
	ADDQ       $32, DX
	ADDQ       $32, R8
	ADDQ       $32, DI
	DECQ       CX
	JNZ        gatherAdd
	VZEROUPPER
	RET

// dst += weight * src
// func addBlocks(dst, src *float32, weight float32, blocks int)
TEXT ·addBlocks(SB), NOSPLIT, $0-32
	MOVQ         dst+0(FP), DI
	MOVQ         src+8(FP), SI
	VBROADCASTSS weight+16(FP), Y7
	MOVQ         blocks+24(FP), CX
add:
	VMULPS  (SI), Y7, Y0
	VADDPS  (DI), Y0, Y0
	VMOVUPS Y0, (DI)
	ADDQ    $32, SI
	ADDQ    $32, DI
	DECQ    CX
	JNZ     add
	VZEROUPPER
	RET

DATA two23<>+0(SB)/4, $8388608.0
GLOBL two23<>(SB), RODATA|NOPTR, $4
DATA one<>+0(SB)/4, $1.0
GLOBL one<>(SB), RODATA|NOPTR, $4

// func mixBytesBlocks(dst *byte, p, q, r *float32, m *[4]float32, scale float32, blocks int)
TEXT ·mixBytesBlocks(SB), NOSPLIT, $0-56
	MOVQ         dst+0(FP), DI
	MOVQ         p+8(FP), SI
	MOVQ         q+16(FP), R8
	MOVQ         r+24(FP), R9
	MOVQ         m+32(FP), AX
	VBROADCASTSS scale+40(FP), Y12
	MOVQ         blocks+48(FP), CX
	VBROADCASTSS (AX), Y8
	VBROADCASTSS 4(AX), Y9
	VBROADCASTSS 8(AX), Y10
	VBROADCASTSS 12(AX), Y11
	VBROADCASTSS two23<>(SB), Y13
	VXORPS       Y14, Y14, Y14
	VPCMPEQD     Y15, Y15, Y15
	VPSRLD       $24, Y15, Y15
	VBROADCASTSS one<>(SB), Y7
	XORQ         DX, DX
mixBytes:
	VMOVUPS      (R9)(DX*4), Y0
	VFMADD213PS  Y11, Y10, Y0   // m2 r + m3
	VMOVUPS      (R8)(DX*4), Y1
	VFMADD213PS  Y0, Y9, Y1     // m1 q +
	VMOVUPS      (SI)(DX*4), Y2
	VFMADD213PS  Y1, Y8, Y2     // m0 p +
	VMAXPS       Y14, Y2, Y2
	VMINPS       Y7, Y2, Y2
	VFMADD213PS  Y13, Y12, Y2   // scale v + 2^23
	VPAND        Y15, Y2, Y2
	VEXTRACTI128 $1, Y2, X3
	VPACKUSDW    X3, X2, X2
	VPACKUSWB    X2, X2, X2
	VMOVQ        X2, (DI)(DX*1)
	ADDQ         $8, DX
	DECQ         CX
	JNZ          mixBytes
	VZEROUPPER
	RET

// What rows of float16 and float32 have in common. The colours at AX are m, rest, low,
// high: ten numbers. MIX makes eight samples in Y3.
#define COLOURS \
	VBROADCASTSS (AX), Y6;   \
	VBROADCASTSS 4(AX), Y7;  \
	VBROADCASTSS 8(AX), Y8;  \
	VBROADCASTSS 12(AX), Y9; \
	VBROADCASTSS 16(AX), Y10; \
	VBROADCASTSS 20(AX), Y11; \
	VBROADCASTSS 24(AX), Y12; \
	VBROADCASTSS 28(AX), Y13; \
	VBROADCASTSS 32(AX), Y14; \
	VBROADCASTSS 36(AX), Y15

// Of two zeros VMINPS gives the sum, VMAXPS the limit.
#define MIX \
	VMOVUPS     (R9)(DX*4), Y0; \
	VMOVUPS     (R8)(DX*4), Y1; \
	VMOVUPS     (SI)(DX*4), Y2; \
	VMOVAPS     Y9, Y3;        \
	VFMADD231PS Y0, Y8, Y3;    \
	VFMADD231PS Y1, Y7, Y3;    \
	VFMADD231PS Y2, Y6, Y3;    \
	VMOVAPS     Y13, Y4;       \
	VFMADD231PS Y0, Y12, Y4;   \
	VFMADD231PS Y1, Y11, Y4;   \
	VFMADD231PS Y2, Y10, Y4;   \
	VADDPS      Y4, Y3, Y3;    \
	VMINPS      Y3, Y15, Y3;   \
	VMAXPS      Y14, Y3, Y3

// func mixFloatsBlocks(dst *byte, p, q, r *float32, colours *[10]float32, blocks int)
TEXT ·mixFloatsBlocks(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ p+8(FP), SI
	MOVQ q+16(FP), R8
	MOVQ r+24(FP), R9
	MOVQ colours+32(FP), AX
	MOVQ blocks+40(FP), CX
	COLOURS
	XORQ DX, DX
mixFloats:
	MIX
	VMOVUPS Y3, (DI)(DX*4)
	ADDQ    $8, DX
	DECQ    CX
	JNZ     mixFloats
	VZEROUPPER
	RET

// func mixHalvesBlocks(dst *byte, p, q, r *float32, colours *[10]float32, blocks int)
TEXT ·mixHalvesBlocks(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ p+8(FP), SI
	MOVQ q+16(FP), R8
	MOVQ r+24(FP), R9
	MOVQ colours+32(FP), AX
	MOVQ blocks+40(FP), CX
	COLOURS
	XORQ DX, DX
mixHalves:
	MIX
	VCVTPS2PH $0, Y3, X3
	VMOVUPS   X3, (DI)(DX*2)
	ADDQ      $8, DX
	DECQ      CX
	JNZ       mixHalves
	VZEROUPPER
	RET

// func interleave4Blocks(dst, a, b, c, d *byte, blocks int)
TEXT ·interleave4Blocks(SB), NOSPLIT, $0-48
	MOVQ dst+0(FP), DI
	MOVQ a+8(FP), SI
	MOVQ b+16(FP), R8
	MOVQ c+24(FP), R9
	MOVQ d+32(FP), R10
	MOVQ blocks+40(FP), CX
	XORQ DX, DX
interleave4:
	VMOVQ      (SI)(DX*1), X0
	VMOVQ      (R8)(DX*1), X1
	VMOVQ      (R9)(DX*1), X2
	VMOVQ      (R10)(DX*1), X3
	VPUNPCKLBW X1, X0, X0
	VPUNPCKLBW X3, X2, X2
	VPUNPCKLWD X2, X0, X4
	VPUNPCKHWD X2, X0, X5
	VMOVDQU    X4, (DI)
	VMOVDQU    X5, 16(DI)
	ADDQ       $32, DI
	ADDQ       $8, DX
	DECQ       CX
	JNZ        interleave4
	VZEROUPPER
	RET

// Which byte of a and b, interleaved, and which of c is each of 16 and then 8 bytes.
DATA pick3<>+0(SB)/8, $0x0504ff0302ff0100
DATA pick3<>+8(SB)/8, $0x0aff0908ff0706ff
DATA pick3<>+16(SB)/8, $0xffff01ffff00ffff
DATA pick3<>+24(SB)/8, $0xff04ffff03ffff02
DATA pick3<>+32(SB)/8, $0xff0f0eff0d0cff0b
DATA pick3<>+40(SB)/8, $0xffffffffffffffff
DATA pick3<>+48(SB)/8, $0x07ffff06ffff05ff
DATA pick3<>+56(SB)/8, $0xffffffffffffffff
GLOBL pick3<>(SB), RODATA|NOPTR, $64

// func interleave3Blocks(dst, a, b, c *byte, blocks int)
TEXT ·interleave3Blocks(SB), NOSPLIT, $0-40
	MOVQ    dst+0(FP), DI
	MOVQ    a+8(FP), SI
	MOVQ    b+16(FP), R8
	MOVQ    c+24(FP), R9
	MOVQ    blocks+32(FP), CX
	XORQ    DX, DX
	LEAQ    pick3<>(SB), R10
	VMOVDQU (R10), X12
	VMOVDQU 16(R10), X13
	VMOVDQU 32(R10), X14
	VMOVDQU 48(R10), X15
interleave3:
	VMOVQ      (SI)(DX*1), X0
	VMOVQ      (R8)(DX*1), X1
	VMOVQ      (R9)(DX*1), X2
	VPUNPCKLBW X1, X0, X0
	VPSHUFB    X12, X0, X3
	VPSHUFB    X13, X2, X4
	VPOR       X4, X3, X3
	VPSHUFB    X14, X0, X5
	VPSHUFB    X15, X2, X6
	VPOR       X6, X5, X5
	VMOVDQU    X3, (DI)
	VMOVQ      X5, 16(DI)
	ADDQ       $24, DI
	ADDQ       $8, DX
	DECQ       CX
	JNZ        interleave3
	VZEROUPPER
	RET
