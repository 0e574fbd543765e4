import { startSimulator, type Scenario, type Simulator } from '../simulator/simulator';
import { N8nApi, newOwner, type Credential, type Owner } from './n8nApi';
import { N8nServer, type N8nOptions } from './n8nServer';

/** Gateway seconds in a real second. The node keeps its own pace meanwhile, and first looks after about five. */
export const TIME_SCALE = 24;
const START_TIMEOUT_MS = 180_000;

export interface Setting {
	/** A running n8n; new for the file, with what its tests leave behind. */
	readonly n8n: N8nServer;
	/** Signed in as the owner. */
	readonly api: N8nApi;
	readonly owner: Owner;
	/** The stand-in gateway; books and requests are empty before each test, unless they are kept. */
	readonly simulator: Simulator;
	/** Leads to the stand-in with its good key. */
	readonly credential: Credential;
	readonly credentialData: { apiKey: string; baseUrl: string };
}

/** A real n8n with this package, its owner and a credential, and a stand-in gateway, for the tests of a file. */
export function useN8n({
	scenario,
	timeScale = TIME_SCALE,
	keepsBooks = false,
	...options
}: N8nOptions & {
	scenario?: Partial<Scenario>;
	timeScale?: number;
	/** For tests that tell one story: the stand-in forgets nothing between them. */
	keepsBooks?: boolean;
} = {}): Setting {
	const owner = newOwner();
	let n8n: N8nServer;
	let api: N8nApi;
	let simulator: Simulator;
	let credential: Credential;
	beforeAll(async () => {
		simulator = await startSimulator({ timeScale, seed: 7, scenario });
		n8n = await N8nServer.start(options);
		api = new N8nApi(n8n.url);
		await api.setUpOwner(owner);
		credential = await api.createCredential(setting.credentialData);
	}, START_TIMEOUT_MS);
	afterEach(() => {
		if (!keepsBooks) simulator.reset();
	});
	afterAll(async () => {
		await n8n?.close();
		await simulator?.close();
	});
	const setting: Setting = {
		get n8n() {
			return n8n;
		},
		get api() {
			return api;
		},
		owner,
		get simulator() {
			return simulator;
		},
		get credential() {
			return credential;
		},
		get credentialData() {
			return { apiKey: simulator.apiKey, baseUrl: simulator.url };
		},
	};
	return setting;
}
