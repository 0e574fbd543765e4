/* eslint-disable @n8n/community-nodes/no-restricted-globals -- runs on a developer's machine, never inside n8n */
import { liveLine, plainLine, type Step } from './progress';

const REDRAW_MS = 200;
const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const CLEAR_BELOW = '\u001b[J';
const up = (lines: number) => (lines ? `\u001b[${lines}A` : '');

/** The demo's output: text that stays and, on a terminal, below it the steps, redrawn. */
export class Terminal {
	private readonly out = process.stdout;
	private readonly redraws = Boolean(this.out.isTTY) && process.env.TERM !== 'dumb';
	private steps: readonly Step[] = [];
	private drawn = 0;
	private timer: NodeJS.Timeout | undefined;

	/** @param hide takes out of every text what must never be shown */
	constructor(private readonly hide: (text: string) => string) {
		process.on('exit', () => this.stopDrawing());
	}

	say(text = ''): void {
		this.write(`${this.hide(text)}\n`);
	}

	/** Draws the steps from here on, as they are at each moment. */
	follow(steps: readonly Step[]): void {
		if (!this.redraws) return;
		this.steps = steps;
		this.out.write(HIDE_CURSOR);
		this.timer = setInterval(() => this.write(''), REDRAW_MS);
	}

	/** A step has changed. */
	tell(step: Step): void {
		if (this.redraws) this.write('');
		else this.say(plainLine(step, new Date()));
	}

	/** The steps stay as they were drawn last; the cursor comes back. */
	stopDrawing(): void {
		if (!this.timer) return;
		this.write('');
		clearInterval(this.timer);
		this.timer = undefined;
		this.steps = [];
		this.drawn = 0;
		this.out.write(SHOW_CURSOR);
	}

	private write(text: string): void {
		const now = Date.now();
		const lines = this.steps.map((step) => liveLine(step, now, this.out.columns || 80));
		const area = lines.map((line) => `${this.hide(line)}\n`).join('');
		// In one piece, so that nothing flickers.
		this.out.write(this.drawn || area ? `${up(this.drawn)}\r${CLEAR_BELOW}${text}${area}` : text);
		this.drawn = lines.length;
	}
}
