const CHUNK = 64 * 1024;
const ZEROS = Buffer.alloc(CHUNK);
/** A box whose size exceeds 32 bits: 1, its name, then the size in 64 bits. */
const LARGE_BOX_HEADER = 16;

/** Bytes to serve, without holding them all in memory. */
export interface Content {
	readonly size: number;
	/** The bytes up to, not including, `end`, in chunks. */
	chunks(end: number): Iterable<Buffer>;
}

function free(size: number): Buffer {
	const header = Buffer.alloc(LARGE_BOX_HEADER);
	header.writeUInt32BE(1, 0);
	header.write('free', 4, 'latin1');
	header.writeBigUInt64BE(BigInt(size), 8);
	return header;
}

/**
 * The head, padded to `size` bytes. An MP4 stays valid: the padding is a box that players skip. If the head is already
 * that large, or a box does not fit, it is unchanged.
 */
export function filledUp(head: Buffer, size = 0): Content {
	const filling = size - head.length;
	const isFilled = filling >= LARGE_BOX_HEADER;
	const start = isFilled ? Buffer.concat([head, free(filling)]) : head;
	return {
		size: isFilled ? size : head.length,
		*chunks(end) {
			yield start.subarray(0, end);
			for (let position = start.length; position < end; position += CHUNK) {
				yield ZEROS.subarray(0, Math.min(CHUNK, end - position));
			}
		},
	};
}
