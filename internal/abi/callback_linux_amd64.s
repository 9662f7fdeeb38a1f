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

// Each entry is called by C. AX is free there: it is neither an argument nor
// callee-saved (for a variadic callee it would hold the vector count).
#define ENTRY(name, n) \
TEXT name(SB), NOSPLIT|NOFRAME, $0 \
	MOVL $n, AX                          \
	JMP  callbackCommon<>(SB)

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

// Stack on entry: 0(SP) return address, SP = 16n+8.
// Local frame, 56 bytes so that the call below happens at 16n:
//	 0  slot  \
//	 8  arg[0] |
//	16  arg[1] |  Callback
//	24  arg[2] |
//	32  arg[3] |
//	40  ret   /
//	48  saved R15 (a -dynlink build addresses globals through R15,
//	               which belongs to the C caller)
// crosscall2(fn, frame, n, ctxt) saves every callee-saved register itself.
TEXT callbackCommon<>(SB), NOSPLIT|NOFRAME, $0
	SUBQ $56, SP
	MOVQ R15, 48(SP)
	MOVQ AX, 0(SP)
	MOVQ DI, 8(SP)
	MOVQ SI, 16(SP)
	MOVQ DX, 24(SP)
	MOVQ CX, 32(SP)
	MOVQ $0, 40(SP)
	MOVQ ·dispatchFn(SB), DI
	MOVQ (DI), DI             // fn: PC of dispatch
	LEAQ 0(SP), SI            // frame
	XORL DX, DX               // n, unused
	XORL CX, CX               // ctxt: none
	CALL crosscall2(SB)
	MOVQ 40(SP), AX
	MOVQ 48(SP), R15
	ADDQ $56, SP
	RET
