/** The secret in a trigger's URL: `…/webhook/…/sora?secret=…`. */
import { createHash, timingSafeEqual } from 'node:crypto';

import { concealerOf, type Conceal } from '../gateway/secrecy';
import { SECRET_QUERY } from '../panel/trigger';

const digest = (value: string) => createHash('sha256').update(value).digest();

/**
 * Whether a call carries the secret; takes the same time for every wrong one.
 * @param query of the call's URL, as n8n parses it: repeated parameters come as a list, and are refused
 */
export function carriesSecret(query: unknown, secret: string): boolean {
	const { [SECRET_QUERY]: value } = (query ?? {}) as Record<string, unknown>;
	const isText = typeof value === 'string';
	return timingSafeEqual(digest(isText ? value : ''), digest(secret)) && isText;
}

/** Masks the secret: gateways repeat the callback URL in a task or an error. */
export function secretConcealer(secret: string): Conceal {
	if (secret === '') return (text) => text;
	// Only as the query value: a short secret also occurs in other links.
	const concealers = [secret, encodeURIComponent(secret)].map((spelling) =>
		concealerOf(`${SECRET_QUERY}=${spelling}`),
	);
	return (text) => concealers.reduce((rest, conceal) => conceal(rest), text);
}
