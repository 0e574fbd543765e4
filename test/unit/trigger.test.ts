/** The parts of the trigger beside its calls: log, memory and secret. */
import fc from 'fast-check';

import { concealed } from '../../nodes/Sora/gateway/secrecy';
import { logLimit } from '../../nodes/Sora/trigger/callLog';
import { Reported, type SavedMemory } from '../../nodes/Sora/trigger/reported';
import { carriesSecret, secretConcealer } from '../../nodes/Sora/trigger/secret';
import { VirtualClock } from './virtualClock';

describe('lines about calls', () => {
	it('are twenty a minute at most, and say that some are missing', async () => {
		const clock = new VirtualClock();
		const admit = logLimit(clock);
		const written = (calls: number) =>
			Array.from({ length: calls }, (_, index) => admit(`line ${index}`)).filter(Boolean);
		expect(written(19)).toEqual(Array.from({ length: 19 }, (_, index) => `line ${index}`));
		expect(written(900)).toEqual(['line 0 (further lines are left out for a minute)']);
		await clock.sleep(60_000);
		expect(written(900)).toHaveLength(20);
	});
});

describe('what was reported', () => {
	const reading = (saved: SavedMemory) => {
		const reported = new Reported();
		reported.read(saved);
		return reported;
	};
	/** As it comes back from n8n's database. */
	const saved = (reported: Reported): SavedMemory => {
		const memory = {};
		reported.write(memory);
		return JSON.parse(JSON.stringify(memory)) as SavedMemory;
	};

	it('is known again from what was saved', () => {
		const reported = new Reported();
		reported.add('v1', 'succeeded');
		reported.add('v2', 'failed');
		const again = reading(saved(reported));
		expect(['v1', 'v2', 'v3'].map((id) => again.outcomeOf(id))).toEqual([
			'succeeded',
			'failed',
			undefined,
		]);
	});

	it('is nothing if what was saved is damaged', () => {
		fc.assert(
			fc.property(fc.anything(), fc.array(fc.anything()), (whole, entries) => {
				for (const spoilt of [whole, entries, [{ taskId: 1, outcome: 'failed' }]]) {
					expect(saved(reading({ reported: spoilt }))).toEqual({ reported: [] });
				}
			}),
		);
	});

	it('is forgotten oldest first, also if IDs are numbers', () => {
		const reported = new Reported();
		for (let id = 10_000; id > 0; id--) reported.add(String(id), 'succeeded');
		expect(['1', '5000', '5001'].map((id) => reported.outcomeOf(id))).toEqual([
			'succeeded',
			'succeeded',
			undefined,
		]);
		const { reported: kept } = saved(reported) as { reported: unknown[] };
		expect(kept).toHaveLength(500);
		expect(kept.at(-1)).toEqual({ taskId: '1', outcome: 'succeeded' });
	});

	it.each([
		['failed', 'succeeded'],
		['succeeded', 'failed'],
	] as const)('is a success if one process saw %s and another %s', (own, other) => {
		const reported = reading({ reported: [{ taskId: 'v1', outcome: own }] });
		reported.read({ reported: [{ taskId: 'v1', outcome: other }] });
		expect(reported.outcomeOf('v1')).toBe('succeeded');
	});
});

describe('the secret of a URL', () => {
	const withoutSecret = <T>(value: T, secret: string) => concealed(value, secretConcealer(secret));
	const aSecret = fc.string({ unit: 'grapheme', minLength: 1 });

	it('is carried only by calls with exactly it', () => {
		fc.assert(
			fc.property(aSecret, aSecret, (secret, other) => {
				expect(carriesSecret({ secret }, secret)).toBe(true);
				expect(carriesSecret({ secret: other }, secret)).toBe(other === secret);
				expect(carriesSecret({ secret: secret + other }, secret)).toBe(false);
				expect(carriesSecret({ secret: [secret] }, secret)).toBe(false);
				expect(carriesSecret({ secret: { [secret]: secret } }, secret)).toBe(false);
			}),
		);
	});

	it.each([undefined, null, '', 'secret', [], {}, { secret: undefined }, { Secret: 'abc' }])(
		'is not carried by %j',
		(query) => {
			expect(carriesSecret(query, 'abc')).toBe(false);
		},
	);

	it('is masked in whatever repeats the URL', () => {
		const secret = 'k7Q m2/xw9';
		const address = `https://n8n.example/webhook/1/sora?secret=${encodeURIComponent(secret)}`;
		const shown = withoutSecret(
			[address, JSON.stringify({ address }), encodeURIComponent(address), `secret=${secret}&x=1`],
			secret,
		);
		expect(JSON.stringify(shown)).not.toMatch(/k7Q|xw9/);
		expect(shown[0]).toBe('https://n8n.example/webhook/1/sora?***');
		expect(shown[3]).toBe('***&x=1');
	});

	it('is not searched for in other links, nor if there is none', () => {
		const item = { video_url: 'https://files.example/video/1.mp4?token=video', tag: 'secret=' };
		expect(withoutSecret(item, 'video')).toEqual(item);
		expect(withoutSecret(item, '')).toEqual(item);
	});

	it('is masked in very deep nesting, without a stack overflow', () => {
		let inner: unknown = 'secret=abc';
		for (let level = 0; level < 100_000; level++) inner = [inner];
		expect(JSON.stringify(withoutSecret(inner, 'abc'))).not.toContain('abc');
	});
});
