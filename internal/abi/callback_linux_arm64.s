#include "textflag.h"

// C addresses of the entries, by slot number.
DATA ·entryTable+0(SB)/8, $·entry0(SB)
DATA ·entryTable+8(SB)/8, $·entry1(SB)
DATA ·entryTable+16(SB)/8, $·entry2(SB)
DATA ·entryTable+24(SB)/8, $·entry3(SB)
DATA ·entryTable+32(SB)/8, $·entry4(SB)
DATA ·entryTable+40(SB)/8, $·entry5(SB)
DATA ·entryTable+48(SB)/8, $·entry6(SB)
DATA ·entryTable+56(SB)/8, $·entry7(SB)
DATA ·entryTable+64(SB)/8, $·entry8(SB)
DATA ·entryTable+72(SB)/8, $·entry9(SB)
DATA ·entryTable+80(SB)/8, $·entry10(SB)
DATA ·entryTable+88(SB)/8, $·entry11(SB)
DATA ·entryTable+96(SB)/8, $·entry12(SB)
DATA ·entryTable+104(SB)/8, $·entry13(SB)
DATA ·entryTable+112(SB)/8, $·entry14(SB)
DATA ·entryTable+120(SB)/8, $·entry15(SB)
DATA ·entryTable+128(SB)/8, $·entry16(SB)
DATA ·entryTable+136(SB)/8, $·entry17(SB)
DATA ·entryTable+144(SB)/8, $·entry18(SB)
DATA ·entryTable+152(SB)/8, $·entry19(SB)
DATA ·entryTable+160(SB)/8, $·entry20(SB)
DATA ·entryTable+168(SB)/8, $·entry21(SB)
DATA ·entryTable+176(SB)/8, $·entry22(SB)
DATA ·entryTable+184(SB)/8, $·entry23(SB)
GLOBL ·entryTable(SB), NOPTR|RODATA, $192

// Each entry is called by C. R9 is a scratch register in the C ABI.
#define ENTRY(name, n) \
TEXT name(SB), NOSPLIT|NOFRAME, $0 \
	MOVD $n, R9                          \
	B    callbackCommon<>(SB)

ENTRY(·entry0, 0)
ENTRY(·entry1, 1)
ENTRY(·entry2, 2)
ENTRY(·entry3, 3)
ENTRY(·entry4, 4)
ENTRY(·entry5, 5)
ENTRY(·entry6, 6)
ENTRY(·entry7, 7)
ENTRY(·entry8, 8)
ENTRY(·entry9, 9)
ENTRY(·entry10, 10)
ENTRY(·entry11, 11)
ENTRY(·entry12, 12)
ENTRY(·entry13, 13)
ENTRY(·entry14, 14)
ENTRY(·entry15, 15)
ENTRY(·entry16, 16)
ENTRY(·entry17, 17)
ENTRY(·entry18, 18)
ENTRY(·entry19, 19)
ENTRY(·entry20, 20)
ENTRY(·entry21, 21)
ENTRY(·entry22, 22)
ENTRY(·entry23, 23)

// Local frame, 80 bytes; SP stays a multiple of 16:
//	 0  saved R29, R30 (frame pointer, return address)
//	16  slot  \
//	24  arg[0] |
//	32  arg[1] |  Callback
//	40  arg[2] |
//	48  arg[3] |
//	56  ret   /
//	64  saved R27: the Go assembler may use it as a temporary when it
//	    addresses a global, and it belongs to the C caller
// crosscall2(fn, frame, n, ctxt) saves R19..R30 and F8..F15 itself.
TEXT callbackCommon<>(SB), NOSPLIT|NOFRAME, $0
	SUB  $80, RSP
	STP  (R29, R30), 0(RSP)
	MOVD RSP, R29
	MOVD R27, 64(RSP)
	STP  (R9, R0), 16(RSP)
	STP  (R1, R2), 32(RSP)
	STP  (R3, ZR), 48(RSP)
	MOVD $·dispatchFn(SB), R0
	MOVD (R0), R0
	MOVD (R0), R0             // fn: PC of dispatch
	ADD  $16, RSP, R1         // frame
	MOVD $0, R2               // n, unused
	MOVD $0, R3               // ctxt: none
	BL   crosscall2(SB)
	MOVD 56(RSP), R0
	MOVD 64(RSP), R27
	LDP  0(RSP), (R29, R30)
	ADD  $80, RSP
	RET
