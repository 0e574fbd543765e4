import { randomBytes } from 'node:crypto';

const LETTERS = 'ABCDEFGHJKMNPQRSTVWXYZabcdefghijkmnopqrstuvwxyz';
const HEX = '0123456789abcdef';
const SYLLABLES = ['dig', 'gy', 'lo', 'ade', 'mo', 'chi', 'ra', 'ben', 'ti', 'sol', 'que', 'na'];

/** Numbers from 0 up to, not including, 1: the same ones for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
	let state = seed | 0;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

/** Everything the gateway makes up. The same seed makes up the same things in the same order. */
export class Random {
	private draw: () => number;

	constructor(private readonly seed = randomBytes(4).readUInt32LE()) {
		this.draw = seededRandom(seed);
	}

	/** Starts the sequence over. */
	restart(): void {
		this.draw = seededRandom(this.seed);
	}

	next(): number {
		return this.draw();
	}

	text(alphabet: string, length: number): string {
		return Array.from({ length }, () => alphabet[Math.floor(this.next() * alphabet.length)]).join(
			'',
		);
	}

	hex(length: number): string {
		return this.text(HEX, length);
	}

	uuid(): string {
		const variant = this.text('89ab', 1);
		return `${this.hex(8)}-${this.hex(4)}-4${this.hex(3)}-${variant}${this.hex(3)}-${this.hex(12)}`;
	}

	/** A character's name, as the service gives them: `783316a1d.diggyloade`. */
	username(): string {
		const word = Array.from(
			{ length: 4 },
			() => SYLLABLES[Math.floor(this.next() * SYLLABLES.length)],
		).join('');
		return `${this.hex(9)}.${word}`;
	}

	/** The tail that the gateway appends to its error messages. */
	requestId(at: number): string {
		const stamp = new Date(at).toISOString().replace(/\D/g, '');
		return `${stamp}${this.text(LETTERS, 8)}`;
	}
}
