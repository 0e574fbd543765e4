/**
 * How long renders took lately, as far as this process has seen: what the table of models says of it is a guess for
 * most. Bounded and forgetting, since gateways change their pace.
 */
import { createHash } from 'node:crypto';

import type { Task } from '../gateway/contract';
import type { RenderKind } from '../gateway/models';

/** What was seen of renders of one kind. Milliseconds from the submission to the finished video. */
export interface LearnedTimes {
	/** Hardly one was finished before this. */
	earliestMs: number;
	/** Half of them had taken no longer. */
	typicalMs: number;
	/** All of them were finished by then. */
	latestMs: number;
	count: number;
}

/** One render: it was finished at some moment between the two. */
export interface RenderSeen {
	atLeastMs: number;
	atMostMs: number;
}

const RENDERS_A_KIND = 20;
const KINDS = 200;
const FORGOTTEN_AFTER_MS = 24 * 3_600_000;
/** The gateway tells its times in whole seconds. */
const ROUNDING_MS = 1_000;

/**
 * What renders are told apart by. A digest, so that no address lies about in memory.
 * @param address the gateway's
 */
export function renderKey(
	address: string,
	{ model, duration, hd, storyboard }: RenderKind,
): string {
	return createHash('sha256')
		.update(JSON.stringify([address, model, duration ?? '', hd === true, storyboard === true]))
		.digest('hex')
		.slice(0, 16);
}

/**
 * When a render was finished, as closely as can be told: after the last poll that found it unfinished, before the one
 * that found it finished, and within that as the gateway's own clock says, if that fits. To take the moment of
 * noticing for the end would teach to poll later each time.
 * @param unfinishedAt `undefined` where no poll came before the one that found it finished
 */
export function renderSeen(
	{ since, unfinishedAt, noticedAt }: { since: number; unfinishedAt?: number; noticedAt: number },
	{ submittedAt, finishedAt }: Pick<Task, 'submittedAt' | 'finishedAt'>,
): RenderSeen {
	const atLeastMs = Math.max(0, (unfinishedAt ?? since) - since);
	const atMostMs = Math.max(atLeastMs, noticedAt - since);
	if (!submittedAt || !finishedAt) return { atLeastMs, atMostMs };
	const told = Date.parse(finishedAt) - Date.parse(submittedAt);
	const from = Math.max(atLeastMs, told - ROUNDING_MS);
	const to = Math.min(atMostMs, told + ROUNDING_MS);
	return from <= to ? { atLeastMs: from, atMostMs: to } : { atLeastMs, atMostMs };
}

const middle = ({ atLeastMs, atMostMs }: RenderSeen) => (atLeastMs + atMostMs) / 2;

export class RenderTimes {
	/** The kind that was used longest ago comes first. */
	private readonly kinds = new Map<string, Array<RenderSeen & { at: number }>>();

	/** @param now milliseconds, on any clock that goes forward */
	constructor(private readonly now: () => number) {}

	note(key: string, seen: RenderSeen): void {
		const renders = [...this.recent(key), { ...seen, at: this.now() }].slice(-RENDERS_A_KIND);
		this.kinds.delete(key);
		this.kinds.set(key, renders);
		for (const oldest of this.kinds.keys()) {
			if (this.kinds.size <= KINDS) break;
			this.kinds.delete(oldest);
		}
	}

	/** @returns `undefined` where nothing was seen lately */
	learned(key: string): LearnedTimes | undefined {
		const renders = this.recent(key);
		this.kinds.delete(key);
		if (renders.length === 0) return undefined;
		this.kinds.set(key, renders);
		const middles = renders.map(middle).sort((a, b) => a - b);
		return {
			earliestMs: middles[0] ?? 0,
			typicalMs: middles[Math.floor((middles.length - 1) / 2)] ?? 0,
			latestMs: Math.max(...renders.map(({ atMostMs }) => atMostMs)),
			count: renders.length,
		};
	}

	/** How many kinds are remembered. */
	get size(): number {
		return this.kinds.size;
	}

	private recent(key: string) {
		const from = this.now() - FORGOTTEN_AFTER_MS;
		return (this.kinds.get(key) ?? []).filter(({ at }) => at > from);
	}
}
