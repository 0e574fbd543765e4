import { sleep } from 'n8n-workflow';

/** Longest wait handed to a timer at once: a larger number of milliseconds overflows and fires at once. */
const LONGEST_TIMER_MS = 2 ** 30;

/** A gateway's own time. */
export interface GatewayClock {
	/** Gateway seconds in a real second, where there is such a relation. */
	readonly timeScale?: number;
	/** Gateway milliseconds since 1970. */
	now(): number;
	/** Moves the clock forward at once; whatever waits for a moment now past wakes up. */
	advance(seconds: number): void;
	/** Resolves true when the gateway's time is `at`, false when the signal ends the wait before. */
	until(at: number, signal: AbortSignal): Promise<boolean>;
}

/** Starts at the real time, and runs `timeScale` times as fast. */
export class Clock implements GatewayClock {
	private readonly startedAt = Date.now();

	private jumped = 0;

	private jump = new AbortController();

	constructor(readonly timeScale: number) {}

	now(): number {
		return this.startedAt + (Date.now() - this.startedAt) * this.timeScale + this.jumped;
	}

	advance(seconds: number): void {
		this.jumped += seconds * 1000;
		const passed = this.jump;
		this.jump = new AbortController();
		passed.abort();
	}

	async until(at: number, signal: AbortSignal): Promise<boolean> {
		while (!signal.aborted) {
			const remaining = (at - this.now()) / this.timeScale;
			if (remaining <= 0) return true;
			await this.nap(Math.min(Math.ceil(remaining), LONGEST_TIMER_MS), signal);
		}
		return false;
	}

	private async nap(realMs: number, signal: AbortSignal): Promise<void> {
		const either = AbortSignal.any([signal, this.jump.signal]);
		// It fails for one reason only, the signal, and the caller looks at the clock in any case.
		await sleep(realMs, either).catch(() => undefined);
	}
}
