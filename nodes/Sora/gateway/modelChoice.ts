/** The models to choose from at a gateway, and what is known of each: tables of ours, or the gateway's own list. */
import { listModelIds, listModels } from './client';
import type { Gateway } from './credential';
import {
	listedEntries,
	listedRow,
	modelList,
	rowOf,
	unlistedRow,
	videoModelList,
	videosRow,
	type ListEntry,
	type ModelRow,
} from './models';

/** OpenRouter's list, asked for once however many items there are: each run opens its gateway anew. */
const listings = new WeakMap<Gateway, Promise<ModelRow[]>>();

async function listedRows(gateway: Gateway): Promise<ModelRow[]> {
	// The order itself will tell whether the gateway can be reached.
	const listing = await listModels(gateway).catch(() => []);
	return listing.flatMap((model) => listedRow(model) ?? []);
}

/** What is known of a model on the wire that the gateway speaks. Never fails: of an unknown model nothing is refused. */
export async function modelRow(gateway: Gateway, id: string): Promise<ModelRow> {
	const { name } = gateway.wire;
	if (name !== 'openrouter') return name === 'tasks' ? rowOf(id) : videosRow(id);
	const listing = listings.get(gateway) ?? listedRows(gateway);
	listings.set(gateway, listing);
	return (await listing).find((row) => row.id === id) ?? unlistedRow(id);
}

/** The models that the key may use, as a list shows them. Free of charge; throws as the client does. */
export async function modelEntries(gateway: Gateway): Promise<ListEntry[]> {
	const { name } = gateway.wire;
	if (name === 'openrouter') return listedEntries(await listModels(gateway));
	const ids = await listModelIds(gateway);
	return name === 'tasks' ? modelList(ids) : videoModelList(ids);
}
