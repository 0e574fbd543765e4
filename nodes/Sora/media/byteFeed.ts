/** A parser that pauses until the bytes it needs have arrived. */
export type Parsing<Result> = Generator<undefined, Result, undefined>;

export type Bytes = Pick<ByteFeed<unknown>, 'position' | 'take' | 'skip'>;

/** Runs a parser over a file that arrives in chunks; keeps only what the parser takes. */
export class ByteFeed<Result> {
	/** Bytes taken and skipped so far. */
	position = 0;
	private chunk: Buffer = Buffer.alloc(0);
	private isOver = false;
	private readonly parsing: Parsing<Result>;
	private step?: IteratorResult<undefined, Result>;

	constructor(parser: (file: Bytes) => Parsing<Result>) {
		this.parsing = parser(this);
	}

	push(chunk: Buffer): void {
		if (this.step?.done) return;
		this.chunk = chunk;
		this.step = this.parsing.next();
	}

	/** Signals the end of the file. */
	end(): Result {
		this.isOver = true;
		while (!this.step?.done) this.step = this.parsing.next();
		return this.step.value;
	}

	/** @returns fewer bytes if the file ends early */
	*take(length: number): Parsing<Buffer> {
		const parts: Buffer[] = [];
		yield* this.skip(length, (part) => parts.push(part));
		return Buffer.concat(parts);
	}

	/** @returns the number of missing bytes */
	*skip(length: number, keep?: (part: Buffer) => void): Parsing<number> {
		let missing = length;
		while (missing > 0) {
			const part = this.chunk.subarray(0, missing);
			if (part.length > 0) {
				keep?.(part);
				this.chunk = this.chunk.subarray(part.length);
				this.position += part.length;
				missing -= part.length;
			} else if (this.isOver) return missing;
			else yield;
		}
		return 0;
	}
}
