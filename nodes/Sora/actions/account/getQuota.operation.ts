import type { IDataObject } from 'n8n-workflow';

import { getQuota } from '../../gateway/client';
import { ATTEMPTS } from '../../gateway/timeouts';
import { retry } from '../../flow/retry';
import { fields } from '../fields';
import { operation } from '../operation';
import { quotaItem } from '../output';
import type { Run } from '../run';

const FIELDS = fields([
	{
		displayName:
			"Asks what the API key may spend; this costs nothing. The figures come in the gateway's own units, and in US dollars where the item says so; of most such gateways, 500,000 units are about 1 USD. Some gateways call what is left the quota, others what was granted, and some tell nothing. Compare once with your gateway's console.",
		name: 'quotaNotice',
		type: 'notice',
		default: '',
	},
]);

async function askForQuota(run: Run) {
	const quota = await run.requests(
		async () =>
			await retry(async () => await getQuota(run.gateway), {
				attempts: ATTEMPTS.singlePoll,
				repeats: 'free',
				clock: run.clock,
				signal: run.signal,
				whenStopped: { advice: 'The gateway was only asked for the quota; nothing was bought.' },
			}),
	);
	return { json: quotaItem(quota) as IDataObject };
}

export const getQuotaOperation = operation({
	option: {
		name: 'Get Quota',
		value: 'getQuota',
		description: 'Get what the API key may spend, as far as the gateway tells it',
		action: 'Get the quota',
	},

	fields: FIELDS,
	prepare: () => undefined,
	perform: askForQuota,
});
