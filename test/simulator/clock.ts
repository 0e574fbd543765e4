import { sleep } from 'n8n-workflow';

/** Longest wait for a single timer: a larger number of milliseconds overflows and fires at once. */
const LONGEST_TIMER_MS = 2 ** 30;

/** The gateway's own time. */
export interface GatewayClock {
	/** Gateway seconds per real second, if the two are related. */
	readonly timeScale?: number;
	/** Gateway milliseconds since 1970. */
	now(): number;
	/** Moves the clock forward; whatever waits for a time now past wakes up. */
	advance(seconds: number): void;
	/** Resolves true when the gateway's time is `at`, false when the signal ends the wait before. */
	until(at: number, signal: AbortSignal): Promise<boolean>;
}

/** Starts at real time, and runs `timeScale` times as fast. */
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
		// It only fails because of the signal, and the caller checks the clock anyway.
		await sleep(realMs, either).catch(() => undefined);
	}
}
