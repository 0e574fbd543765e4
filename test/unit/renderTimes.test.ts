import fc from 'fast-check';

import { isGuessedRenderTime, typicalRenderMs } from '../../nodes/Sora/gateway/models';
import { renderKey, renderSeen, RenderTimes } from '../../nodes/Sora/tasks/renderTimes';
import { normal, polledSeries, type Polled } from './renderSeries';

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const at = (ms: number) => ({ atLeastMs: ms, atMostMs: ms });
const iso = (seconds: number) => new Date(seconds * SECOND).toISOString();
const UNTOLD = { submittedAt: null, finishedAt: null };

describe('the moment at which a render was finished', () => {
	const polls = { since: 5_000, unfinishedAt: 205_000, noticedAt: 245_000 };

	it('lies between the last poll that found it running and the one that found it finished', () => {
		expect(renderSeen(polls, UNTOLD)).toStrictEqual({ atLeastMs: 200_000, atMostMs: 240_000 });
	});

	it('is any before the first poll that found it finished', () => {
		const first = { since: 5_000, noticedAt: 10_000 };
		expect(renderSeen(first, UNTOLD)).toStrictEqual({ atLeastMs: 0, atMostMs: 5_000 });
	});

	it('is told by the gateway, to a second either way, whatever its clock shows', () => {
		const told = { submittedAt: iso(77_000), finishedAt: iso(77_211) };
		expect(renderSeen(polls, told)).toStrictEqual({ atLeastMs: 210_000, atMostMs: 212_000 });
	});

	it.each([
		['0 seconds', iso(77_000), iso(77_000)],
		['a year', iso(77_000), iso(77_000 + 31_536_000)],
		['less than nothing', iso(77_000), iso(76_000)],
		['nothing that is a time', 'soon', 'later'],
	])('is not what the gateway tells where that is %s', (_, submittedAt, finishedAt) => {
		expect(renderSeen(polls, { submittedAt, finishedAt })).toStrictEqual({
			atLeastMs: 200_000,
			atMostMs: 240_000,
		});
	});

	it('never lies outside of what the polls saw', () => {
		const ms = fc.integer({ min: 0, max: HOUR });
		const moment = fc.option(
			fc.integer({ min: 0, max: 1e9 }).map((seconds) => iso(seconds)),
			{ nil: null },
		);
		fc.assert(
			fc.property(ms, ms, ms, moment, moment, (since, a, b, submittedAt, finishedAt) => {
				const unfinishedAt = since + a;
				const noticedAt = unfinishedAt + b;
				const seen = renderSeen({ since, unfinishedAt, noticedAt }, { submittedAt, finishedAt });
				expect(seen.atLeastMs).toBeGreaterThanOrEqual(a);
				expect(seen.atMostMs).toBeGreaterThanOrEqual(seen.atLeastMs);
				expect(seen.atMostMs).toBeLessThanOrEqual(a + b);
			}),
		);
	});
});

describe('what was learned of a kind of render', () => {
	it('is nothing at first, then how long the renders took', () => {
		const times = new RenderTimes(() => 0);
		expect(times.learned('a')).toBeUndefined();
		for (const seconds of [30, 20, 25]) times.note('a', at(seconds * SECOND));
		expect(times.learned('a')).toStrictEqual({
			earliestMs: 20_000,
			typicalMs: 25_000,
			latestMs: 30_000,
			count: 3,
		});
		expect(times.learned('b')).toBeUndefined();
	});

	it('is of the last twenty renders', () => {
		const times = new RenderTimes(() => 0);
		times.note('a', at(1));
		for (let render = 0; render < 20; render++) times.note('a', at(25_000));
		expect(times.learned('a')).toMatchObject({ earliestMs: 25_000, count: 20 });
	});

	it('is forgotten after a day, render by render', () => {
		let now = 0;
		const times = new RenderTimes(() => now);
		times.note('a', at(20_000));
		now = 12 * HOUR;
		times.note('a', at(30_000));
		now = 25 * HOUR;
		expect(times.learned('a')).toMatchObject({ earliestMs: 30_000, count: 1 });
		now = 37 * HOUR;
		expect(times.learned('a')).toBeUndefined();
		expect(times.size).toBe(0);
	});

	it('is kept of two hundred kinds, those used last', () => {
		const times = new RenderTimes(() => 0);
		for (let kind = 0; kind < 200; kind++) times.note(`kind ${kind}`, at(kind));
		times.learned('kind 0');
		for (let kind = 200; kind < 300; kind++) times.note(`kind ${kind}`, at(kind));
		expect(times.size).toBe(200);
		expect(times.learned('kind 0')).toBeDefined();
		expect(times.learned('kind 1')).toBeUndefined();
		expect(times.learned('kind 299')).toBeDefined();
	});

	it('is told apart by gateway, model, length, HD and storyboard, and holds no address', () => {
		const kind = { model: 'veo3.1', duration: '8' };
		const keys = [
			renderKey('https://a.example', kind),
			renderKey('https://b.example', kind),
			renderKey('https://a.example', { ...kind, model: 'veo3.1-fast' }),
			renderKey('https://a.example', { ...kind, duration: '10' }),
			renderKey('https://a.example', { ...kind, hd: true }),
			renderKey('https://a.example', { ...kind, storyboard: true }),
		];
		expect(new Set(keys).size).toBe(keys.length);
		expect(keys[0]).toBe(renderKey('https://a.example', { ...kind, hd: false }));
		expect(keys.join()).not.toContain('example');
	});
});

const priorOf = (model: string) => ({
	typicalRenderMs: typicalRenderMs({ model }),
	guessed: isGuessedRenderTime({ model }),
});
const mean = (series: Polled[], of: (one: Polled) => number) =>
	series.reduce((sum, one) => sum + of(one), 0) / series.length;
const polls = (one: Polled) => one.polls;
const delay = (one: Polled) => one.delayMs;
const SEEDS = 60;

describe.each([
	['tells when tasks were finished', true],
	['does not tell when tasks were finished', false],
])('the schedule, at a gateway that %s', (_, tellsTimes) => {
	it('notices 25 s renders of an unknown model with less than a fifth of delay from the third on', () => {
		for (const spread of [0, 4]) {
			const series = polledSeries({
				draw: (random) => (25 + spread * Math.max(-3, normal(random))) * SECOND,
				renders: 20,
				prior: priorOf('unheard-of-video-1'),
				tellsTimes,
				seeds: SEEDS,
			});
			for (const { delayMs, renderMs } of series.slice(2)) {
				expect(delayMs).toBeLessThan(renderMs / 5);
			}
			expect(mean(series.slice(10), polls)).toBeLessThan(mean(series.slice(0, 1), polls));
		}
	});

	it.each([5, 8, 12, 20, 25, 29])(
		'notices a first render of %s s of an unknown model within 5 s, or a fifth of it',
		(seconds) => {
			const [first] = polledSeries({
				draw: (random) => (seconds + random()) * SECOND,
				renders: 1,
				prior: priorOf('unheard-of-video-1'),
				tellsTimes,
				seeds: SEEDS,
			});
			expect(first?.delayMs).toBeLessThan(5 * SECOND);
		},
	);

	it.each([0, 15])(
		'polls 245 s renders (± %s s) 13 times at most once ten were seen, no later than every 10 s would',
		(spread) => {
			for (const model of ['sora-2', 'unheard-of-video-1']) {
				const series = polledSeries({
					draw: (random) => (245 + spread * normal(random)) * SECOND,
					renders: 40,
					prior: priorOf(model),
					tellsTimes,
					seeds: SEEDS,
				});
				const later = series.slice(10);
				expect(Math.max(...later.map(polls))).toBeLessThanOrEqual(13);
				expect(mean(later, delay)).toBeLessThanOrEqual(5 * SECOND);
			}
		},
	);

	it('does not poll later and later for having noticed late', () => {
		const series = polledSeries({
			draw: () => 245 * SECOND,
			renders: 200,
			prior: priorOf('sora-2'),
			tellsTimes,
			seeds: 10,
		});
		expect(mean(series.slice(150), delay)).toBeLessThanOrEqual(5 * SECOND);
	});

	it('is not misled for long where renders become much faster, or much slower', () => {
		for (const [before, after] of [
			[245, 30],
			[30, 245],
		] as const) {
			let render = 0;
			const series = polledSeries({
				draw: () => (render++ % 30 < 20 ? before : after) * SECOND,
				renders: 30,
				prior: priorOf('sora-2'),
				tellsTimes,
				seeds: 10,
			});
			const [first, ...others] = series.slice(20);
			expect(first?.delayMs).toBeLessThanOrEqual(4 * after * SECOND);
			expect(mean(others, delay)).toBeLessThanOrEqual(Math.max(0.2 * after, 5) * SECOND);
		}
	});
});

it('learning from renders that vary twice as much costs no more than not to learn', () => {
	const wide = {
		draw: (random: () => number) => Math.max(60, 245 + 30 * normal(random)) * SECOND,
		renders: 40,
		prior: priorOf('sora-2'),
		tellsTimes: true,
		seeds: SEEDS,
	};
	const learned = polledSeries(wide).slice(10);
	const unlearned = polledSeries({ ...wide, learns: false }).slice(10);
	expect(mean(learned, polls)).toBeLessThanOrEqual(13);
	expect(mean(learned, polls)).toBeLessThan(mean(unlearned, polls) * 0.6);
	expect(mean(learned, delay)).toBeLessThanOrEqual(5 * SECOND);
});
