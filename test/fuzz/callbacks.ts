/** Properties of reading a task ID from a call to the trigger, which anybody may make. */
import fc from 'fast-check';

import { readCalledTaskId } from '../../nodes/Sora/gateway/taskId';
import { isUsableTaskId } from '../../nodes/Sora/gateway/contract';
import { WIRES } from '../../nodes/Sora/gateway/wires';
import { NAMES } from './answers';
import { jsonOf, linearWork, outcomeOf } from './work';

/** Where IDs are mainly looked for. */
const PLACES = 'task_id taskId id data output task object payload event type'.split(' ');
const IDS: readonly string[] = [
	...'task_1 sora-2:task_01K veo3:1-2 models/veo/operations/1 .. . ../models %2e%2e'.split(' '),
	...'..%2f.. ..;/x ?a=b #x // https://elsewhere.example/x <script> 0 null'.split(' '),
	...['a\r\nb', '\u202e1', '\ud800', ' ', '', 'a b', '\0', '{"task_id":"task_1"}'],
	...['a'.repeat(1_500), 'x'.repeat(100_000)],
];
const id = fc.oneof(
	{ weight: 4, arbitrary: fc.constantFrom(...IDS) },
	{ weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
	{ weight: 1, arbitrary: fc.constantFrom(0, -1, 7, 1e21, Number.NaN, null, true, 2 ** 53) },
);
const name = fc.oneof(
	fc.constantFrom(...PLACES),
	fc.constantFrom(...NAMES, 'toString', 'valueOf', 'constructor'),
	fc.string({ maxLength: 8 }),
);
/** Not text: objects and lists, from JSON in a body or without a prototype from our parser. */
const noText = fc.oneof(
	fc.dictionary(name, fc.oneof(fc.boolean(), fc.constant(null), fc.constant({})), { maxKeys: 3 }),
	fc.array(fc.oneof(fc.boolean(), fc.constant({})), { maxLength: 2 }),
	fc.boolean(),
	fc.constant(null),
);
const call = jsonOf(id, name);

export const CALLBACK_PROPERTIES = {
	'an ID out of any call names one task, and leads to no other route': fc.asyncProperty(
		call,
		async (body) => {
			const found = await outcomeOf(readCalledTaskId, body);
			if (found === undefined) return;
			if (typeof found !== 'string' || !isUsableTaskId(found)) throw new Error(String(found));
			const route = WIRES.tasks.generation(found);
			const { pathname, search, hash } = new URL(route, 'https://gateway.example');
			if (pathname !== route || search || hash) throw new Error(`${route} leads to ${pathname}`);
		},
	),
	'a task ID is found, whatever object or list stands where a text is expected': fc.asyncProperty(
		fc.dictionary(name, noText, { maxKeys: 8 }),
		fc.boolean(),
		async (beside, isText) => {
			const body = JSON.stringify({ ...beside, task_id: 'video_1' });
			const found = await outcomeOf(
				readCalledTaskId,
				isText ? body : (JSON.parse(body) as unknown),
			);
			if (found !== 'video_1') throw new Error(String(found));
		},
	),
	'twice the call is about twice the work': linearWork(
		{
			readCalledTaskId,
			'in a field': (text) => readCalledTaskId({ task_id: text, data: { id: text } }),
		},
		[...IDS.filter((one) => one && one.length < 100), ...PLACES, '{"', '":', ...'}[, /.'],
	),
} as const;
