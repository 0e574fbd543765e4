import { LONG_HEADER, boxHeaderAt, isBoxType, mustBeWhole } from './mp4Boxes';
import { Budget } from './budget';
import { MP4_LIMITS } from './fileLimits';
import { Mp4Movie, type MovieFacts } from './mp4Movie';

const NOTHING: Buffer = Buffer.alloc(0);

/**
 * Follows the outermost boxes of a file that passes by in chunks, to tell at its end whether it is all there, and
 * what it is. Keeps nothing of it but a header that two chunks share, and the index while it comes.
 */
export class BoxWalk {
	private readonly budget = new Budget(MP4_LIMITS.outermostBoxes);
	/** Whether another box is looked for. */
	private isGoing = true;
	private started = NOTHING;
	private type = '';
	/** What the current box announced and is still to come. */
	private coming = 0;
	private kept?: { type: string; parts: Buffer[] };
	private movie?: Mp4Movie;
	private sawAll = true;
	private sawIndex = false;

	see(chunk: Buffer): void {
		for (let at = 0; at < chunk.length && this.isGoing; ) {
			at = this.coming ? this.pass(chunk, at) : this.begin(chunk, at);
		}
	}

	/** @returns where the content that is in the chunk ends */
	private pass(chunk: Buffer, at: number): number {
		const end = Math.min(at + this.coming, chunk.length);
		// A copy: the stream may use its memory again.
		this.kept?.parts.push(Buffer.from(chunk.subarray(at, end)));
		this.coming -= end - at;
		if (!this.coming) this.end();
		return end;
	}

	/** @returns where the header ends */
	private begin(chunk: Buffer, at: number): number {
		const isSplit = this.started.length > 0;
		const bytes = isSplit
			? Buffer.concat([this.started, chunk.subarray(at, at + LONG_HEADER)])
			: chunk.subarray(at, at + LONG_HEADER);
		const header = boxHeaderAt(bytes, 0);
		if (!header && bytes.length < LONG_HEADER) {
			this.started = Buffer.from(bytes);
			return chunk.length;
		}
		if (!header || !isBoxType(header.type) || !this.budget.take()) {
			this.stop(!this.budget.isSpent);
			return chunk.length;
		}
		const from = at + header.headerSize - this.started.length;
		this.started = NOTHING;
		this.type = header.type;
		this.sawIndex ||= header.type === 'moov' || header.type === 'moof';
		this.coming = header.size - header.headerSize;
		this.keep();
		if (!this.coming) this.end();
		return from;
	}

	private stop(sawAll: boolean): void {
		this.isGoing = false;
		this.sawAll &&= sawAll;
	}

	private keep(): void {
		const isIndex = this.type === 'moov' && !this.movie;
		if (!isIndex && this.type !== 'moof') return;
		const most = isIndex ? MP4_LIMITS.indexBytes : MP4_LIMITS.fragmentBytes;
		if (this.coming <= most) this.kept = { type: this.type, parts: [] };
		else this.sawAll = false;
	}

	private end(): void {
		const { type, parts } = this.kept ?? {};
		this.kept = undefined;
		if (!parts) return;
		const content = Buffer.concat(parts);
		if (type === 'moov') this.movie = new Mp4Movie(content);
		else this.movie?.addFragment(content);
	}

	/** Bytes that a box announced and that did not come; 0 where the file is all there. */
	get missing(): number {
		const isKnown = this.isGoing && Number.isFinite(this.coming);
		return isKnown && mustBeWhole(this.type) ? this.coming : 0;
	}

	/** All outermost boxes passed by, and no player could find its way in them. */
	get lacksIndex(): boolean {
		return this.isGoing && this.sawAll && !this.sawIndex;
	}

	/** What the index said; nothing is known before it came. */
	facts(): Pick<MovieFacts, 'width' | 'height' | 'seconds'> {
		const { width, height, seconds } = this.movie?.facts(this.sawAll && !this.missing) ?? {};
		return { width, height, seconds };
	}
}
