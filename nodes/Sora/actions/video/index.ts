import type { Resource } from '../operation';
import { generate } from './generate.operation';
import { get } from './get.operation';

export const video: Resource = {
	name: 'Video',
	value: 'video',
	operations: [generate, get],
};
