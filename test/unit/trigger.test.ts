/** The parts of the trigger beside its calls: log, memory and secret. */
import fc from 'fast-check';

import { concealed } from '../../nodes/Sora/gateway/secrecy';
import { CallLog } from '../../nodes/Sora/trigger/callLog';
import { Reported, type SavedMemory } from '../../nodes/Sora/trigger/reported';
import { carriesSecret, secretConcealer } from '../../nodes/Sora/trigger/secret';
import { VirtualClock } from './virtualClock';

it('the log gets at most twenty lines a minute, the last of which says that some are missing', async () => {
	const clock = new VirtualClock();
	const lines: string[] = [];
	const log = new CallLog(clock, (text) => text.replaceAll('key', '***'));
	const logger = { debug: (line: string) => lines.push(line) };
	log.writeTo({ logger, getNode: () => ({ name: 'Sora Trigger' }) } as never);
	const drop = (calls: number) => {
		for (let call = 0; call < calls; call++) log.dropped('key_1', 'of a test');
	};
	drop(19);
	expect(new Set(lines)).toEqual(
		new Set(['Sora Trigger: a call about task ***_1 was dropped: of a test']),
	);
	drop(900);
	expect(lines).toHaveLength(20);
	expect(lines.at(-1)).toMatch(/\(further lines are left out for a minute\)$/);
	await clock.sleep(60_000);
	drop(900);
	expect(lines).toHaveLength(40);
});

describe('reported outcomes', () => {
	/** As it comes back from n8n's database. */
	const saved = (reported: Reported): SavedMemory => {
		const memory = {};
		reported.write(memory, (id) => id);
		return JSON.parse(JSON.stringify(memory)) as SavedMemory;
	};

	it('survive a restart as far as they are saved, and are dropped oldest first, even if IDs are numbers', () => {
		const reported = new Reported();
		for (let id = 10_000; id > 0; id--) reported.set(String(id), id === 1 ? 'failed' : 'succeeded');
		expect(['2', '5000', '5001'].map((id) => reported.get(id))).toEqual([
			'succeeded',
			'succeeded',
			undefined,
		]);
		const again = new Reported();
		again.read(saved(reported));
		expect(again.size).toBe(500);
		expect([...again].slice(-2)).toEqual([
			['2', 'succeeded'],
			['1', 'failed'],
		]);
	});

	it('keep their age when they are read again, so that old failures push out no successes', () => {
		const reported = new Reported();
		reported.set('failed', 'failed');
		for (let id = 0; id < 500; id++) {
			reported.read(saved(reported));
			reported.set(`v${id}`, 'succeeded');
		}
		const again = new Reported();
		again.read(saved(reported));
		expect([again.get('v0'), again.get('failed')]).toEqual(['succeeded', undefined]);
	});

	it.each([
		['failed', 'succeeded'],
		['succeeded', 'failed'],
	] as const)('are successes if one process saw %s and another %s', (...outcomes) => {
		const reported = new Reported();
		for (const outcome of outcomes) reported.read({ reported: [{ taskId: 'v1', outcome }] });
		expect(reported.get('v1')).toBe('succeeded');
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
		(query) => expect(carriesSecret(query, 'abc')).toBe(false),
	);

	it('is masked in anything that repeats the URL', () => {
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

	it('is not searched for in other links, or if there is none', () => {
		const item = { video_url: 'https://files.example/video/1.mp4?token=video', tag: 'secret=' };
		expect(withoutSecret(item, 'video')).toEqual(item);
		expect(withoutSecret(item, '')).toEqual(item);
	});
});
