// What the engines can do.
#include "decoder.h"

const struct sim_caps *caps_find(const struct sim_profile *p, int codec, int chroma, unsigned depth) {
	for (int i = 0; i < p->ncaps; i++)
		if (p->caps[i].codec == codec && p->caps[i].chroma == chroma && depth <= 4 && depth % 2 == 0 && p->caps[i].depths >> (depth / 2) & 1)
			return &p->caps[i];
	return NULL;
}

// caps_formats has a bit for each surface format that can come out.
unsigned caps_formats(int codec, int chroma, unsigned depth) {
	if (codec == cudaVideoCodec_JPEG)
		return 1 << cudaVideoSurfaceFormat_NV12;
	if (chroma == 3)
		return 1u << (depth ? cudaVideoSurfaceFormat_YUV444_16Bit : cudaVideoSurfaceFormat_YUV444);
	if (chroma == 2)
		return depth ? 1u << cudaVideoSurfaceFormat_P216 | 1u << cudaVideoSurfaceFormat_NV16 : 1u << cudaVideoSurfaceFormat_NV16;
	return depth ? 1u << cudaVideoSurfaceFormat_NV12 | 1u << cudaVideoSurfaceFormat_P016 : 1u << cudaVideoSurfaceFormat_NV12;
}

API(cuvidGetDecoderCaps)(CUVIDDECODECAPS *c) {
	ENTER(NEED_CTX);
	if (!c) {
		nvsim_violation(__func__, "NULL: the driver crashes");
		LEAVE(BAD, "NULL");
	}
	if (!nvsim_zero(c->reserved1, sizeof c->reserved1) || !nvsim_zero(c->reserved3, sizeof c->reserved3))
		nvsim_violation(__func__, "reserved fields of CUVIDDECODECAPS are set");
	const struct sim_profile *p = nvsim_current()->dev->profile;
	const struct sim_caps *k = caps_find(p, c->eCodecType, c->eChromaFormat, c->nBitDepthMinus8);
	memset(&c->bIsSupported, 0, offsetof(CUVIDDECODECAPS, reserved3) - offsetof(CUVIDDECODECAPS, bIsSupported));
	if (k) {
		c->bIsSupported = 1;
		c->nNumNVDECs = (unsigned char)(k->codec == cudaVideoCodec_JPEG ? 1 : p->decoders);
		c->nOutputFormatMask = (unsigned short)caps_formats(k->codec, k->chroma, c->nBitDepthMinus8);
		c->nMaxWidth = k->max_w;
		c->nMaxHeight = k->max_h;
		c->nMaxMBCount = k->mbs;
		c->nMinWidth = (unsigned short)k->min_w;
		c->nMinHeight = (unsigned short)k->min_h;
		if (k->codec == cudaVideoCodec_H264) {
			c->bIsHistogramSupported = 1;
			c->nCounterBitDepth = 32;
			c->nMaxHistogramBins = 256;
		}
	}
	LEAVE(OK, "codec %d,chroma %d,depth %u: %d", c->eCodecType, c->eChromaFormat, c->nBitDepthMinus8 + 8, c->bIsSupported);
}
