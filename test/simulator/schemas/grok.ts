import { LARGEST_SEED, oneOf, pictures, whole } from './field';
import type { Body } from './index';

export const grok = {
	'grok-video-3': {
		ratio: oneOf('16:9', '9:16', '1:1', '3:2', '2:3'),
		// The page has 5, 10 and 15; clients send anything from 6 to 30.
		duration: whole(5, 30),
		resolution: oneOf('480P', '720P', '1080P'),
		seed: whole(1, LARGEST_SEED),
		images: pictures(0, 7, { addressesOnly: true }),
	},
};

/** What no field alone says. */
export function grokTogether({ duration = 10, resolution = '720P' }: Body): string | undefined {
	const seconds = Number(duration);
	if (seconds > 15 && resolution !== '720P') {
		return `duration ${seconds} 仅支持 720P (resolution must be 720P)`;
	}
	if (resolution === '1080P' && ![10, 15].includes(seconds)) {
		return `1080P 仅支持 10 秒或 15 秒 (duration must be 10 or 15)`;
	}
	return undefined;
}
