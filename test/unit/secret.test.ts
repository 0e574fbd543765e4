import fc from 'fast-check';

import { concealed } from '../../nodes/Sora/gateway/secrecy';
import { carriesSecret, secretConcealer } from '../../nodes/Sora/trigger/secret';

const withoutSecret = <T>(value: T, secret: string) => concealed(value, secretConcealer(secret));

const aSecret = fc.string({ unit: 'grapheme', minLength: 1 });

describe('the secret of an address', () => {
	it('opens it, and nothing else does', () => {
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
		'does not stand in %j',
		(query) => {
			expect(carriesSecret(query, 'abc')).toBe(false);
		},
	);

	it('is shown by nothing that repeats the address', () => {
		const secret = 'k7Q m2/xw9';
		const address = `https://n8n.example/webhook/1/sora?secret=${encodeURIComponent(secret)}`;
		const shown = withoutSecret(
			{
				notify_hook: address,
				nested: [{ raw: JSON.stringify({ address }), escaped: encodeURIComponent(address) }],
				plain: `secret=${secret}&x=1`,
				count: 3,
				none: null,
			},
			secret,
		);
		expect(shown).toEqual({
			notify_hook: 'https://n8n.example/webhook/1/sora?***',
			nested: [
				{
					raw: '{"address":"https://n8n.example/webhook/1/sora?***"}',
					escaped: expect.stringMatching(/sora%3F\*\*\*$/) as string,
				},
			],
			plain: '***&x=1',
			count: 3,
			none: null,
		});
	});

	it('is not searched for in innocent links, nor where there is none', () => {
		const item = { video_url: 'https://files.example/video/1.mp4?token=video', tag: 'secret=' };
		expect(withoutSecret(item, 'video')).toEqual(item);
		expect(withoutSecret(item, '')).toEqual(item);
	});

	it('is taken out of what is nested deeper than any task, without an end of the stack', () => {
		let inner: unknown = 'secret=abc';
		for (let level = 0; level < 100_000; level++) inner = [inner];
		expect(JSON.stringify(withoutSecret(inner, 'abc'))).not.toContain('abc');
	});
});
