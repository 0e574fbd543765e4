/** The models to choose from at a gateway, and what is known of each: tables of ours, or the gateway's own list. */
import { listModelIds, listVideoModels } from './client';
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
import { TIMEOUTS } from './timeouts';
import type { WireName } from './wires';

interface Source {
	/** Never fails: of an unknown model nothing is refused. */
	row(gateway: Gateway, id: string): ModelRow | Promise<ModelRow>;
	/** Free of charge; throws as the client does. */
	entries(gateway: Gateway): Promise<ListEntry[]>;
}

/** Asked for once, however many items there are: each run opens its gateway anew. */
const listings = new WeakMap<Gateway, Promise<ModelRow[]>>();

async function listedRows(gateway: Gateway): Promise<ModelRow[]> {
	// The order itself will tell whether the gateway can be reached.
	const listing = await listVideoModels(gateway, TIMEOUTS.models).catch(() => []);
	return listing.flatMap((model) => listedRow(model) ?? []);
}

const SOURCES: Record<WireName, Source> = {
	tasks: {
		row: (_, id) => rowOf(id),
		entries: async (gateway) => modelList(await listModelIds(gateway)),
	},
	openai: {
		row: (_, id) => videosRow(id),
		entries: async (gateway) => videoModelList(await listModelIds(gateway)),
	},
	openrouter: {
		async row(gateway, id) {
			const listing = listings.get(gateway) ?? listedRows(gateway);
			listings.set(gateway, listing);
			return (await listing).find((row) => row.id === id) ?? unlistedRow(id);
		},
		entries: async (gateway) => listedEntries(await listVideoModels(gateway, TIMEOUTS.models)),
	},
};

/** What is known of a model on the wire that the gateway speaks. */
export const modelRow = async (gateway: Gateway, id: string): Promise<ModelRow> =>
	await SOURCES[gateway.wire.name].row(gateway, id);

/** The models that the key may use, as a list shows them. */
export const modelEntries = async (gateway: Gateway): Promise<ListEntry[]> =>
	await SOURCES[gateway.wire.name].entries(gateway);
