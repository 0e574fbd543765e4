import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import { toNodeError, toSoraFailure } from '../actions/nodeErrors';
import { openGateway } from '../gateway/credential';
import { modelEntries } from '../gateway/modelChoice';

/** First the models in the table, then the gateway's other video models. */
export async function searchModels(
	this: ILoadOptionsFunctions,
	filter?: string,
): Promise<INodeListSearchResult> {
	try {
		const id = (filter ?? '').trim();
		const entries = await modelEntries(await openGateway(this));
		const results = entries.filter(({ name, value }) =>
			`${name} ${value}`.toLowerCase().includes(id.toLowerCase()),
		);
		const isUnlisted = results.length === 0 && id !== '';
		return {
			results: isUnlisted ? [{ value: id, name: `Not listed: use "${id}" as the ID` }] : results,
		};
	} catch (error) {
		throw toNodeError(this, toSoraFailure(error));
	}
}
