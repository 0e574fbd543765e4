import type { Resource } from '../operation';
import { getQuotaOperation } from './getQuota.operation';

export const account: Resource = {
	name: 'Account',
	value: 'account',
	operations: [getQuotaOperation],
};
