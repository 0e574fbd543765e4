/** What is known of the chosen model on the wire that the credential names. */
import { listVideoModels } from '../../gateway/client';
import { listedRow, rowOf, unlistedRow, videosRow, type ModelRow } from '../../gateway/models';
import { TIMEOUTS } from '../../gateway/timeouts';
import type { Run } from '../run';

/** Asked for once a run, however many items there are. */
const listings = new WeakMap<Run, Promise<ReadonlyMap<string, ModelRow>>>();

async function rowsListed({ gateway }: Run): Promise<ReadonlyMap<string, ModelRow>> {
	try {
		const listing = await listVideoModels(gateway, TIMEOUTS.models);
		return new Map(listing.map(listedRow).flatMap((row) => (row ? [[row.id, row]] : [])));
	} catch {
		// The order itself tells whether the gateway can be reached; without a list nothing is judged beforehand.
		return new Map();
	}
}

export async function chosenModel(run: Run, id: string): Promise<ModelRow> {
	const { name } = run.gateway.wire;
	if (name === 'tasks') return rowOf(id);
	if (name === 'openai') return videosRow(id);
	const listing = listings.get(run) ?? rowsListed(run);
	listings.set(run, listing);
	return (await listing).get(id) ?? unlistedRow(id);
}
