/** Random gateway behaviour for the fault run, as directives in prompts. */
import fc from 'fast-check';

import { DIALECT_NAMES, type DialectName } from '../simulator/dialects';
import type { Fault } from '../simulator/simulator';

/** Dialects whose link is at the gateway itself: a file that requires the key. */
export const OWN_LINK_DIALECTS: readonly DialectName[] = ['ownContent', 'relativeContent'];

/** A value for the scenario's `dialect`: a known one, a random one, or none. */
export const anyDialect: fc.Arbitrary<string> = fc.oneof(
	{ weight: 1, arbitrary: fc.constant('none') },
	{ weight: 2, arbitrary: fc.constantFrom<string>(...DIALECT_NAMES) },
	{ weight: 2, arbitrary: fc.nat({ max: 999_999_999 }).map((seed) => `random:${seed}`) },
);

/** Answers to a poll that are not about the task; none of them may lose it. */
export const ODD_POLLS = [
	'challenge403',
	'page401',
	'page404',
	'page408',
	'page418',
	'redirect',
	'redirect302',
	'notModified304',
	'noContent204',
	'emptyBody',
	'html200',
	'html502',
	'route404',
	'plainText',
	'brokenJson',
	'foreignTask',
] as const satisfies readonly Fault[];

/** Denials of the task or the key: only believed if they persist. */
export const DENIALS = [
	'taskNotExist',
	'badKey',
	'groupDenied',
	'quota',
	'quota401',
] as const satisfies readonly Fault[];

/** A temporary value for the scenario's `pollFault`: odd answers for up to six polls, denials for up to four. */
export const anyOddPoll: fc.Arbitrary<string> = fc
	.oneof(
		fc.tuple(fc.constantFrom(...ODD_POLLS), fc.integer({ min: 1, max: 6 })),
		fc.tuple(fc.constantFrom(...DENIALS), fc.integer({ min: 1, max: 4 })),
	)
	.map(([name, times]) => `${name}:${times}`);
