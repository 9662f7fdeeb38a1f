// A client of the libraries that a node addon carries: FFmpeg of other versions than
// the system's, linked into one file without a program. The addon is loaded as it is,
// without the package that wraps it.
//
//	node client.js ADDON decode DECODER FILE
//		prints "pts MD5" of each frame, as planes of its format without padding
//	node client.js ADDON encode ENCODER WIDTH HEIGHT FORMAT RATE RAW OUT [option=value...]
//		encodes the frames of the file RAW, writes the packets to OUT (.ivf or
//		an elementary stream) and prints "pts dts size key" of each
'use strict';
const fs = require('fs');
const crypto = require('crypto');
const [, , addon, mode, ...args] = process.argv;
const av = require(addon);

const AGAIN = -11, EOF = -541478725;

function check(r, what) {
	if (r < 0) {
		console.error(`${what}: ${r}`);
		process.exit(1);
	}
	return r;
}

const kept = [];

function dictionary(list) {
	const d = new av.Dictionary();
	kept.push(d);
	d.alloc();
	for (const s of list) {
		const i = s.indexOf('=');
		d.set(s.slice(0, i), s.slice(i + 1), 0);
	}
	return d;
}

// drain calls next until it has no more for now.
function drain(next, item, each) {
	for (;;) {
		const r = next(item);
		if (r === AGAIN || r === EOF)
			return;
		check(r, 'receive');
		each(item);
		item.unref();
	}
}

// planar splits what semi-planar formats interleave, and shifts P010 down.
function planar(b, f) {
	const name = av.avGetPixFmtName(f.format), n = f.width * f.height;
	if (name === 'nv12') {
		const c = b.length - n, out = Buffer.alloc(b.length);
		b.copy(out, 0, 0, n);
		for (let i = 0; i < c / 2; i++)
			out[n + i] = b[n + 2 * i], out[n + c / 2 + i] = b[n + 2 * i + 1];
		return out;
	}
	if (name === 'p010le') {
		const s = new Uint16Array(b.buffer.slice(b.byteOffset, b.byteOffset + b.length)), c = s.length - n, out = new Uint16Array(s.length);
		for (let i = 0; i < n; i++)
			out[i] = s[i] >> 6;
		for (let i = 0; i < c / 2; i++)
			out[n + i] = s[n + 2 * i] >> 6, out[n + c / 2 + i] = s[n + 2 * i + 1] >> 6;
		return Buffer.from(out.buffer);
	}
	return b;
}

function decode(name, file) {
	const input = new av.FormatContext();
	input.allocContext();
	check(input.openInputSync(file, null, null), 'open');
	check(input.findStreamInfoSync(null), 'stream information');
	const stream = input.streams.find((s) => s.codecpar.codecType === 0);
	const codec = av.Codec.findDecoderByName(name);
	if (!codec)
		check(-1, name);
	const c = new av.CodecContext();
	c.allocContext3(codec);
	check(c.parametersToContext(stream.codecpar), 'parameters');
	c.pktTimebase = stream.timeBase;
	check(c.open2Sync(codec, null), 'open decoder');
	const packet = new av.Packet(), frame = new av.Frame();
	packet.alloc();
	frame.alloc();
	const show = (f) => console.log(`${f.pts} ${crypto.createHash('md5').update(planar(f.toBuffer(), f)).digest('hex')}`);
	const receive = (f) => c.receiveFrameSync(f);
	while (input.readFrameSync(packet) >= 0) {
		if (packet.streamIndex === stream.index) {
			for (let r; (r = c.sendPacketSync(packet)) === AGAIN; )
				drain(receive, frame, show);
			drain(receive, frame, show);
		}
		packet.unref();
	}
	check(c.sendPacketSync(null), 'end');
	drain(receive, frame, show);
	c.freeContext();
	input.closeInputSync();
}

function encode(name, width, height, format, rate, raw, out, ...options) {
	width = +width, height = +height, rate = +rate;
	const codec = av.Codec.findEncoderByName(name);
	if (!codec)
		check(-1, name);
	const c = new av.CodecContext();
	c.allocContext3(codec);
	c.width = width, c.height = height;
	c.pixelFormat = av.avGetPixFmtFromName(format);
	c.timeBase = { num: 1, den: rate };
	c.framerate = { num: rate, den: 1 };
	check(c.open2Sync(codec, dictionary(options)), 'open encoder');
	const data = fs.readFileSync(raw), size = av.avImageGetBufferSize(c.pixelFormat, width, height, 1);
	const file = fs.openSync(out, 'w'), ivf = out.endsWith('.ivf');
	if (ivf) {
		const h = Buffer.alloc(32);
		h.write('DKIF', 0, 'latin1');
		h.writeUInt16LE(32, 6);
		h.write('AV01', 8, 'latin1');
		h.writeUInt16LE(width, 12), h.writeUInt16LE(height, 14);
		h.writeUInt32LE(rate, 16), h.writeUInt32LE(1, 20);
		fs.writeSync(file, h);
	}
	const packet = new av.Packet();
	packet.alloc();
	const receive = (p) => c.receivePacketSync(p);
	const write = (p) => {
		console.log(`${p.pts} ${p.dts} ${p.size} ${p.flags & 1}`);
		if (ivf) {
			const h = Buffer.alloc(12);
			h.writeUInt32LE(p.size, 0);
			h.writeBigInt64LE(p.pts, 4);
			fs.writeSync(file, h);
		}
		fs.writeSync(file, p.data);
	};
	for (let i = 0; (i + 1) * size <= data.length; i++) {
		const f = new av.Frame();
		f.alloc();
		f.width = width, f.height = height, f.format = c.pixelFormat;
		check(f.getBuffer(0), 'buffer');
		check(f.fromBuffer(data.subarray(i * size, (i + 1) * size)), 'fill');
		f.pts = BigInt(i);
		for (let r; (r = c.sendFrameSync(f)) < 0; ) {
			if (r !== AGAIN)
				check(r, 'send');
			drain(receive, packet, write);
		}
		drain(receive, packet, write);
		f.free();
	}
	check(c.sendFrameSync(null), 'end');
	drain(receive, packet, write);
	c.freeContext();
	fs.closeSync(file);
}

({ decode, encode })[mode](...args);
// Not by letting go of all objects one by one: the addon frees options twice.
process.exit(0);
