import { startSimulator, type Scenario, type Simulator } from '../simulator/simulator';
import { N8nApi, newOwner, type Credential, type Owner } from './n8nApi';
import { N8nServer, type N8nOptions } from './n8nServer';

/** Gateway seconds in a real second. The node keeps its own pace meanwhile, and first looks after about five. */
export const TIME_SCALE = 24;
const START_TIMEOUT_MS = 300_000;

/** One n8n, or what it is part of. */
interface Host {
	/** Serves the editor, the REST interface and the webhooks. */
	readonly main: N8nServer;
	close(): Promise<void>;
}

export interface Setting<Running extends Host = Host> {
	host: Running;
	/** A running n8n; new for the file, with what its tests leave behind. */
	n8n: N8nServer;
	/** Signed in as the owner. */
	api: N8nApi;
	owner: Owner;
	/** The stand-in gateway; books and requests are empty before each test, unless they are kept. */
	simulator: Simulator;
	/** Leads to the stand-in with its good key. */
	credential: Credential;
	credentialData: { apiKey: string; baseUrl: string };
}

async function oneProcess(options: N8nOptions): Promise<Host> {
	const main = await N8nServer.start(options);
	return { main, close: async () => await main.close() };
}

/** A real n8n with this package, its owner and a credential, and a stand-in gateway, for the tests of a file. */
export function useN8n<Running extends Host = Host>({
	scenario,
	timeScale = TIME_SCALE,
	keepsBooks = false,
	start = async () => (await oneProcess(options)) as Running,
	...options
}: N8nOptions & {
	scenario?: Partial<Scenario>;
	timeScale?: number;
	/** For tests that tell one story: the stand-in forgets nothing between them. */
	keepsBooks?: boolean;
	/** Starts more than one process. */
	start?: () => Promise<Running>;
} = {}): Setting<Running> {
	const setting = { owner: newOwner() } as Setting<Running>;
	beforeAll(async () => {
		setting.simulator = await startSimulator({ timeScale, seed: 7, scenario });
		setting.credentialData = { apiKey: setting.simulator.apiKey, baseUrl: setting.simulator.url };
		setting.host = await start();
		setting.n8n = setting.host.main;
		setting.api = new N8nApi(setting.n8n.url);
		await setting.api.setUpOwner(setting.owner);
		setting.credential = await setting.api.createCredential(setting.credentialData);
	}, START_TIMEOUT_MS);
	afterEach(() => {
		if (!keepsBooks) setting.simulator.reset();
	});
	afterAll(async () => {
		await setting.host?.close();
		await setting.simulator?.close();
	});
	return setting;
}
