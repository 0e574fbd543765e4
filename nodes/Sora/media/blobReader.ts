/** Small pieces cost as much to fetch from a Blob as large ones. */
const WINDOW_BYTES = 64 * 1024;

/** Reads a file here and there, and holds no more of it than the piece it read last. */
export class BlobReader {
	private from = 0;
	private window: Buffer = Buffer.alloc(0);

	constructor(private readonly file: Blob) {}

	get size(): number {
		return this.file.size;
	}

	/** @returns fewer bytes where the file ends before */
	async read(at: number, length: number): Promise<Buffer> {
		const end = Math.min(at + length, this.size);
		if (at < this.from || end > this.from + this.window.length) {
			const windowEnd = Math.max(end, Math.min(at + WINDOW_BYTES, this.size));
			this.window = Buffer.from(await this.file.slice(at, windowEnd).arrayBuffer());
			this.from = at;
		}
		return this.window.subarray(at - this.from, Math.max(at, end) - this.from);
	}
}
