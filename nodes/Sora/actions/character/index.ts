import type { Resource } from '../operation';
import { create } from './create.operation';

export const character: Resource = {
	name: 'Character',
	value: 'character',
	operations: [create],
};
