// SEI messages: which are passed on and in what form.
#include "cuvid_int.h"

void sei_add(struct parser *p, int type, const void *d, size_t n) {
	if (p->nseis == LEN(p->seis))
		return;
	p->seis[p->nseis++] = (CUSEIMESSAGE){.sei_message_type = (unsigned char)type, .sei_message_size = (unsigned)n};
	buffer_add(&p->sei, d, n);
}

static void mastering(struct parser *p, struct bits *b) {
	SEIMASTERINGDISPLAYINFO m = {0};
	for (int i = 0; i < 3; i++) {
		m.display_primaries_x[i] = (unsigned short)bits_u(b, 16);
		m.display_primaries_y[i] = (unsigned short)bits_u(b, 16);
	}
	m.white_point_x = (unsigned short)bits_u(b, 16);
	m.white_point_y = (unsigned short)bits_u(b, 16);
	m.max_display_mastering_luminance = bits_u(b, 32);
	m.min_display_mastering_luminance = bits_u(b, 32);
	sei_add(p, 137, &m, sizeof m);
}

// clock_timestamp of H.264 picture timing and the HEVC time code message differ in
// what stands around it.
static void clock_timestamp(struct bits *b, TIMECODESET *t, int hevc, int offset_len) {
	t->clock_timestamp_flag = 1;
	if (!hevc)
		bits_u(b, 2); // ct_type
	t->units_field_based_flag = (unsigned char)bits_1(b);
	t->counting_type = (unsigned char)bits_u(b, 5);
	t->full_timestamp_flag = (unsigned char)bits_1(b);
	t->discontinuity_flag = (unsigned char)bits_1(b);
	t->cnt_dropped_flag = (unsigned char)bits_1(b);
	t->n_frames = (unsigned short)bits_u(b, hevc ? 9 : 8);
	if (t->full_timestamp_flag) {
		t->seconds_value = (unsigned char)bits_u(b, 6);
		t->minutes_value = (unsigned char)bits_u(b, 6);
		t->hours_value = (unsigned char)bits_u(b, 5);
	} else if ((t->seconds_flag = (unsigned char)bits_1(b))) {
		t->seconds_value = (unsigned char)bits_u(b, 6);
		if ((t->minutes_flag = (unsigned char)bits_1(b))) {
			t->minutes_value = (unsigned char)bits_u(b, 6);
			if ((t->hours_flag = (unsigned char)bits_1(b)))
				t->hours_value = (unsigned char)bits_u(b, 5);
		}
	}
	if (hevc)
		offset_len = (int)bits_u(b, 5);
	t->time_offset_length = (unsigned char)offset_len;
	if (offset_len)
		t->time_offset_value = bits_u(b, offset_len);
}

int h264_timing(struct parser *p, int *cpb, int *dpb, int *offset, int *pic_struct);

static void picture_timing(struct parser *p, struct bits *b) {
	static const int clocks[16] = {1, 1, 1, 2, 2, 3, 3, 2, 3};
	TIMECODE t = {0};
	int cpb, dpb, offset, pic_struct;
	if (!h264_timing(p, &cpb, &dpb, &offset, &pic_struct))
		return;
	bits_skip(b, (size_t)(cpb + dpb));
	if (pic_struct) {
		// As many as the structure of the picture has, though none may be there.
		t.num_clock_ts = (unsigned char)clocks[bits_u(b, 4)];
		for (int i = 0; i < t.num_clock_ts; i++)
			if (bits_1(b))
				clock_timestamp(b, &t.time_code_set[i], 0, offset);
	}
	sei_add(p, 1, &t, sizeof t);
}

void sei_message(struct parser *p, int hevc, const uint8_t *nal, size_t n) {
	static struct buffer none;
	struct buffer r = none;
	size_t head = hevc ? 2 : 1;
	if (n <= head)
		return;
	unescape(&r, nal + head, n - head);
	size_t i = 0, end = r.n;
	while (end && !r.p[end - 1])
		end--;
	while (i + 2 < end) {
		int type = 0;
		size_t size = 0;
		while (i < end && r.p[i] == 0xff)
			type += 255, i++;
		if (i < end)
			type += r.p[i++];
		while (i < end && r.p[i] == 0xff)
			size += 255, i++;
		if (i < end)
			size += r.p[i++];
		if (size > end - i)
			size = end - i;
		struct bits b;
		bits_init(&b, r.p + i, size);
		switch (type) {
		case 1:
			if (!hevc)
				picture_timing(p, &b);
			break;
		case 4:
		case 5:
			sei_add(p, type, r.p + i, size);
			break;
		case 136:
			if (hevc) {
				TIMECODE t = {0};
				t.num_clock_ts = (unsigned char)bits_u(&b, 2);
				for (int k = 0; k < t.num_clock_ts; k++)
					if (bits_1(&b))
						clock_timestamp(&b, &t.time_code_set[k], 1, 0);
				sei_add(p, 136, &t, sizeof t);
			}
			break;
		case 137:
			mastering(p, &b);
			break;
		case 144: {
			// Four bytes arrive, though the struct has eight.
			unsigned short v[2] = {(unsigned short)bits_u(&b, 16), 0};
			v[1] = (unsigned short)bits_u(&b, 16);
			sei_add(p, 144, v, sizeof v);
			break;
		}
		case 147: {
			uint8_t v = (uint8_t)bits_u(&b, 8);
			sei_add(p, 147, &v, 1);
			break;
		}
		}
		i += size;
	}
	free(r.p);
}
