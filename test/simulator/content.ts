const CHUNK = 64 * 1024;
const ZEROS = Buffer.alloc(CHUNK);
/** A box whose size does not fit into 32 bits: 1, its name, then the size in 64 bits. */
const LARGE_BOX_HEADER = 16;

/** Bytes that are served, without all of them being held. */
export interface Content {
	readonly size: number;
	/** The bytes from `start` up to, not including, `end`, a chunk at a time. */
	chunks(start: number, end: number): Iterable<Buffer>;
}

function free(size: number): Buffer {
	const header = Buffer.alloc(LARGE_BOX_HEADER);
	header.writeUInt32BE(1, 0);
	header.write('free', 4, 'latin1');
	header.writeBigUInt64BE(BigInt(size), 8);
	return header;
}

/**
 * The head, filled up to `size` bytes. An MP4 stays one: the filling is a box that players skip.
 * A size that the head already has, or that leaves no room for a box, leaves it as it is.
 */
export function filledUp(head: Buffer, size = 0): Content {
	const filling = size - head.length;
	const start = filling < LARGE_BOX_HEADER ? head : Buffer.concat([head, free(filling)]);
	const total = filling < LARGE_BOX_HEADER ? head.length : size;
	return {
		size: total,
		*chunks(from, end) {
			let position = from;
			while (position < end) {
				const stop = Math.min(end, position + CHUNK);
				const inHead = position < start.length;
				const next = inHead ? Math.min(stop, start.length) : stop;
				yield inHead ? start.subarray(position, next) : ZEROS.subarray(0, next - position);
				position = next;
			}
		},
	};
}
