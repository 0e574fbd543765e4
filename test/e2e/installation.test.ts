import { clip } from '../simulator/clips';
import { startSimulator, type Simulator } from '../simulator/simulator';
import { installAsReadmeSays } from '../readme';
import { example } from './examples';
import { N8nApi, newOwner } from './n8nApi';
import { N8nServer } from './n8nServer';
import { removeFolder, temporaryFolder } from './processes';
import { TIME_SCALE } from './useN8n';

const home = temporaryFolder();
let n8n: N8nServer | undefined;
let simulator: Simulator | undefined;

afterAll(async () => {
	await n8n?.close();
	await simulator?.close();
	await removeFolder(home);
});

it('a package packed and installed as in the README makes a video', async () => {
	await installAsReadmeSays(home);
	simulator = await startSimulator({ timeScale: TIME_SCALE });
	n8n = await N8nServer.start({ installedIn: home });
	const api = new N8nApi(n8n.url);
	await api.setUpOwner(newOwner());
	const credential = await api.createCredential({
		apiKey: simulator.apiKey,
		baseUrl: simulator.url,
	});
	const saved = await api.importWorkflow(example('text-to-video.json'), credential);
	const execution = await api.runToEnd(saved);
	expect(execution.error?.message).toBeUndefined();
	const [item] = execution.items('Generate a Video');
	const file = await api.download(String(item?.binary?.data?.id));
	expect(file.equals(await clip(false, 10))).toBe(true);
});
