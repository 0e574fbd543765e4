import { z } from 'zod';

/** A set of words, as a page lists them. */
export const oneOf = (...words: [string, ...string[]]) => z.enum(words).optional();

export const text = z.string().optional();
export const flag = z.boolean().optional();
/** A page that types a switch as text, where clients send it as one. */
export const flagOrText = z.union([z.boolean(), z.enum(['true', 'false'])]).optional();
export const whole = (least: number, most: number) =>
	z.number().int().min(least).max(most).optional();
/** A whole number out of a list. */
export const lengthOf = (...lengths: number[]) =>
	z
		.number()
		.int()
		.refine((value) => lengths.includes(value), `must be one of ${lengths.join(', ')}`)
		.optional();
export const webAddress = z
	.string()
	.regex(/^https?:\/\/[^\s/]+/i, 'is not an http(s) URL')
	.optional();

export const LARGEST_SEED = 2_147_483_647;

/** How many images, and whether they may lie in the request itself. */
export function pictures(least: number, most: number, { addressesOnly = false } = {}) {
	const one = addressesOnly
		? z.string().regex(/^https?:/i, '仅支持图片 URL (only URLs)')
		: z.string();
	const tooFew = `至少需要 ${least} 张图片 (at least ${least} images)`;
	const list = z
		.array(one, { required_error: tooFew })
		.max(most, `最多支持 ${most} 张图片 (at most ${most} images)`);
	return least === 0 ? list.optional() : list.min(least, tooFew);
}

export const noPictures = z.undefined({ invalid_type_error: '该模型不支持图片 (no images)' });
