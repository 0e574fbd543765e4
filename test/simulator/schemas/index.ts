/**
 * What the models beside Sora take, one file a family: written from the API's pages, so that a mistake in the
 * node's own table of models is refused here. Nothing in here may come from that table.
 */
import { z } from 'zod';

import { grok, grokTogether } from './grok';
import { seedance } from './seedance';
import { veo } from './veo';
import { wan } from './wan';

/** A body, as JSON may have it. */
export type Body = Record<string, unknown>;

type Shape = Record<string, z.ZodTypeAny>;

const SHAPES: Record<string, Shape> = { ...veo, ...grok, ...wan, ...seedance };
const TOGETHER: Record<string, (body: Body) => string | undefined> = {
	'grok-video-3': grokTogether,
};

const SORA_FIELDS = [
	...['aspect_ratio', 'duration', 'hd', 'watermark', 'private'],
	...['character_url', 'character_timestamps'],
];
/** Every name that means something to some model of this route. */
const VOCABULARY = new Set([...SORA_FIELDS, ...Object.values(SHAPES).flatMap(Object.keys)]);
const plain = (name: string) => name.replace(/_/g, '').toLowerCase();
const PLAIN_VOCABULARY = new Set([...VOCABULARY].map(plain));

/**
 * A field that only other models have, or a known one in another spelling. What nobody has heard of passes, as it
 * does at such gateways.
 */
function misplaced(model: string, shape: Shape, body: Body): string | undefined {
	const name = Object.keys(body).find(
		(field) => !(field in shape) && PLAIN_VOCABULARY.has(plain(field)),
	);
	return name && `不支持的参数 ${name} (${name} is not a parameter of ${model})`;
}

const GO_TYPES: Record<string, string> = { number: 'int', boolean: 'bool', string: 'string' };

function complaintOf({ path, message, ...issue }: z.ZodIssue): string {
	const field = path.join('.');
	if (
		issue.code === 'invalid_type' &&
		issue.received !== 'undefined' &&
		issue.expected in GO_TYPES
	) {
		return `json: cannot unmarshal ${issue.received} into Go struct field VideoRequest.${field} of type ${GO_TYPES[issue.expected]}`;
	}
	return `参数错误: ${field}: ${message} (invalid parameter ${field})`;
}

/** Whether a page describes the model: it is held to that. */
export const describes = (model: string) => Object.hasOwn(SHAPES, model);

/** What is wrong with the body for a model that a page describes; undefined for all others. */
export function checkModel(model: string, body: Body): string | undefined {
	const shape = describes(model) ? SHAPES[model] : undefined;
	if (!shape) return undefined;
	const result = z.object(shape).passthrough().safeParse(body);
	const issue = result.error?.issues[0];
	if (issue) return complaintOf(issue);
	return misplaced(model, shape, body) ?? TOGETHER[model]?.(body);
}

/** Whether the video stands upright, by whichever field says so. */
export function isPortrait({ aspect_ratio: aspect, ratio, size }: Body): boolean {
	const [, width = 0, height = 0] = /^(\d+)\D(\d+)$/.exec(String(aspect ?? ratio ?? size)) ?? [];
	return Number(height) > Number(width);
}
