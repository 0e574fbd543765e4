import { z } from 'zod';

import { pictures, SHAPES, timestamps, TOGETHER, webAddress } from './schemas';
import type { Body } from './schemas';

export type { Body } from './schemas';

export function isBody(value: unknown): value is Body {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const required = (name: string) =>
	z.string({ required_error: `${name} is required` }).regex(/\S/, `${name} is required`);

const common = {
	model: required('model'),
	prompt: required('prompt'),
	images: pictures(0, Infinity),
	notify_hook: webAddress,
};
const character = {
	url: webAddress,
	from_task: z.string().optional(),
	timestamps,
};

/** Every name that any model of this route knows. */
const VOCABULARY = new Set(Object.values(SHAPES).flatMap(Object.keys).map(plain));

function plain(name: string): string {
	return name.replace(/_/g, '').toLowerCase();
}

/** A field that only other models have, or a known one in another spelling. Unknown names pass, as at such gateways. */
function misplaced(model: string, body: Body): string | undefined {
	// Sora's documentation says nothing about other names.
	if (model.startsWith('sora')) return undefined;
	const shape = { ...common, ...SHAPES[model] };
	const name = Object.keys(body).find((field) => !(field in shape) && VOCABULARY.has(plain(field)));
	return name && `不支持的参数 ${name} (${name} is not a parameter of ${model})`;
}

const GO_TYPES: Record<string, string> = {
	number: 'int',
	boolean: 'bool',
	string: 'string',
	array: '[]string',
};

function complaintOf({ path: [field, index], message, ...issue }: z.ZodIssue): string {
	const name = index === undefined ? String(field) : `${String(field)}[${index}]`;
	const isMistyped =
		issue.code === 'invalid_type' && issue.received !== 'undefined' && issue.expected in GO_TYPES;
	return isMistyped
		? `json: cannot unmarshal ${issue.received} into Go struct field VideoRequest.${name} of type ${GO_TYPES[issue.expected]}`
		: `参数错误: ${name}: ${message} (invalid parameter ${name})`;
}

const complaintIn = (shape: z.ZodRawShape, body: unknown) => {
	const issue = z.object(shape).passthrough().safeParse(body).error?.issues[0];
	return issue && complaintOf(issue);
};

/** Whether the model is documented, and checked accordingly. */
export const describes = (model: string) => Object.hasOwn(SHAPES, model);

/** What is wrong with the body of the paid POST; undefined if it is valid. */
export function checkGenerate(body: unknown): string | undefined {
	if (!isBody(body)) return 'json: cannot unmarshal into Go value of type VideoRequest';
	const model = String(body.model);
	if (!describes(model)) return complaintIn(common, body);
	return (
		complaintIn({ ...common, ...SHAPES[model] }, body) ??
		misplaced(model, body) ??
		TOGETHER[model]?.(body)
	);
}

/** What is wrong with the body that creates a character; undefined if it is valid. */
export function checkCharacter(body: unknown): string | undefined {
	if (!isBody(body)) return 'json: cannot unmarshal into Go value of type CharacterRequest';
	if (body.timestamps === undefined) return 'timestamps is required';
	if (!body.url === !body.from_task) return 'exactly one of url and from_task must be set';
	return complaintIn(character, body);
}

/** Whether the video is in portrait format, by whichever field says so. */
export function isPortrait({ aspect_ratio: aspect, ratio, size }: Body): boolean {
	const [, width = 0, height = 0] = /^(\d+)\D(\d+)$/.exec(String(aspect ?? ratio ?? size)) ?? [];
	return Number(height) > Number(width);
}
