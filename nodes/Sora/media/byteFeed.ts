/** A parser that waits where the bytes that it needs have not come yet. */
export type Parsing<Result> = Generator<undefined, Result, undefined>;

/** What a parser asks of a file. */
export interface Bytes {
	/** Bytes taken and skipped so far. */
	readonly position: number;
	/** @returns fewer bytes where the file ends before */
	take(length: number): Parsing<Buffer>;
	/** @returns how many bytes the file lacks */
	skip(length: number): Parsing<number>;
}

/** Runs a parser over a file that arrives in chunks; keeps nothing of the file but what the parser takes. */
export class ByteFeed<Result> implements Bytes {
	position = 0;
	private chunk: Buffer = Buffer.alloc(0);
	private at = 0;
	private isOver = false;
	private readonly parsing: Parsing<Result>;
	private step?: IteratorResult<undefined, Result>;

	constructor(parser: (bytes: Bytes) => Parsing<Result>) {
		this.parsing = parser(this);
	}

	push(chunk: Buffer): void {
		if (this.step?.done) return;
		[this.chunk, this.at] = [chunk, 0];
		this.step = this.parsing.next();
	}

	/** The file ends here. */
	end(): Result {
		this.isOver = true;
		let step = this.step;
		while (!step?.done) step = this.parsing.next();
		this.step = step;
		return step.value;
	}

	*take(length: number): Parsing<Buffer> {
		const parts: Buffer[] = [];
		// A copy: the stream may use its memory again.
		yield* this.pass(length, (part) => parts.push(Buffer.from(part)));
		return Buffer.concat(parts);
	}

	*skip(length: number): Parsing<number> {
		return yield* this.pass(length);
	}

	private *pass(length: number, keep?: (part: Buffer) => void): Parsing<number> {
		let missing = length;
		while (missing > 0) {
			const part = this.chunk.subarray(this.at, this.at + missing);
			if (part.length > 0) {
				keep?.(part);
				this.at += part.length;
				this.position += part.length;
				missing -= part.length;
			} else if (this.isOver) return missing;
			else yield;
		}
		return 0;
	}
}
