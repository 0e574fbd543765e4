/** What the fault run draws of a gateway's ways, for the prompt's directives. */
import fc from 'fast-check';

import { DIALECT_NAMES, type DialectName } from '../simulator/dialects';
import type { Fault } from '../simulator/simulator';

/** Dialects whose link lies at the gateway itself: a file that wants the key. */
export const OWN_LINK_DIALECTS: readonly DialectName[] = ['ownContent', 'relativeContent'];

/** A value of the scenario's `dialect`: a known one, one that nobody has written down, or none. */
export const anyDialect: fc.Arbitrary<string> = fc.oneof(
	{ weight: 1, arbitrary: fc.constant('none') },
	{ weight: 2, arbitrary: fc.constantFrom<string>(...DIALECT_NAMES) },
	{ weight: 2, arbitrary: fc.nat({ max: 999_999_999 }).map((seed) => `random:${seed}`) },
);

/** Answers to a poll that are not about the task, of which none may lose it. */
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

/** The gateway's own word against the task or the key: believed only when it stands. */
export const DENIALS = [
	'taskNotExist',
	'badKey',
	'groupDenied',
	'quota',
	'quota401',
] as const satisfies readonly Fault[];

/** A value of the scenario's `pollFault`, for a while: odd answers for up to six polls, denials for up to four. */
export const anyOddPoll: fc.Arbitrary<string> = fc
	.oneof(
		fc.tuple(fc.constantFrom(...ODD_POLLS), fc.integer({ min: 1, max: 6 })),
		fc.tuple(fc.constantFrom(...DENIALS), fc.integer({ min: 1, max: 4 })),
	)
	.map(([name, times]) => `${name}:${times}`);
