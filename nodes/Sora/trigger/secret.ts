/** The secret that a trigger's address may carry: `…/webhook/…/sora?secret=…`. */
import { createHash, timingSafeEqual } from 'node:crypto';

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

const MASK = '***';
/** No task is nested so deeply; what is, is not walked through to its end. */
const DEEPEST = 100;

/**
 * Takes the secret out of what is shown: gateways repeat the address that they were given, in a task or in an error.
 * Only where it stands as the query value or alone, since a short one is found in innocent links.
 */
export function withoutSecret<T>(value: T, secret: string): T {
	if (secret === '') return value;
	const encoded = encodeURIComponent(secret);
	const spellings = [...new Set([secret, encoded, encodeURIComponent(encoded)])];
	const inQuery = ['=', '%3D', '%3d', '\\u003d'].flatMap((equals) =>
		spellings.map((spelling) => ({ from: SECRET_QUERY + equals + spelling, equals })),
	);
	const masked = (text: string) =>
		spellings.includes(text)
			? MASK
			: inQuery.reduce(
					(rest, { from, equals }) => rest.replaceAll(from, SECRET_QUERY + equals + MASK),
					text,
				);
	const walk = (inner: unknown, depth: number): unknown => {
		if (typeof inner === 'string') return masked(inner);
		if (typeof inner !== 'object' || inner === null) return inner;
		if (depth > DEEPEST) return MASK;
		if (Array.isArray(inner)) return inner.map((entry) => walk(entry, depth + 1));
		return Object.fromEntries(
			Object.entries(inner).map(([key, field]) => [key, walk(field, depth + 1)]),
		);
	};
	return walk(value, 0) as T;
}
