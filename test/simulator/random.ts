import { randomBytes } from 'node:crypto';

const LETTERS = 'ABCDEFGHJKMNPQRSTVWXYZabcdefghijkmnopqrstuvwxyz';
const HEX = '0123456789abcdef';

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

/** Everything that the gateway makes up, in a sequence determined by the seed. */
export class Random {
	private draw: () => number;

	constructor(private readonly seed = randomBytes(4).readUInt32LE()) {
		this.draw = seededRandom(seed);
	}

	/** Restarts the sequence. */
	restart(): void {
		this.draw = seededRandom(this.seed);
	}

	text(alphabet: string, length: number): string {
		const character = () => alphabet[Math.floor(this.draw() * alphabet.length)];
		return Array.from({ length }, character).join('');
	}

	hex(length: number): string {
		return this.text(HEX, length);
	}

	uuid(): string {
		return `${this.hex(8)}-${this.hex(4)}-4${this.hex(3)}-8${this.hex(3)}-${this.hex(12)}`;
	}

	/** A character's name in the service's style: `783316a1d.diggyloade`. */
	username(): string {
		return `${this.hex(9)}.${this.text('abdegilmnosu', 10)}`;
	}

	/** The end of the gateway's error messages. */
	requestId(at: number): string {
		return `${new Date(at).toISOString().replace(/\D/g, '')}${this.text(LETTERS, 8)}`;
	}
}
