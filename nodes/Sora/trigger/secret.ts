/** The secret that a trigger's address may carry: `…/webhook/…/sora?secret=…`. */
import { createHash, timingSafeEqual } from 'node:crypto';

import { concealerOf, type Conceal } from '../gateway/secrecy';

/** Of the query value; part of addresses that users have handed out. */
export const SECRET_QUERY = 'secret';

const digest = (value: string) => createHash('sha256').update(value).digest();

/**
 * Whether a call may come in, in a time that tells nothing about the secret.
 * @param query of the call's address, as n8n parses it: several values of one name come as a list, and are refused
 */
export function carriesSecret(query: unknown, secret: string): boolean {
	const given =
		typeof query === 'object' && query !== null && SECRET_QUERY in query
			? query[SECRET_QUERY]
			: undefined;
	const isText = typeof given === 'string';
	const isSame = timingSafeEqual(digest(isText ? given : ''), digest(secret));
	return isText && isSame;
}

/** Takes the secret out of what is shown: gateways repeat the address that they were given, in a task or in an error. */
export function secretConcealer(secret: string): Conceal {
	if (secret === '') return (text) => text;
	// Only as the query value, since a short one is found in innocent links.
	const concealers = [...new Set([secret, encodeURIComponent(secret)])].map((spelling) =>
		concealerOf(`${SECRET_QUERY}=${spelling}`),
	);
	return (text) => concealers.reduce((rest, conceal) => conceal(rest), text);
}
